// SPDX-License-Identifier: Apache-2.0
// A change at clock n is there at edge n + 3 (docs/timing.md; rows RX-16X, MSR).
#include "model/uart/input_synchroniser.h"

#include <gtest/gtest.h>

namespace mtty {
namespace {

TEST(InputSynchroniser, delays_by_three_clocks) {
  InputSynchroniser inputs;
  EXPECT_EQ(inputs.pins(), kSin);
  EXPECT_EQ(inputs.next_event(), kNever);
  inputs.set(100, 0);
  EXPECT_EQ(inputs.pins(), 0);
  EXPECT_EQ(inputs.next_event(), 103u);
  EXPECT_EQ(inputs.take(), 0);
  EXPECT_EQ(inputs.next_event(), kNever);
}

TEST(InputSynchroniser, carries_a_change_a_clock) {
  InputSynchroniser inputs;
  const InputPins levels[] = {kCts, kSin, kSin | kDcd};
  for (Clock n = 0; n < 3; ++n) inputs.set(10 + n, levels[n]);
  for (Clock n = 0; n < 3; ++n) {
    EXPECT_EQ(inputs.next_event(), 13 + n);
    EXPECT_EQ(inputs.take(), levels[n]);
  }
}

TEST(InputSynchroniser, last_of_one_clock_counts) {
  InputSynchroniser inputs;
  inputs.set(10, 0);
  inputs.set(10, kDsr);
  EXPECT_EQ(inputs.take(), kDsr);
  EXPECT_EQ(inputs.next_event(), kNever);
}

TEST(InputSynchroniser, no_change_is_no_event) {
  InputSynchroniser inputs;
  inputs.set(10, kSin);
  EXPECT_EQ(inputs.next_event(), kNever);
}

}  // namespace
}  // namespace mtty
