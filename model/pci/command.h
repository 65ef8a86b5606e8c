// SPDX-License-Identifier: Apache-2.0
// Bus commands and byte enables of PCI (PCI Local Bus Specification 2.3, sections 3.1.1, 3.2.2.1).
#pragma once

#include <cstdint>

namespace mtty {

/// C/BE#[3:0] in the address phase.
enum class PciCommand : std::uint8_t {
  kInterruptAcknowledge = 0x0,
  kSpecialCycle = 0x1,
  kIoRead = 0x2,
  kIoWrite = 0x3,
  kMemoryRead = 0x6,
  kMemoryWrite = 0x7,
  kConfigRead = 0xa,
  kConfigWrite = 0xb,
  kMemoryReadMultiple = 0xc,
  kDualAddress = 0xd,
  kMemoryReadLine = 0xe,
  kMemoryWriteInvalidate = 0xf,
};

/// Byte lanes of a data phase, one bit a lane, 1 = enabled (C/BE# inverted).
using Lanes = std::uint8_t;
constexpr Lanes kAllLanes = 0xf;

/// The lanes of an access of `size` bytes (1, 2, 4) at an address; it must not cross a dword.
constexpr Lanes lanes_of(std::uint32_t address, unsigned size) {
  return Lanes(((1u << size) - 1) << (address & 3));
}

/// Whether the lanes of an I/O access fit AD[1:0]: the lowest enabled one is the addressed byte, or
/// none is enabled (section 3.2.2.1, table 3-1).
constexpr bool legal_io_lanes(std::uint32_t address, Lanes lanes) {
  return lanes == 0 || unsigned(__builtin_ctz(lanes)) == (address & 3);
}

/// The lanes of a dword as a mask of its bits.
constexpr std::uint32_t bits_of(Lanes lanes) {
  std::uint32_t mask = 0;
  for (unsigned lane = 0; lane < 4; ++lane)
    if (lanes >> lane & 1) mask |= 0xffu << (8 * lane);
  return mask;
}

/// What a read returns that nobody answers (section 3.3.3.1, master abort).
constexpr std::uint32_t kAllOnes = 0xffffffff;

}  // namespace mtty
