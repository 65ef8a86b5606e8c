// SPDX-License-Identifier: Apache-2.0
// The flip-flops behind the serial inputs, as a delay of three clocks (docs/timing.md).
#pragma once

#include <array>

#include "model/time/clock.h"
#include "model/uart/pins.h"

namespace mtty {

/// Remembers the changes of the last clocks; at most one a clock is on its way.
class InputSynchroniser {
 public:
  static constexpr Clock kDelay = 3;

  /// The pins as they have been set last.
  InputPins pins() const { return pins_; }

  /// The pins change at clock `at`, not before an earlier change.
  void set(Clock at, InputPins pins) {
    if (pins == pins_) return;
    pins_ = pins;
    if (count_ && change(count_ - 1).at == at)
      change(count_ - 1).pins = pins;
    else
      changes_[(first_ + count_++) % kSlots] = {at, pins};
  }

  /// The edge at which a change arrives next.
  Clock next_event() const { return count_ ? changes_[first_].at + kDelay : kNever; }
  /// Whether a change on its way differs from `pins` in one of `which`.
  bool brings(InputPins pins, InputPins which) const {
    for (unsigned i = 0; i < count_; ++i)
      if ((changes_[(first_ + i) % kSlots].pins ^ pins) & which) return true;
    return false;
  }
  /// Takes the change that arrives next.
  InputPins take() {
    const InputPins pins = changes_[first_].pins;
    first_ = (first_ + 1) % kSlots;
    --count_;
    return pins;
  }
  void forget() { count_ = 0; }

  template <class Archive>
  void visit(Archive& archive) {
    archive(pins_, changes_);
    archive.limit(first_, std::uint8_t(kSlots - 1));
    archive.limit(count_, std::uint8_t(kSlots));
  }

 private:
  static constexpr unsigned kSlots = 4;
  struct Change {
    Clock at;
    InputPins pins;

    template <class Archive>
    void visit(Archive& archive) {
      archive(at, pins);
    }
  };
  Change& change(unsigned index) { return changes_[(first_ + index) % kSlots]; }

  InputPins pins_ = kInputsIdle;
  std::array<Change, kSlots> changes_{};
  std::uint8_t first_ = 0;
  std::uint8_t count_ = 0;
};

}  // namespace mtty
