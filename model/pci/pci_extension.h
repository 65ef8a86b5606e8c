// SPDX-License-Identifier: Apache-2.0
// What a TLM-2.0 generic payload lacks for a PCI data phase.
#pragma once

#include <cstring>
#include <tlm>

#include "model/pci/command.h"
#include "model/time/clock.h"

namespace mtty {

/// A PCI transaction of one data phase is a generic payload with
/// - address: AD[31:0] of the address phase (for configuration: the offset; IDSEL is given by the
/// socket it arrives at),
/// - four data bytes, the lanes of the dword, and four byte enables,
/// - command: read or write as `command` below says, which tells all sixteen apart.
/// Responses: OK; ADDRESS_ERROR where nobody claims it (the master makes it a master abort);
/// GENERIC_ERROR for a target abort.
struct PciExtension : tlm::tlm_extension<PciExtension> {
  PciCommand command = PciCommand::kIoRead;
  Clock address_clock =
      0;  ///< in: the edge at which FRAME# is first sampled low; not before the simulation's time
  Clock completion_clock =
      0;  ///< out, where claimed: the edge at which TRDY# or STOP# ends the data phase

  tlm_extension_base* clone() const override { return new PciExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const PciExtension&>(other);
  }
};

/// The enabled lanes of a payload's four bytes.
inline Lanes lanes_of(const tlm::tlm_generic_payload& phase) {
  if (!phase.get_byte_enable_ptr()) return kAllLanes;
  // Each byte is 0xff or 0: keep another bit of each, and add them up in the highest.
  std::uint32_t enables;
  std::memcpy(&enables, phase.get_byte_enable_ptr(), sizeof enables);
  return Lanes((enables & 0x08040201) * 0x01010101 >> 24);
}

/// A register strobe behind the BAR decoder: one byte at offset 0..7, at one clock edge.
struct StrobeExtension : tlm::tlm_extension<StrobeExtension> {
  Clock clock = 0;

  tlm_extension_base* clone() const override { return new StrobeExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const StrobeExtension&>(other);
  }
};

}  // namespace mtty
