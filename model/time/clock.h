// SPDX-License-Identifier: Apache-2.0
// Time in this project is a number of PCI clocks of 30 ns. See docs/timing.md.
#pragma once

#include <cstdint>
#include <limits>

namespace mtty {

/// Number of a rising PCI clock edge. Edge n is at n x 30 ns.
using Clock = std::uint64_t;

constexpr Clock kNever = std::numeric_limits<Clock>::max();
constexpr std::uint64_t kPicosecondsPerClock = 30'000;
constexpr std::uint64_t kNanosecondsPerClock = 30;

}  // namespace mtty
