// SPDX-License-Identifier: Apache-2.0
// The PCI serial card at transaction level: 4348:3253, one or two 16550A UARTs, one INTA#.
#pragma once

#include <memory>
#include <systemc>

#include "model/card/serial_ports.h"
#include "model/pci/config_space.h"
#include "model/pci/intx_line.h"
#include "model/pci/pci_target.h"
#include "model/time/sc_clock.h"
#include "model/uart/uart16550.h"

namespace mtty {

/// Event-driven: no clock runs. The card sleeps until the next clock at which INTA# might change by
/// itself, or, where a UART's output pin is bound, at which a pin changes. Accesses are exact at
/// the clocks of docs/timing.md.
class SerialCard : public sc_core::sc_module, private PortObserver, private IntxObserver {
 private:
  // Declared before the modules that refer to them.
  ConfigSpace config_;
  SerialPorts ports_;

 public:
  /// PCI transactions (see PciExtension); never waits.
  tlm::tlm_target_socket<>& bus() { return target.bus; }
  /// RST#, active low.
  sc_core::sc_in<bool> rst_n{"rst_n"};

  IntxLine intx{"intx"};
  PciTarget target;
  sc_core::sc_vector<Uart16550> uart{"uart"};

  /// The observers hear of pins and INTA# with their clocks, at times when the card has something
  /// to do. Both may be null. `out2_gates`: see SerialPorts.
  SerialCard(const sc_core::sc_module_name& name, unsigned ports, PortObserver* pins = nullptr,
             IntxObserver* line = nullptr, bool out2_gates = false);

  SerialPorts& ports() { return ports_; }
  const SerialPorts& ports() const { return ports_; }
  const ConfigSpace& config() const { return config_; }
  /// Brings the card to State(clock), which is not before SystemC's time; no effect where an access
  /// has been further already.
  void advance_to(Clock clock);
  /// What rst_n does, for an initiator that is ahead of SystemC's time.
  void set_reset(Clock at, bool asserted);

  /// See model/state/archive.h. A restored card is at its own clock, which is not before SystemC's
  /// time; its output pins take their levels at once, observers are not told.
  template <class Archive>
  void visit(Archive& archive) {
    archive(config_, ports_, intx);
    archive.check(ports_.now() <= kLastClock);
    if constexpr (Archive::kReads) restored();
  }

 private:
  void outputs_changed(Clock at, unsigned port, OutputPins pins) override;
  void inputs_changed(Clock at, unsigned port, InputPins pins) override;
  void irqs_changed(Clock at, std::uint8_t irqs) override;
  void replanned() override;
  void intx_changed(Clock at, bool asserted) override;
  void end_of_elaboration() override;
  void follow_reset();
  void wake();
  void restored();

  PortObserver* const pins_;
  IntxObserver* const line_;
  bool watched_ = false;
  sc_core::sc_event wake_up_;
  Clock wake_at_ = kNever;
};

}  // namespace mtty
