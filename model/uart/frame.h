// SPDX-License-Identifier: Apache-2.0
// What LCR says of a character on the line (TL16C550C, LCR). Lengths are in ticks of the 16x clock.
#pragma once

#include <cstdint>

#include "model/uart/registers.h"

namespace mtty {

/// Count of ticks of the 16x clock.
using Tick = std::uint64_t;
constexpr Tick kNoTick = ~Tick{0};
constexpr unsigned kTicksPerBit = 16;
/// Start, eight data bits, parity, two stop bits.
constexpr Tick kLongestFrame = 12 * kTicksPerBit;

/// Line settings as LCR[5:0] gives them.
class LineFormat {
 public:
  constexpr LineFormat() = default;
  explicit constexpr LineFormat(std::uint8_t lcr_value) : lcr_(lcr_value) {}

  constexpr unsigned data_bits() const { return 5 + (lcr_ & lcr::kWordLength); }
  constexpr bool has_parity() const { return lcr_ & lcr::kParityEnable; }
  constexpr std::uint8_t data_mask() const { return std::uint8_t(0xff >> (8 - data_bits())); }

  /// Stop bits take 1 bit time, or 2; 1.5 with five data bits.
  constexpr unsigned stop_ticks() const {
    if (!(lcr_ & lcr::kStopBits)) return kTicksPerBit;
    return data_bits() == 5 ? kTicksPerBit * 3 / 2 : kTicksPerBit * 2;
  }
  /// The last stop bit: the half one, where there are 1.5.
  constexpr unsigned last_stop_ticks() const {
    return stop_ticks() % kTicksPerBit ? stop_ticks() % kTicksPerBit : kTicksPerBit;
  }
  /// Bits before the first stop bit: start, data, parity.
  constexpr unsigned bits_before_stop() const { return 1 + data_bits() + has_parity(); }
  /// A whole character: start, data, parity, stops.
  constexpr unsigned ticks() const { return bits_before_stop() * kTicksPerBit + stop_ticks(); }

  /// The parity bit that belongs to data (already cut to data_bits()).
  constexpr bool parity_of(std::uint8_t data) const {
    const bool even = lcr_ & lcr::kParityEven;
    if (lcr_ & lcr::kParityStick) return !even;
    return __builtin_parity(data) != !even;
  }

  /// The line's levels bit by bit, start first, in bits_before_stop() bits; above them all ones
  /// (stop, idle).
  constexpr std::uint32_t levels_of(std::uint8_t data) const {
    data &= data_mask();
    std::uint32_t levels = ~std::uint32_t{0} << bits_before_stop();
    levels |= std::uint32_t{data} << 1;
    if (has_parity()) levels |= std::uint32_t{parity_of(data)} << (1 + data_bits());
    return levels;
  }

  template <class Archive>
  void visit(Archive& archive) {
    archive(lcr_);
  }

 private:
  std::uint8_t lcr_ = 0;
};

}  // namespace mtty
