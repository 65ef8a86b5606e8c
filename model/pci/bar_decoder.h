// SPDX-License-Identifier: Apache-2.0
// From an I/O data phase to register strobes of the UARTs.
#pragma once

#include "model/card/serial_ports.h"
#include "model/pci/config_space.h"
#include "model/pci/pci_response.h"

namespace mtty {

/// Claims I/O data phases whose address lies in a BAR, aborts those with illegal byte enables, and
/// serves the enabled lanes lowest first, one strobe a clock (docs/timing.md, "PCI accesses").
class BarDecoder {
 public:
  BarDecoder(ConfigSpace& config, SerialPorts& ports) : config_(config), ports_(ports) {}

  /// `at` is the edge of the address phase, `address` AD[31:0] at it.
  PciResponse read(Clock at, std::uint32_t address, Lanes lanes);
  PciResponse write(Clock at, std::uint32_t address, Lanes lanes, std::uint32_t data);

 private:
  PciResponse access(bool write, Clock at, std::uint32_t address, Lanes lanes, std::uint32_t data);

  ConfigSpace& config_;
  SerialPorts& ports_;
};

}  // namespace mtty
