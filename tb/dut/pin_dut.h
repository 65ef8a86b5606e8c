// SPDX-License-Identifier: Apache-2.0
// A body with pins behind the Dut interface: master, card, cables and monitor on one board.
#pragma once

#include <algorithm>
#include <memory>

#include "model/card/pin_level_card.h"
#include "tb/dut/dut.h"
#include "tb/dut/pci_master.h"
#include "tb/dut/pci_monitor.h"

namespace mtty {

class PinDut final : public Dut {
 public:
  explicit PinDut(std::unique_ptr<PinLevelCard> card);

  unsigned ports() const override { return ports_; }
  Clock now() const override { return now_; }
  void advance_to(Clock clock) override;
  Clock bus_free() const override { return std::max(bus_free_, now_ + 1); }
  PciResult access(const PciRequest& request, Clock at) override;
  std::pair<PciResult, PciResult> access_back_to_back(const PciRequest& write,
                                                      const PciRequest& next, Clock at) override;
  bool has_pins() const override { return true; }
  void reset(Clock at) override;
  bool intx() const override { return !wires_.inta_n; }
  OutputPins outputs(unsigned port) const override { return outputs_[port]; }
  InputPins inputs(unsigned port) const override { return inputs_.serial[port]; }
  bool data_ready(unsigned port) const override { return card_->data_ready(port); }
  void plug(Clock at, unsigned port, Plug plug) override {
    cabling_.plug(at, port, plug), settle_now(at);
  }
  void force(Clock at, unsigned port, InputPin pin, bool level) override {
    cabling_.force(at, port, pin, level), settle_now(at);
  }
  void send(Clock at, unsigned port, bool level) override {
    cabling_.send(at, port, level), settle_now(at);
  }
  Clock next_interrupt() const override;
  Clock clocks_at_once() const override { return 2000; }

  const PciWires& wires() const { return wires_; }
  std::string breaches() const override { return monitor_.report(); }
  const PciMonitor& monitor() const { return monitor_; }
  const PciWires* observe_wires(WireObserver& observer) override {
    wire_observer_ = &observer;
    return &wires_;
  }
  using Dut::observe;

 private:
  void tick();
  void begin(const PciRequest& request, Clock at);
  PciResult finish(const PciRequest& request);
  void connect();
  void settle_now(Clock at);
  void drive_reset(bool asserted);

  std::unique_ptr<PinLevelCard> card_;
  const unsigned ports_;
  PciMaster master_;
  PciMonitor monitor_;
  Cabling cabling_;
  PciWires wires_;
  CardInputs inputs_;
  bool connected_ = false;  // the lines have been, once
  Cabling::Outputs outputs_{kOutputsIdle, kOutputsIdle};
  Clock now_ = 0;
  Clock bus_free_ = 0;
  WireObserver* wire_observer_ = nullptr;
};

}  // namespace mtty
