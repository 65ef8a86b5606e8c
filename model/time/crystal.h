// SPDX-License-Identifier: Apache-2.0
// The UART crystal, 1.8432 MHz, in PCI clocks: 1.8432 MHz x 30 ns = 864/15625 exactly.
#pragma once

#include "model/time/clock.h"

namespace mtty::crystal {

/// Crystal periods (numerator) per PCI clocks (denominator).
constexpr std::uint64_t kPeriods = 864;
constexpr std::uint64_t kClocks = 15625;

/// Two synchronising flip-flops lie between the pin and the edge at which a pulse is acted on.
constexpr Clock kSynchroniser = 2;

/// The PCI clock edge at which pulse k is acted on.
constexpr Clock clock_of_pulse(std::uint64_t k) {
  return (k * kClocks + kPeriods - 1) / kPeriods + kSynchroniser;
}

/// How many pulses have been acted on at edges <= clock, which is also the index of the next one.
constexpr std::uint64_t pulses_until(Clock clock) {
  if (clock < kSynchroniser) return 0;
  return (clock - kSynchroniser) * kPeriods / kClocks + 1;
}

/// Whether a pulse is acted on at this edge.
constexpr bool pulse_at(Clock clock) {
  return (clock + kClocks - kSynchroniser) * kPeriods % kClocks < kPeriods;
}

/// The level of the crystal pin as sampled at an edge: high in the first half of each period.
constexpr bool pin_at(Clock clock) { return clock * kPeriods % kClocks * 2 < kClocks; }

/// Length of a number of crystal periods in PCI clocks, rounded down.
constexpr Clock clocks_of_periods(std::uint64_t periods) { return periods * kClocks / kPeriods; }

}  // namespace mtty::crystal
