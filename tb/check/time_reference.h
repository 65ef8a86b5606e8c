// SPDX-License-Identifier: Apache-2.0
// The clocks of docs/timing.md, written down once more for the tests: slow, literal, and without
// the model's arithmetic.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model/time/clock.h"

namespace mtty::check {

/// The edge at which crystal pulse k is acted on: P(k) = ceil(k x 15625 / 864) + 2.
constexpr Clock pulse_edge(std::uint64_t k) { return (k * 15625 + 863) / 864 + 2; }

/// Whether a crystal pulse is acted on at this edge.
constexpr bool is_pulse_edge(Clock edge) {
  if (edge < 2) return false;
  const std::uint64_t k = (edge - 2) * 864 / 15625;
  return pulse_edge(k) == edge || pulse_edge(k + 1) == edge;
}

/// The edge of a register strobe that is due at `edge`: held off where a pulse falls on it.
constexpr Clock strobe_edge(Clock edge) { return is_pulse_edge(edge) ? edge + 1 : edge; }

/// The 16x clock, counted pulse by pulse as docs/timing.md, "Baud generator", says.
class TickReference {
 public:
  /// The divisor latch takes this value at edge `strobe`, not before an earlier call's.
  void set_divisor(Clock strobe, std::uint16_t divisor) {
    run_to(strobe);
    divisor_ = divisor;
  }
  void reset(Clock clock) {
    set_divisor(clock, 0);
    count_ = committed_count_ = 0;
  }
  std::uint16_t divisor() const { return divisor_; }

  /// The n-th tick at an edge after `clock`; the divisor must not be 0.
  Clock after(Clock clock, std::uint64_t n = 1) {
    if (divisor_ == 0) return kNever;
    while (ticks_.size() < n || ticks_[ticks_.size() - n] <= clock) step();
    return *(std::upper_bound(ticks_.begin(), ticks_.end(), clock) + std::ptrdiff_t(n - 1));
  }
  /// The last tick at an edge before or at `clock`.
  Clock last_until(Clock clock) {
    after(clock);
    return *(std::upper_bound(ticks_.begin(), ticks_.end(), clock) - 1);
  }

 private:
  /// Fixes what has happened at edges <= clock; what was looked ahead of it may come otherwise.
  void run_to(Clock clock) {
    count_ = committed_count_;
    pulse_ = committed_pulse_;
    ticks_.erase(std::upper_bound(ticks_.begin(), ticks_.end(), committed_until_), ticks_.end());
    while (pulse_edge(pulse_) <= clock) step();
    committed_count_ = count_;
    committed_pulse_ = pulse_;
    committed_until_ = clock;
  }
  void step() {
    const Clock edge = pulse_edge(pulse_++);
    if (count_ <= 1) {
      count_ = divisor_;
      if (divisor_ != 0) ticks_.push_back(edge);
    } else {
      --count_;
    }
  }

  std::uint16_t divisor_ = 0;
  std::uint32_t count_ = 0, committed_count_ = 0;
  std::uint64_t pulse_ = 0, committed_pulse_ = 0;
  Clock committed_until_ = 0;
  std::vector<Clock> ticks_;
};

}  // namespace mtty::check
