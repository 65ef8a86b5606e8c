// SPDX-License-Identifier: Apache-2.0
// The card's side of the PCI bus at transaction level.
#pragma once

#include <array>
#include <systemc>

#include "model/pci/bar_decoder.h"
#include "model/pci/blocking_target.h"
#include "model/pci/intx_line.h"
#include "model/pci/pci_extension.h"

namespace mtty {

/// Answers configuration accesses, passes I/O on to the BAR decoder, claims nothing else. Never
/// waits: the clocks of an access are in its PciExtension, and `delay` reaches from now to the
/// completion.
class PciTarget : public sc_core::sc_module, private BlockingTarget {
 public:
  tlm::tlm_target_socket<> bus{"bus"};

  PciTarget(const sc_core::sc_module_name& name, ConfigSpace& config, SerialPorts& ports,
            IntxLine& intx);

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  PciResponse access(tlm::tlm_generic_payload& payload, const PciExtension& pci);
  PciResponse access_config(PciCommand command, Clock at, std::uint32_t address, Lanes lanes,
                            std::uint32_t data);

  ConfigSpace& config_;
  SerialPorts& ports_;
  IntxLine& intx_;
  BarDecoder decoder_{config_, ports_};
  std::array<sc_core::sc_time, 16> lengths_;  // by clocks; an access takes 10 at the most
};

}  // namespace mtty
