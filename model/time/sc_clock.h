// SPDX-License-Identifier: Apache-2.0
// Between PCI clocks and SystemC's time.
#pragma once

#include <systemc>

#include "model/time/clock.h"

namespace mtty {

/// SystemC's time ends here, after 213 days.
constexpr Clock kLastClock = kNever / kPicosecondsPerClock;

/// The time of a clock edge. SystemC's resolution is its default, 1 ps.
inline sc_core::sc_time time_of(Clock clock) {
  return sc_core::sc_time::from_value(clock * kPicosecondsPerClock);
}

/// The last clock edge that is not after now.
inline Clock clock_now() { return sc_core::sc_time_stamp().value() / kPicosecondsPerClock; }

}  // namespace mtty
