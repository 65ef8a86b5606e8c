// SPDX-License-Identifier: Apache-2.0
// The divisor latch and the 16x clock it makes of the crystal (docs/timing.md, "Baud generator").
#pragma once

#include "model/time/clock.h"
#include "model/time/crystal.h"
#include "model/uart/frame.h"

namespace mtty {

/// Turns tick numbers into PCI clocks and back, without counting.
class BaudGenerator {
 public:
  std::uint16_t divisor() const { return divisor_; }

  /// The latch is written at edge `at`; the tick under way still ends as the old divisor had it.
  void set_divisor(Clock at, std::uint16_t divisor) {
    settle(at);
    divisor_ = divisor;
  }

  /// Ticks at edges <= clock.
  Tick ticks_until(Clock clock) const {
    if (divisor_ == 0) return ticks_;
    const std::uint64_t pulses = crystal::pulses_until(clock);
    return pulses <= next_ ? ticks_ : ticks_ + 1 + (pulses - 1 - next_) / divisor_;
  }

  /// The edge of a tick that is still to come; kNever while the baud clock stands.
  Clock clock_of(Tick tick) const {
    if (divisor_ == 0 || tick == kNoTick) return kNever;
    return crystal::clock_of_pulse(next_ + (tick - ticks_ - 1) * divisor_);
  }

  template <class Archive>
  void visit(Archive& archive) {
    archive(divisor_, ticks_, next_);
    archive.check(ticks_ <= next_);
  }
  /// A restored one may stand like this at `clock`.
  bool fits(Clock clock) const { return next_ <= crystal::pulses_until(clock) + kLongestTick; }

 private:
  static constexpr unsigned kLongestTick = 0xffff;  // in pulses

  void settle(Clock clock) {
    const std::uint64_t pulses = crystal::pulses_until(clock);
    if (pulses <= next_) return;
    if (divisor_ == 0) {
      next_ = pulses;  // stopped: the first pulse under a new divisor ticks
      return;
    }
    const std::uint64_t passed = 1 + (pulses - 1 - next_) / divisor_;
    ticks_ += passed;
    next_ += passed * divisor_;
  }

  std::uint16_t divisor_ = 0;
  Tick ticks_ = 0;          // ticks before pulse next_
  std::uint64_t next_ = 0;  // the pulse at which the count runs out next
};

}  // namespace mtty
