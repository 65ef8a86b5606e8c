// SPDX-License-Identifier: Apache-2.0
// Row BE: byte enables against AD[1:0].
#include "model/pci/command.h"

#include <gtest/gtest.h>

namespace mtty {
namespace {

TEST(PciLanes, of_an_access) {
  EXPECT_EQ(lanes_of(0xc150, 1), 0x1);
  EXPECT_EQ(lanes_of(0xc153, 1), 0x8);
  EXPECT_EQ(lanes_of(0xc152, 2), 0xc);
  EXPECT_EQ(lanes_of(0xc154, 4), 0xf);
}

TEST(PciLanes, legal_for_io) {
  // C/BE#[3:0] patterns of the list: 00 xxx0, 01 xx01, 10 x011, 11 0111, and 1111.
  const unsigned masks[] = {0x1, 0x3, 0x7, 0xf}, values[] = {0x0, 0x1, 0x3, 0x7};
  for (unsigned low = 0; low < 4; ++low)
    for (unsigned cbe_n = 0; cbe_n < 16; ++cbe_n) {
      const bool legal = cbe_n == 0xf || (cbe_n & masks[low]) == values[low];
      EXPECT_EQ(legal_io_lanes(0xc150 + low, Lanes(~cbe_n & 0xf)), legal) << low << ' ' << cbe_n;
    }
}

TEST(PciLanes, as_bits) {
  EXPECT_EQ(bits_of(0x0), 0u);
  EXPECT_EQ(bits_of(0x5), 0x00ff00ffu);
  EXPECT_EQ(bits_of(0xf), 0xffffffffu);
}

}  // namespace
}  // namespace mtty
