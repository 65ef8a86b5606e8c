// SPDX-License-Identifier: Apache-2.0
// Rows TX-LEN, RX-LEN, PAR: what LCR says of a character.
#include "model/uart/frame.h"

#include <gtest/gtest.h>

namespace mtty {
namespace {

TEST(LineFormat, lengths_of_the_list) {  // TX-LEN, in bit times
  EXPECT_EQ(LineFormat(0x00).ticks(), 7 * 16u) << "5N1";
  EXPECT_EQ(LineFormat(0x04).ticks(), 7 * 16u + 8) << "5N1.5";
  EXPECT_EQ(LineFormat(0x03).ticks(), 10 * 16u) << "8N1";
  EXPECT_EQ(LineFormat(0x07).ticks(), 11 * 16u) << "8N2";
  EXPECT_EQ(LineFormat(0x0b).ticks(), 11 * 16u) << "8O1";
  EXPECT_EQ(LineFormat(0x05).ticks(), 9 * 16u) << "6N2";
}

TEST(LineFormat, last_stop_bit) {
  EXPECT_EQ(LineFormat(0x03).last_stop_ticks(), 16u);
  EXPECT_EQ(LineFormat(0x07).last_stop_ticks(), 16u);
  EXPECT_EQ(LineFormat(0x04).last_stop_ticks(), 8u);
}

TEST(LineFormat, data_bits_and_mask) {
  for (unsigned code = 0; code < 4; ++code) {
    EXPECT_EQ(LineFormat(std::uint8_t(code)).data_bits(), 5 + code);
    EXPECT_EQ(LineFormat(std::uint8_t(code)).data_mask(), (1u << (5 + code)) - 1);
  }
}

TEST(LineFormat, parity) {                     // PAR
  const std::uint8_t one = 0x07, none = 0x03;  // odd and even number of ones
  EXPECT_FALSE(LineFormat(0x0b).parity_of(one)) << "odd";
  EXPECT_TRUE(LineFormat(0x0b).parity_of(none));
  EXPECT_TRUE(LineFormat(0x1b).parity_of(one)) << "even";
  EXPECT_FALSE(LineFormat(0x1b).parity_of(none));
  for (const std::uint8_t data : {one, none}) {
    EXPECT_TRUE(LineFormat(0x2b).parity_of(data)) << "stick mark";
    EXPECT_FALSE(LineFormat(0x3b).parity_of(data)) << "stick space";
  }
}

TEST(LineFormat, levels_start_with_the_start_bit_and_end_in_mark) {
  EXPECT_EQ(LineFormat(0x03).levels_of(0x55), ~0x1ffu | 0x55u << 1);
  EXPECT_EQ(LineFormat(0x00).levels_of(0xff), ~1u) << "five ones, upper bits cut";
  EXPECT_EQ(LineFormat(0x00).levels_of(0xe0), ~0x3fu);
  EXPECT_EQ(LineFormat(0x1b).levels_of(0x01), ~0x3ffu | 0x01u << 1 | 1u << 9) << "even parity 1";
}

}  // namespace
}  // namespace mtty
