// SPDX-License-Identifier: Apache-2.0
// Rows RX-16X, RX-LEN, PAR, TAG, LSR7, OE-F, OE-4, FE, BI, TO, in ticks.
#include "model/uart/receiver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <tuple>

namespace mtty {
namespace {

constexpr LineFormat k8N1{0x03};
constexpr LineFormat k8E1{0x1b};

class ReceiverTest : public testing::Test {
 protected:
  void run_to(Tick last) {
    while (rx.next_tick() <= last) {
      ASSERT_GT(rx.next_tick(), now);
      // What it says of its next change holds, however the line moves.
      const Tick said = rx.waits_for_line()
                            ? std::min(rx.next_status_tick(), now + Receiver::kShortestCharacter)
                            : rx.next_status_tick();
      quiet_until = std::max(quiet_until, said);
      const auto before = visible();
      now = rx.next_tick();
      rx.on_tick(now, format);
      if (visible() == before) continue;
      ASSERT_GE(now, quiet_until);
      quiet_until = 0;
    }
    now = last;
  }
  /// The line has this level for so many ticks.
  void line(bool level, Tick ticks) {
    if (level != rx.line()) rx.set_line(level, now + 1);
    run_to(now + ticks);
  }
  /// Bits of a character, each 16 ticks: "0 10000000 1", start bit first.
  void bits(std::string_view levels) {
    for (const char level : levels)
      if (level != ' ') line(level == '1', 16);
  }
  void character(unsigned byte) {
    line(false, 16);
    for (unsigned i = 0; i < 8; ++i) line(byte >> i & 1, 16);
    line(true, 16);
  }
  void fifo_mode(unsigned trigger = 0) {
    rx.set_fifo_mode(true);
    rx.set_trigger(trigger);
  }
  std::uint8_t read() {
    quiet_until = 0;
    return rx.read(now, format);
  }
  std::tuple<std::uint8_t, bool, bool> visible() const {
    return {rx.status(), rx.data_available(), rx.timed_out()};
  }

