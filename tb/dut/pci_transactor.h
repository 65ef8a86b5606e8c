// SPDX-License-Identifier: Apache-2.0
// From TLM-2.0 to the pins: a PCI master for SystemC testbenches that hold a card with pins.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include "model/card/pin_serial_card.h"
#include "model/pci/pci_extension.h"
#include "tb/dut/pci_master.h"
#include "tb/dut/pci_monitor.h"

namespace mtty {

/// Takes the transactions that SerialCard takes (see PciExtension) and plays them on the wires, an
/// address phase as soon as the bus is free. b_transport waits until the data phase has ended, so
/// it wants to be called from a thread. The monitor is always on.
class PciTransactor : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<PciTransactor> bus{"bus"};
  sc_core::sc_in<bool> clk{"clk"};
  sc_core::sc_in<CardOutputs> card_out{"card_out"};
  sc_core::sc_out<CardInputs> card_in{"card_in"};

  PciTransactor(const sc_core::sc_module_name& name, unsigned ports);

  const PciMonitor& monitor() const { return monitor_; }

 private:
  void b_transport(tlm::tlm_generic_payload& phase, sc_core::sc_time& delay);
  void fall();

  PciMaster master_;
  PciMonitor monitor_;
  PciWires wires_;
  Clock now_ = 0;
  sc_core::sc_mutex one_at_a_time_;
  sc_core::sc_event ended_;
  std::optional<PciRequest>
      request_;  // to begin with the next clock, so an idle one lies behind the last
  std::optional<PciResult> result_;
};

}  // namespace mtty
