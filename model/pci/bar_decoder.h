// SPDX-License-Identifier: Apache-2.0
// From an I/O data phase to register strobes of the UARTs.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <systemc>

#include "model/line/cabling.h"
#include "model/pci/blocking_target.h"
#include "model/pci/config_space.h"
#include "model/pci/pci_extension.h"

namespace mtty {

/// Claims I/O data phases whose address lies in a BAR (else ADDRESS_ERROR), refuses illegal byte
/// enables (BYTE_ENABLE_ERROR), and serves the enabled lanes lowest first, one strobe a clock
/// (docs/timing.md, "PCI accesses").
class BarDecoder : public sc_core::sc_module, private BlockingTarget {
 public:
  tlm::tlm_target_socket<> io{"io"};
  sc_core::sc_vector<tlm_utils::simple_initiator_socket<BarDecoder>> port{"port"};

  BarDecoder(const sc_core::sc_module_name& name, const ConfigSpace& config, unsigned ports);
  ~BarDecoder() override;

 private:
  void b_transport(tlm::tlm_generic_payload& phase, sc_core::sc_time& delay) override;

  const ConfigSpace& config_;
  tlm::tlm_generic_payload strobe_;
  StrobeExtension strobe_clock_;
};

}  // namespace mtty
