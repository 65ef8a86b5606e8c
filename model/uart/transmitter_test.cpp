// SPDX-License-Identifier: Apache-2.0
// Rows TX-LEN, TX-FIFO, TEMT, THRE-4, in ticks.
#include "model/uart/transmitter.h"

#include <gtest/gtest.h>

#include <vector>

namespace mtty {
namespace {

constexpr LineFormat k8N1{0x03};

/// Runs a transmitter to a tick; records the levels and the ticks at which THRE rose.
class TransmitterTest : public testing::Test {
 protected:
  void run_to(Tick last, LineFormat format = k8N1) {
    while (tx.next_tick() <= last) {
      const Tick tick = tx.next_tick();
      ASSERT_GT(tick, now);
      now = tick;
      const bool level = tx.line();
      ASSERT_LE(tick, tx.next_status_tick());
      if (tx.on_tick(tick, format)) rises.push_back(tick);
      if (tx.line() != level) edges.push_back(tick);
    }
    now = last;
  }
  void write(std::uint8_t byte) { tx.write(byte, now + 1); }

  Transmitter tx;
  Tick now = 0;
  std::vector<Tick> rises, edges;
};

TEST_F(TransmitterTest, rests_at_mark) {
  EXPECT_TRUE(tx.line());
  EXPECT_TRUE(tx.empty());
  EXPECT_TRUE(tx.thr_empty());
  EXPECT_EQ(tx.next_tick(), kNoTick);
}

TEST_F(TransmitterTest, a_frame_bit_by_bit) {  // TX-LEN
  write(0x55);
  EXPECT_FALSE(tx.thr_empty());
  run_to(1000);
  const std::vector<Tick> expected{1, 17, 33, 49, 65, 81, 97, 113, 129, 145};
  EXPECT_EQ(edges, expected);
  EXPECT_TRUE(tx.empty());
}

TEST_F(TransmitterTest, empty_at_the_frames_end_and_not_before) {  // TEMT
  write(0xff);
  run_to(160);
  EXPECT_FALSE(tx.empty());
  run_to(161);
  EXPECT_TRUE(tx.empty());
}

TEST_F(TransmitterTest, thr_takes_the_newest_byte_without_fifo) {  // TX-FIFO
  write(0x00);
  run_to(1);
  write(0x00);
  write(0xff);
  run_to(161);
  edges.clear();
  run_to(400);
  EXPECT_EQ(edges, (std::vector<Tick>{177})) << "one start bit and then ones";
}

TEST_F(TransmitterTest, a_full_fifo_drops) {  // TX-FIFO
  tx.set_fifo_mode(true);
  for (int i = 0; i < 18; ++i) write(i < 16 ? 0xff : 0x00);
  run_to(17 * 160);
  EXPECT_EQ(edges.size(), 32u) << "sixteen start bits, and ones";
}

TEST_F(TransmitterTest, thre_without_fifo_is_immediate) {  // THRE-4
  write(1);
  run_to(500);
  EXPECT_EQ(rises, (std::vector<Tick>{1}));
}

TEST_F(TransmitterTest, thre_of_a_lone_byte_comes_with_its_last_stop_bit) {  // THRE-4
  EXPECT_FALSE(tx.set_fifo_mode(true)) << "it was high";
  write(1);
  run_to(500);
  EXPECT_EQ(rises, (std::vector<Tick>{1})) << "the first is immediate";
  rises.clear();
  write(1);
  run_to(501 + 144 - 1);
  EXPECT_TRUE(rises.empty());
  EXPECT_FALSE(tx.thr_empty());
  run_to(1000);
  EXPECT_EQ(rises, (std::vector<Tick>{501 + 144}));
  rises.clear();
  write(1);
  run_to(2000, LineFormat(0x04));
  EXPECT_EQ(rises, (std::vector<Tick>{1001 + 112})) << "half a bit before the end of 5N1.5";
}

TEST_F(TransmitterTest, thre_of_two_at_once_is_immediate) {  // THRE-4
  tx.set_fifo_mode(true);
  write(1);
  run_to(500);
  rises.clear();
  write(1);
  write(2);
  run_to(1000);
  EXPECT_EQ(rises, (std::vector<Tick>{501 + 160}));
}

TEST_F(TransmitterTest, clear_raises_thre_only_where_it_was_low) {  // THRE-4
  tx.set_fifo_mode(true);
  EXPECT_FALSE(tx.clear());
  write(1);
  EXPECT_TRUE(tx.clear());
  EXPECT_TRUE(tx.thr_empty());
  EXPECT_EQ(tx.next_tick(), kNoTick);
  write(1);
  run_to(5);
  EXPECT_FALSE(tx.thr_empty()) << "that rise has been the first since the mode changed";
  EXPECT_TRUE(tx.clear());
  rises.clear();
  run_to(500);
  EXPECT_TRUE(rises.empty()) << "not once more";
}

}  // namespace
}  // namespace mtty
