// SPDX-License-Identifier: Apache-2.0
// The pin model: a bus unit that runs every clock, around the behaviour that the event-driven card
// has too.
#pragma once

#include "model/card/pin_level_card.h"
#include "model/pci/config_space.h"
#include "model/pci/pci_bus_unit.h"
#include "model/uart/uart_core.h"

namespace mtty {

class PinCard final : public PinLevelCard {
 public:
  /// `out2_gates`: see SerialPorts.
  explicit PinCard(unsigned ports, bool out2_gates = false)
      : ports_(ports), out2_gates_(out2_gates), config_(ports) {}
  PinCard(const PinCard&) = delete;
  PinCard& operator=(const PinCard&) = delete;

  unsigned ports() const override { return ports_; }
  void clock(const CardInputs& inputs) override;
  void set_reset(bool asserted) override;
  const CardOutputs& outputs() const override { return out_; }
  bool data_ready(unsigned port) const override {
    return uarts_[port].peek(reg::kLsr) & lsr::kDataReady;
  }
  bool resting() const override;
  // To be looked at.
  const ConfigSpace& config() const { return config_; }
  const UartCore& uart(unsigned port) const { return uarts_[port]; }

 private:
  bool interrupt() const;
  void drive();
  void follow_uarts();

  const unsigned ports_;
  const bool out2_gates_;
  Clock now_ = 0;
  bool in_reset_ = false;
  bool interrupt_ = false;  // of any port, as of now_
  ConfigSpace config_;
  PciBusUnit bus_{config_};
  std::array<UartCore, kMaxPorts> uarts_;
  CardOutputs out_;
};

}  // namespace mtty
