// SPDX-License-Identifier: Apache-2.0
// The card's side of the PCI bus at transaction level.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <functional>
#include <systemc>

#include "model/pci/blocking_target.h"
#include "model/pci/config_space.h"
#include "model/pci/intx_line.h"
#include "model/pci/pci_extension.h"

namespace mtty {

/// Answers configuration accesses itself, passes I/O on to the BAR decoder, claims nothing else.
/// Never waits: the clocks of an access are in its PciExtension, and `delay` reaches from now to
/// the completion.
class PciTarget : public sc_core::sc_module, private BlockingTarget {
 public:
  tlm::tlm_target_socket<> bus{"bus"};
  tlm_utils::simple_initiator_socket<PciTarget> io{"io"};

  /// `advance` brings the card to State(clock): Status[3] is part of it.
  PciTarget(const sc_core::sc_module_name& name, ConfigSpace& config, IntxLine& intx,
            std::function<void(Clock)> advance);

 private:
  void b_transport(tlm::tlm_generic_payload& phase, sc_core::sc_time& delay) override;
  void access_config(tlm::tlm_generic_payload& phase, PciExtension& pci);
  void access_io(tlm::tlm_generic_payload& phase, sc_core::sc_time& delay);

  ConfigSpace& config_;
  IntxLine& intx_;
  std::function<void(Clock)> advance_;
  std::array<sc_core::sc_time, 16> lengths_;  // by clocks; an access takes 10 at the most
};

}  // namespace mtty
