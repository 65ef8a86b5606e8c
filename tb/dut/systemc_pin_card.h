// SPDX-License-Identifier: Apache-2.0
// The pin model inside a SystemC simulation with a running clock, driven from outside of it.
#pragma once

#include <systemc>

#include "model/card/pin_card.h"
#include "model/card/pin_serial_card.h"

namespace mtty {

/// One in a process: SystemC elaborates once. Each clock() is one period of sc_clock.
class SystemCPinCard final : public PinLevelCard {
 public:
  explicit SystemCPinCard(unsigned ports);

  unsigned ports() const override { return card_.ports(); }
  void clock(const CardInputs& inputs) override;
  void set_reset(bool asserted) override;
  const CardOutputs& outputs() const override { return out_.read(); }
  bool data_ready(unsigned port) const override { return card_.data_ready(port); }
  bool resting() const override { return card_.resting(); }

 private:
  PinCard card_;
  PinSerialCard module_{"card", card_};
  sc_core::sc_clock clk_;
  sc_core::sc_signal<bool> rst_n_{"rst_n", true};
  sc_core::sc_signal<CardInputs> in_{"in"};
  sc_core::sc_signal<CardOutputs> out_{"out"};
};

}  // namespace mtty
