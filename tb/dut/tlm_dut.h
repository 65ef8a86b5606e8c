// SPDX-License-Identifier: Apache-2.0
// The event-driven SystemC card behind the Dut interface.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "model/card/serial_card.h"
#include "tb/dut/dut.h"

namespace mtty {

/// Where the testbench's transactions leave.
struct PciInitiator : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<PciInitiator> bus{"bus"};
  explicit PciInitiator(const sc_core::sc_module_name& name) : sc_module(name) {}
};

/// SystemC has one time and each card its own: SystemC's is that of the card furthest behind, or up
/// to a quantum less, and an access at a later clock is one that the initiator made ahead of time
/// (IEEE 1666, 11.2, temporal decoupling). Nothing in the simulation but the cards' own wake-ups
/// depends on it, and they find everything done.
class CardClocks {
 public:
  void reached(unsigned card, Clock clock);
  /// Another card, at clock 0.
  unsigned add();

 private:
  void follow();

  std::vector<Clock> clocks_;
  Clock next_ = 0;  // at which it is worth looking whether SystemC can follow
};

class TlmDut final : public Dut, private PortObserver, private IntxObserver {
 public:
  /// Starts the simulation.
  explicit TlmDut(unsigned ports);
  /// Cards with so many ports each. SystemC elaborates once, so all are made together.
  static std::vector<std::unique_ptr<TlmDut>> make(const std::vector<unsigned>& ports);
  ~TlmDut() override;

  unsigned ports() const override { return card_.ports().count(); }
  Clock now() const override { return card_.ports().now(); }
  void advance_to(Clock clock) override;
  Clock bus_free() const override { return std::max(bus_free_, now() + 1); }
  PciResult access(const PciRequest& request, Clock at) override;
  std::pair<PciResult, PciResult> access_back_to_back(const PciRequest&, const PciRequest&,
                                                      Clock) override;
  bool has_pins() const override { return false; }
  void reset(Clock at) override;
  bool intx() const override { return card_.intx.asserted(); }
  OutputPins outputs(unsigned port) const override { return card_.ports().outputs(port); }
  InputPins inputs(unsigned port) const override { return card_.ports().uart(port).inputs(); }
  bool data_ready(unsigned port) const override {
    return card_.ports().uart(port).peek(reg::kLsr) & lsr::kDataReady;
  }
  void plug(Clock at, unsigned port, Plug plug) override { card_.ports().plug(at, port, plug); }
  void force(Clock at, unsigned port, InputPin pin, bool level) override {
    card_.ports().force(at, port, pin, level);
  }
  void send(Clock at, unsigned port, bool level) override { card_.ports().send(at, port, level); }
  Clock next_interrupt() const override { return card_.ports().next_interrupt(); }
  Clock clocks_at_once() const override { return kNever; }  // nothing due costs nothing

  void visit(StateWriter& state) override { visit_members(state); }
  void visit(StateReader& state) override;

  SerialCard& card() { return card_; }
  /// The socket that transactions leave by.
  PciInitiator& initiator() { return initiator_; }

 private:
  TlmDut(unsigned ports, std::shared_ptr<CardClocks> clocks);
  void outputs_changed(Clock at, unsigned port, OutputPins pins) override;
  void inputs_changed(Clock at, unsigned port, InputPins pins) override;
  void intx_changed(Clock at, bool asserted) override;

  template <class Archive>
  void visit_members(Archive& archive) {
    archive(card_, bus_free_);
  }
  void run_to(Clock clock);
  void drive_reset(Clock at, bool asserted);

  const std::shared_ptr<CardClocks> clocks_;
  const unsigned index_;
  const std::string number_;  // ends the names of the modules, of all cards but the first
  SerialCard card_;
  sc_core::sc_signal<bool> rst_n_{("rst_n" + number_).c_str(), true};
  PciInitiator initiator_{("initiator" + number_).c_str()};
  tlm::tlm_generic_payload phase_;
  PciExtension pci_;
  std::uint8_t data_[4] = {};
  std::uint8_t enables_[4] = {};
  Clock bus_free_ = 0;
};

}  // namespace mtty