  Receiver rx;
  LineFormat format = k8N1;
  Tick now = 0;
  Tick quiet_until = 0;  // said by next_status_tick()
};

TEST_F(ReceiverTest, a_character_enters_in_the_middle_of_its_stop_bit) {  // RX-16X
  rx.set_line(false, 1);                                                  // found at tick 1
  run_to(16);
  rx.set_line(true, 17);
  run_to(152);
  EXPECT_EQ(rx.status(), 0);
  run_to(153);  // 1 + 8 + 16 x 9
  EXPECT_EQ(rx.status(), lsr::kDataReady);
  EXPECT_EQ(read(), 0xff);
  EXPECT_EQ(rx.status(), 0);
}

TEST_F(ReceiverTest, a_glitch_is_no_start) {  // RX-16X
  line(false, 8);
  line(true, 400);
  EXPECT_EQ(rx.status(), 0);
  EXPECT_EQ(rx.next_tick(), kNoTick);
  line(false, 9);
  line(true, 400);
  EXPECT_EQ(rx.status(), lsr::kDataReady);
}

TEST_F(ReceiverTest, parity_error) {  // PAR
  format = k8E1;
  bits("0 11000000 0 1");
  EXPECT_EQ(rx.read_status(), lsr::kDataReady);
  read();
  bits("0 11000000 1 1");
  EXPECT_EQ(rx.read_status(), lsr::kDataReady | lsr::kParity);
  EXPECT_EQ(rx.read_status(), lsr::kDataReady) << "an LSR read clears it";
  EXPECT_EQ(read(), 0x03);
}

TEST_F(ReceiverTest, framing_error_and_the_next_character) {  // FE
  fifo_mode(1);  // four characters: the last one shows at once
  character(1);
  character(2);
  bits("0 10101010");
  bits("0 00111100 1");  // its start bit is in the stop bit's place
  EXPECT_TRUE(rx.data_available());
  EXPECT_EQ(read(), 1);
  EXPECT_EQ(read(), 2);
  EXPECT_EQ(rx.read_status(), lsr::kDataReady | lsr::kFraming | lsr::kFifoError);
  EXPECT_EQ(read(), 0x55);
  EXPECT_EQ(rx.read_status(), lsr::kDataReady);
  EXPECT_EQ(read(), 0x3c);
}

TEST_F(ReceiverTest, break_is_one_zero) {  // BI
  fifo_mode();
  line(false, 16 * 50);
  line(true, 1);
  character(0x42);
  EXPECT_EQ(rx.read_status(), lsr::kDataReady | lsr::kFraming | lsr::kBreak | lsr::kFifoError);
  EXPECT_EQ(read(), 0x00);
  EXPECT_EQ(read(), 0x42);
  EXPECT_EQ(rx.status(), 0);
}

TEST_F(ReceiverTest, overrun_with_fifo_loses_the_newest) {  // OE-F
  fifo_mode(3);
  for (unsigned i = 0; i < 17; ++i) {
    EXPECT_EQ(rx.data_available(), i >= 14) << i;  // RDA
    EXPECT_FALSE(rx.status() & lsr::kOverrun);
    character(i);
  }
  EXPECT_EQ(rx.read_status(), lsr::kDataReady | lsr::kOverrun);
  for (unsigned i = 0; i < 16; ++i) EXPECT_EQ(read(), i);
  EXPECT_EQ(read(), 15) << "empty: the last one again";  // EMPTY
}

TEST_F(ReceiverTest, overrun_without_fifo_keeps_the_newest) {  // OE-4
  character(1);
  character(2);
  EXPECT_EQ(rx.status(), lsr::kDataReady | lsr::kOverrun);
  EXPECT_EQ(read(), 2);
  rx.clear();
  EXPECT_EQ(rx.read_status(), lsr::kOverrun) << "a clear leaves it";
  EXPECT_EQ(rx.read_status(), 0);
}

TEST_F(ReceiverTest, lsr7_until_a_read_finds_no_error_behind_the_top) {  // LSR7, TAG
  fifo_mode();
  format = k8E1;
  bits("0 10000000 0 1");
  bits("0 10000000 1 1");
  bits("0 10000000 0 1");
  EXPECT_EQ(rx.read_status(), lsr::kDataReady | lsr::kParity | lsr::kFifoError);
  EXPECT_EQ(rx.read_status(), lsr::kDataReady | lsr::kFifoError);
  read();
  EXPECT_EQ(rx.read_status(), lsr::kDataReady | lsr::kFifoError);
  read();
  EXPECT_EQ(rx.read_status(), lsr::kDataReady | lsr::kParity | lsr::kFifoError);
  EXPECT_EQ(rx.read_status(), lsr::kDataReady);
}

TEST_F(ReceiverTest, timeout_fires_640_ticks_behind_the_last_8N1) {  // TO
  fifo_mode(2);
  character(1);  // enters at 153, ends at 160
  run_to(153 + 639);
  EXPECT_FALSE(rx.timed_out());
  run_to(153 + 640);
  EXPECT_TRUE(rx.timed_out());
  character(2);
  EXPECT_TRUE(rx.timed_out()) << "a character does not take it away";
  read();
  EXPECT_FALSE(rx.timed_out());
  const Tick read_at = now;
  run_to(read_at + 640);
  EXPECT_FALSE(rx.timed_out());
  run_to(read_at + 641);
  EXPECT_TRUE(rx.timed_out());
  read();
  EXPECT_FALSE(rx.timed_out());
  EXPECT_EQ(rx.next_tick(), kNoTick) << "nothing left, nothing runs";
}

TEST_F(ReceiverTest, no_timeout_without_fifo) {  // TO
  character(1);
  EXPECT_EQ(rx.next_tick(), kNoTick);
}

}  // namespace
}  // namespace mtty
