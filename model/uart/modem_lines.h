// SPDX-License-Identifier: Apache-2.0
// MSR: the modem inputs and what has changed since it was last read (TL16C550C, MSR).
#pragma once

#include "model/uart/pins.h"
#include "model/uart/registers.h"

namespace mtty {

class ModemLines {
 public:
  std::uint8_t value() const { return levels_ | deltas_; }
  std::uint8_t read() {
    const std::uint8_t value = levels_ | deltas_;
    deltas_ = 0;
    return value;
  }
  bool changed() const { return deltas_; }
  std::uint8_t levels() const { return levels_; }

  /// New levels, as MSR[7:4] shows them.
  void set_levels(std::uint8_t levels) {
    const std::uint8_t change = levels ^ levels_;
    levels_ = levels;
    deltas_ |= (change & (msr::kCts | msr::kDsr | msr::kDcd)) >> 4;
    if (change & msr::kRi && !(levels & msr::kRi)) deltas_ |= msr::kTrailingRi;
  }
  /// While RST# is low the levels follow the pins and leave no delta.
  void reset_levels(std::uint8_t levels) {
    levels_ = levels;
    deltas_ = 0;
  }

  template <class Archive>
  void visit(Archive& archive) {
    archive(levels_, deltas_);
  }

 private:
  std::uint8_t levels_ = 0;
  std::uint8_t deltas_ = 0;
};

}  // namespace mtty
