// SPDX-License-Identifier: Apache-2.0
// Characters on a serial line as the data sheet's LCR table says (TL16C550C, "line control
// register"), for the tests' own sender and their expectations of SOUT.
#pragma once

#include <cstdint>
#include <vector>

namespace mtty::check {

/// A stretch of one level, in sixteenths of a bit time.
struct LineBit {
  bool level;
  unsigned sixteenths = 16;
};
using LineBits = std::vector<LineBit>;

constexpr unsigned data_bits(std::uint8_t lcr) { return 5 + (lcr & 3); }
constexpr bool has_parity(std::uint8_t lcr) { return lcr & 0x08; }
constexpr unsigned stop_sixteenths(std::uint8_t lcr) {
  if (!(lcr & 0x04)) return 16;
  return data_bits(lcr) == 5 ? 24 : 32;
}
/// Start, data, parity, stops.
constexpr unsigned frame_sixteenths(std::uint8_t lcr) {
  return 16 * (1 + data_bits(lcr) + (has_parity(lcr) ? 1 : 0)) + stop_sixteenths(lcr);
}
constexpr std::uint8_t cut(std::uint8_t lcr, std::uint8_t byte) {
  return std::uint8_t(byte & ((1u << data_bits(lcr)) - 1));
}

constexpr bool parity_bit(std::uint8_t lcr, std::uint8_t byte) {
  unsigned ones = 0;
  for (unsigned i = 0; i < data_bits(lcr); ++i) ones += byte >> i & 1;
  switch (lcr & 0x30) {
    case 0x00:  // odd: the ones of data and parity together are odd
      return ones % 2 == 0;
    case 0x10:  // even
      return ones % 2 == 1;
    case 0x20:  // stick mark
      return true;
    default:  // stick space
      return false;
  }
}

/// Start, data, parity, stop of one character.
inline LineBits frame(std::uint8_t lcr, std::uint8_t byte) {
  LineBits bits{{false}};
  for (unsigned i = 0; i < data_bits(lcr); ++i) bits.push_back({bool(byte >> i & 1)});
  if (has_parity(lcr)) bits.push_back({parity_bit(lcr, byte)});
  bits.push_back({true, stop_sixteenths(lcr)});
  return bits;
}
/// The same with the wrong parity bit.
inline LineBits frame_with_wrong_parity(std::uint8_t lcr, std::uint8_t byte) {
  LineBits bits = frame(lcr, byte);
  bits[bits.size() - 2].level ^= true;
  return bits;
}
/// The same, and the line stays low until just behind the middle of the first stop bit, where the
/// receiver looks (a receiver that finds it low there twice takes it for the next start bit).
inline LineBits frame_without_stop(std::uint8_t lcr, std::uint8_t byte) {
  LineBits bits = frame(lcr, byte);
  bits.back() = {false, 9};
  bits.push_back({true, 7});
  return bits;
}

}  // namespace mtty::check
