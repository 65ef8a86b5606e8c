// SPDX-License-Identifier: Apache-2.0
// Row MSR.
#include "model/uart/modem_lines.h"

#include <gtest/gtest.h>

namespace mtty {
namespace {

TEST(ModemLines, deltas_on_any_change_but_ri_only_when_it_ends) {
  ModemLines lines;
  lines.set_levels(0xf0);
  EXPECT_EQ(lines.read(), 0xfb);
  EXPECT_EQ(lines.read(), 0xf0) << "a read clears them";
  EXPECT_FALSE(lines.changed());
  lines.set_levels(0x00);
  EXPECT_TRUE(lines.changed());
  EXPECT_EQ(lines.value(), 0x0f);
  EXPECT_EQ(lines.value(), 0x0f);
}

TEST(ModemLines, deltas_are_sticky) {
  ModemLines lines;
  lines.set_levels(0x10);
  lines.set_levels(0x00);
  lines.set_levels(0x20);
  EXPECT_EQ(lines.read(), 0x23);
}

TEST(ModemLines, in_reset_levels_follow_without_deltas) {  // RST
  ModemLines lines;
  lines.set_levels(0x40);
  lines.set_levels(0x80);
  lines.reset_levels(0x50);
  EXPECT_EQ(lines.read(), 0x50);
}

}  // namespace
}  // namespace mtty
