// SPDX-License-Identifier: Apache-2.0
#include "model/uart/fifo.h"

#include <gtest/gtest.h>

#include <deque>
#include <utility>

namespace mtty {
namespace {

TEST(Fifo, holds_sixteen_in_order) {  // rows TX-FIFO, OE-F
  Fifo<int> fifo;
  EXPECT_TRUE(fifo.empty());
  for (int i = 0; i < 16; ++i) {
    EXPECT_FALSE(fifo.full());
    fifo.push(i);
  }
  EXPECT_TRUE(fifo.full());
  EXPECT_EQ(fifo.size(), 16u);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(fifo.pop(), i);
  EXPECT_TRUE(fifo.empty());
}

TEST(Fifo, goes_round_its_end) {
  Fifo<int> fifo;
  std::deque<int> expected;
  for (int i = 0; i < 200; ++i) {
    fifo.push(i);
    expected.push_back(i);
    if (i % 3 == 2 || fifo.full()) {
      EXPECT_EQ(fifo.pop(), expected.front());
      expected.pop_front();
    }
    ASSERT_EQ(fifo.size(), expected.size());
    for (unsigned k = 0; k < fifo.size(); ++k) {
      ASSERT_EQ(fifo[k], expected[k]);
      ASSERT_EQ(std::as_const(fifo)[k], expected[k]);
    }
  }
}

TEST(Fifo, clear_forgets) {
  Fifo<int> fifo;
  fifo.push(1);
  fifo.push(2);
  fifo.clear();
  EXPECT_TRUE(fifo.empty());
  fifo.push(3);
  EXPECT_EQ(fifo[0], 3);
}

}  // namespace
}  // namespace mtty
