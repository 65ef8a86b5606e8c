// SPDX-License-Identifier: Apache-2.0
// One UART of the card as a SystemC module: a register socket, and pins for whoever binds them.
#pragma once

#include <array>
#include <systemc>

#include "model/card/serial_ports.h"
#include "model/pci/blocking_target.h"
#include "model/pci/pci_extension.h"
#include "model/time/timed_output.h"

namespace mtty {

/// Behaviour and time live in SerialPorts; this module gives port number `index` of it a socket and
/// wires. Modem pins are logical here (true = asserted). Input pins that are bound take the place
/// of what the cabling drives there.
class Uart16550 : public sc_core::sc_module, private BlockingTarget {
 public:
  using InputPort =
      sc_core::sc_port<sc_core::sc_signal_in_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;

  /// One byte at address 0..7 with a StrobeExtension. For a UART that is used by itself; in the
  /// card nobody need bind it, accesses come from the bus.
  tlm::tlm_target_socket<32, tlm::tlm_base_protocol_types, 1, sc_core::SC_ZERO_OR_MORE_BOUND>
      registers{"registers"};
  TimedOutput sout{"sout"}, rts{"rts"}, dtr{"dtr"}, out1{"out1"}, out2{"out2"};
  InputPort sin{"sin"}, cts{"cts"}, dsr{"dsr"}, ri{"ri"}, dcd{"dcd"};

  Uart16550(const sc_core::sc_module_name& name, SerialPorts& ports, unsigned index);

  /// Somebody looks at an output pin, so its edges must come at their time.
  bool watched() const;
  void drive_outputs(Clock at, OutputPins pins);

 private:
  void b_transport(tlm::tlm_generic_payload& strobe, sc_core::sc_time& delay) override;
  void end_of_elaboration() override;
  void start_of_simulation() override;

  SerialPorts& ports_;
  const unsigned index_;
  OutputPins driven_ = 0;
};

}  // namespace mtty
