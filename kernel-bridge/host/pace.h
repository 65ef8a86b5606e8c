// SPDX-License-Identifier: Apache-2.0
// How simulated time follows the world.
#pragma once

#include <chrono>
#include <string>

#include "model/time/clock.h"

namespace mtty {

/// What --pace says. Throws std::invalid_argument for anything else.
struct PaceSetting {
  enum class Kind {
    kWall,   ///< with the wall clock, or `factor` times as fast
    kGuest,  ///< idle time is skipped; time stands still while the card waits for the guest
    kFree,   ///< never waits
  };
  Kind kind = Kind::kWall;
  double factor = 1;
  /// kGuest: of wall clock without an access, while time stands still; then it moves on.
  std::chrono::milliseconds patience{100};

  static PaceSetting parse(const std::string& text);  ///< wall, wall*F, guest, free
};

/// The line between a moment of the wall clock and a PCI clock.
class WallTime {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  WallTime(Moment moment, Clock clock, double factor)
      : moment_(moment), clock_(clock), factor_(factor) {}

  Clock clock_at(Moment moment) const {
    const auto passed = std::chrono::duration<double, std::nano>(moment - moment_).count();
    return clock_ + static_cast<Clock>(passed > 0 ? passed * factor_ / kNanosecondsPerClock : 0);
  }
  /// The moment at which a clock has come; the far future for kNever.
  Moment moment_of(Clock clock) const {
    const double nanoseconds =
        clock < clock_ ? 0 : double(clock - clock_) * kNanosecondsPerClock / factor_;
    constexpr double kYear = 3e16;
    if (nanoseconds > kYear) return Moment::max();
    return moment_ + std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds) + 1);
  }

 private:
  Moment moment_;
  Clock clock_;
  double factor_;
};

}  // namespace mtty
