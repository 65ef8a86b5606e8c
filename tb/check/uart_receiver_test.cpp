// SPDX-License-Identifier: Apache-2.0
// Rows of the 16550A list, "Receiver". Clocks: docs/timing.md.
#include "tb/check/card_bench.h"

namespace mtty::check {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Reads the FIFO with the LSR that belongs to each character (without THRE, TEMT and LSR[7]).
struct Tagged {
  std::uint8_t byte;
  std::uint8_t lsr;
  bool operator==(const Tagged& other) const { return byte == other.byte && lsr == other.lsr; }
};
std::ostream& operator<<(std::ostream& out, const Tagged& tagged) {
  return out << int(tagged.byte) << "/lsr " << int(tagged.lsr);
}
std::vector<Tagged> read_tagged(CardBench& card) {
  std::vector<Tagged> characters;
  while (characters.size() < 20) {
    const std::uint8_t lsr = card.read(LSR) & (kDR | kOE | kPE | kFE | kBI);
    if (!(lsr & kDR)) break;
    characters.push_back({card.read(RBR), lsr});
  }
  return characters;
}

/// Levels of the line as ticks see them: the level from one tick on.
void line_seen_from(CardBench& card, Clock tick, bool level) { card.line_at(tick - 3, level); }

TEST_P(UartRows, RX_16X_start_is_looked_at_again_in_the_middle_of_the_bit) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(IER, 0x01);
  // A change at clock n is seen at edges >= n + 3.
  const Clock found = tick_after(now() + 100);
  const Clock middle = tick_after(found, 8);
  line_at(found - 3, false);
  line_at(middle - 3, true);  // high at the middle: a glitch
  wait_until(tick_after(found, 400));
  EXPECT_EQ(read(LSR), 0x60);
  EXPECT_TRUE(interrupts().empty());

  const Clock again = tick_after(now() + 100);
  line_at(again - 3, false);
  line_at(tick_after(again, 8) - 2, true);  // one clock longer: a start bit, then all ones
  const Clock entered = tick_after(again, 8 + 16 * 9);
  wait_until(entered + 5);
  EXPECT_EQ(interrupts(), (Edges{{entered, true}}));
  EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0xff, kDR}}));
}

TEST_P(UartRows, RX_16X_input_reaches_a_tick_three_clocks_later) {
  set_line(k8N1, 1);
  write(IER, 0x01);
  for (const int late : {0, 1}) {
    SCOPED_TRACE(late);
    forget();
    const Clock tick = tick_after(now() + 200);
    const Clock found = late ? tick_after(tick) : tick;
    send_at(tick - 3 + unsigned(late), frame(k8N1, 0x0f));
    wait_until(line_free());
    EXPECT_EQ(interrupts(), (Edges{{tick_after(found, 152), true}}));
    EXPECT_EQ(read(RBR), 0x0f);
  }
}

TEST_P(UartRows, RX_16X_receiver_is_idle_from_the_tick_behind_a_glitch) {
  set_line(k8N1, 1);
  write(IER, 0x01);
  const Clock found = tick_after(now() + 100);
  line_seen_from(*this, found, false);
  line_seen_from(*this, tick_after(found, 8), true);
  line_seen_from(*this, tick_after(found, 9), false);  // the very next tick finds a start
  line_seen_from(*this, tick_after(found, 9 + 16), true);
  const Clock entered = tick_after(found, 9 + 152);
  wait_until(entered + 5);
  EXPECT_EQ(interrupts(), (Edges{{entered, true}}));
  EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0xff, kDR}}));
}

TEST_P(UartRows, RX_16X_each_bit_is_sampled_at_its_middle_tick_and_nowhere_else) {
  for (const std::uint8_t byte : {0xa5, 0x5a, 0x00, 0xff}) {
    SCOPED_TRACE(int(byte));
    set_line(k8O1, 2);
    write(FCR, 0x01);
    const Clock found = tick_after(now() + 100);
    const LineBits bits = frame(k8O1, byte);
    line_seen_from(*this, found, false);
    // The right level lies on the line for the one clock that the sample looks at.
    for (unsigned i = 0; i < bits.size(); ++i) {
      const Clock sample = tick_after(found, 8 + 16 * i);
      line_at(sample - 3, bits[i].level);
      line_at(sample - 2, i + 1 < bits.size() ? !bits[i + 1].level : true);
    }
    wait_until(tick_after(found, 250));
    EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{byte, kDR}}));
  }
}

TEST_P(UartRows, RX_16X_receiver_is_idle_from_the_tick_behind_the_stop_sample) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(IER, 0x01);
  const Clock found = tick_after(now() + 100);
  for (unsigned i = 0; i <= 8; ++i)
    line_seen_from(*this, i ? tick_after(found, 16 * i) : found, i % 2);
  line_seen_from(*this, tick_after(found, 144), true);
  line_seen_from(*this, tick_after(found, 153), false);
  line_seen_from(*this, tick_after(found, 153 + 16), true);
  wait_until(tick_after(found, 200));
  EXPECT_EQ(read_all(), (Bytes{0x55}));
  forget();
  wait_until(tick_after(found, 153 + 152) + 25);
  EXPECT_EQ(interrupts(), (Edges{{tick_after(found, 153 + 152), true}}));
  EXPECT_EQ(read_all(), (Bytes{0xff}));
}

TEST_P(UartRows, RX_LEN_upper_bits_are_0) {
  write(FCR, 0x01);
  for (std::uint8_t lcr = 0; lcr < 0x20; ++lcr) {
    SCOPED_TRACE(int(lcr));
    set_line(lcr, 1);
    receive_all({0xff, 0x00, 0xaa, 0x55, 0x93});
    EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{cut(lcr, 0xff), kDR},
                                                       {0x00, kDR},
                                                       {cut(lcr, 0xaa), kDR},
                                                       {cut(lcr, 0x55), kDR},
                                                       {cut(lcr, 0x93), kDR}}));
  }
}

TEST_P(UartRows, RX_LEN_only_the_first_stop_bit_is_checked) {
  write(FCR, 0x01);
  for (const std::uint8_t lcr : {k8N2, k5N15}) {
    set_line(lcr, 1);
    // The peer has one stop bit; its next start bit lies where the second would be.
    for (const std::uint8_t byte : {0x15, 0x0a, 0x1f}) send(frame(std::uint8_t(lcr & ~0x04), byte));
    wait_until(line_free() + 100);
    EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0x15, kDR}, {0x0a, kDR}, {0x1f, kDR}}));
  }
}

TEST_P(UartRows, RX_LEN_frame_is_as_lcr_stood_at_the_start) {
  set_line(k8N1, 2);
  write(FCR, 0x01);
  const Clock fall = send(0x96);
  wait_until(fall + Clock(bit_clocks() * 3));
  write(LCR, k5N1);
  wait_until(line_free() + 20);
  EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0x96, kDR}}));
}

TEST_P(UartRows, PAR_right_parity_passes_and_wrong_parity_is_flagged) {
  write(FCR, 0x01);
  for (const std::uint8_t lcr : {k8O1, k8E1, k8M1, k8S1, k7E1, std::uint8_t(0x08)}) {
    SCOPED_TRACE(int(lcr));
    set_line(lcr, 1);
    for (const std::uint8_t byte : {0x00, 0x01, 0x03, 0x80, 0xff, 0x6b}) {
      receive(byte);
      receive(frame_with_wrong_parity(lcr, byte));
      const std::uint8_t expected = cut(lcr, byte);
      const Tagged wrong{expected, kDR | kPE};
      // In a stick space or even frame of zeros the wrong bit is a one, so no frame here is a
      // break.
      EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{expected, kDR}, wrong}));
    }
  }
}

TEST_P(UartRows, PAR_stick_bits_are_those_of_the_data_sheet) {
  write(FCR, 0x01);
  for (const bool mark : {true, false}) {
    set_line(mark ? 0x2b : 0x3b, 1);
    LineBits bits = frame(k8N1, 0x07);
    bits.insert(bits.end() - 1, {mark});
    receive(bits);
    bits[9].level = !mark;
    receive(bits);
    EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0x07, kDR}, {0x07, kDR | kPE}}));
  }
}

TEST_P(UartRows, TAG_errors_show_with_their_character) {
  set_line(k8E1, 1);
  write(FCR, 0x01);
  receive(0x10);
  receive(frame_with_wrong_parity(k8E1, 0x11));
  receive(frame_with_wrong_parity(k8E1, 0x12));
  LineBits stopless = frame_without_stop(k8E1, 0xff);
  receive(stopless);
  receive(0x14);
  receive({{false, 16 * 11}});
  receive(frame_with_wrong_parity(k8E1, 0x16));
  receive(0x17);
  EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0x10, kDR},
                                                     {0x11, kDR | kPE},
                                                     {0x12, kDR | kPE},
                                                     {0xff, kDR | kFE},
                                                     {0x14, kDR},
                                                     {0x00, kDR | kFE | kBI},
                                                     {0x16, kDR | kPE},
                                                     {0x17, kDR}}));
}

TEST_P(UartRows, TAG_each_bad_character_raises_line_status_when_it_comes_to_the_top) {
  set_line(k8E1, 1);
  write(FCR, 0x01);
  write(IER, 0x04);
  receive(0x10);
  receive(frame_with_wrong_parity(k8E1, 0x11));
  receive(frame_with_wrong_parity(k8E1, 0x12));
  EXPECT_TRUE(interrupts().empty()) << "the top one is good";
  read(RBR);
  EXPECT_EQ(interrupts(), (Edges{{last_strobe(), true}}));
  forget();
  read(LSR);
  EXPECT_EQ(interrupts(), (Edges{{last_strobe(), false}}));
  forget();
  read(RBR);
  EXPECT_EQ(interrupts(), (Edges{{last_strobe(), true}}));
  forget();
  read(RBR);  // not read from LSR: the error goes with its character
  EXPECT_EQ(interrupts(), (Edges{{last_strobe(), false}}));
  EXPECT_EQ(read(LSR) & (kPE | kFE | kBI), 0);
}

TEST_P(UartRows, TAG_an_lsr_read_clears_the_bits_of_the_top_only) {
  set_line(k8E1, 1);
  write(FCR, 0x01);
  receive(frame_with_wrong_parity(k8E1, 0x11));
  receive(frame_with_wrong_parity(k8E1, 0x12));
  EXPECT_EQ(read(LSR), 0xe0 | kDR | kPE);
  EXPECT_EQ(read(LSR), 0xe0 | kDR);
  EXPECT_EQ(read(RBR), 0x11);
  EXPECT_EQ(read(LSR) & kPE, kPE);
}

TEST_P(UartRows, LSR7_while_an_error_is_somewhere_in_the_fifo) {
  set_line(k8E1, 1);
  write(FCR, 0x01);
  receive(0x10);
  EXPECT_EQ(read(LSR), 0x60 | kDR);
  receive(frame_with_wrong_parity(k8E1, 0x11));
  receive(0x12);
  receive(frame_with_wrong_parity(k8E1, 0x13));
  EXPECT_EQ(read(LSR), 0xe0 | kDR);
  EXPECT_EQ(read(LSR), 0xe0 | kDR) << "errors behind the top: an LSR read does not clear it";
  read(RBR);
  EXPECT_EQ(read(LSR), 0xe0 | kDR | kPE);
  read(RBR);
  EXPECT_EQ(read(LSR), 0xe0 | kDR);
  read(RBR);
  EXPECT_EQ(read(LSR), 0xe0 | kDR | kPE) << "the read that clears it still shows it";
  EXPECT_EQ(read(LSR), 0x60 | kDR);
}

TEST_P(UartRows, LSR7_is_cleared_by_an_lsr_read_only_not_by_reading_the_character) {
  set_line(k8E1, 1);
  write(FCR, 0x01);
  receive(frame_with_wrong_parity(k8E1, 0x11));
  read(RBR);
  EXPECT_EQ(read(LSR), 0xe0);
  EXPECT_EQ(read(LSR), 0x60);
  receive(frame_with_wrong_parity(k8E1, 0x12));
  write(FCR, 0x03);
  EXPECT_EQ(read(LSR), 0x60) << "clearing the FIFO clears it";
}

TEST_P(UartRows, LSR7_is_0_in_16450_mode) {
  set_line(k8E1, 1);
  receive(frame_with_wrong_parity(k8E1, 0x11));
  EXPECT_EQ(read(LSR), 0x60 | kDR | kPE);
  write(FCR, 0x01);
  receive(frame_with_wrong_parity(k8E1, 0x12));
  write(FCR, 0x00);
  EXPECT_EQ(read(LSR), 0x60);
}

TEST_P(UartRows, OE_F_sixteen_stay_and_the_seventeenth_is_lost_at_once) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(IER, 0x04);
  Bytes expected;
  for (unsigned i = 0; i < 16; ++i) {
    expected.push_back(std::uint8_t(0x40 + i));
    send(expected.back());
  }
  const Clock lost = stop_sample(send(0x99));
  send(0x9a);
  wait_until(line_free());
  EXPECT_EQ(interrupts(), (Edges{{lost, true}}));
  EXPECT_EQ(read(LSR), 0x60 | kDR | kOE);
  EXPECT_EQ(read(LSR), 0x60 | kDR);
  EXPECT_EQ(read_all(), expected);
}

TEST_P(UartRows, OE_F_is_cleared_by_an_lsr_read_only) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  for (unsigned i = 0; i < 17; ++i) send(std::uint8_t(i));
  wait_until(line_free());
  for (unsigned i = 0; i < 5; ++i) EXPECT_EQ(read(RBR), i);
  write(FCR, 0x03);
  EXPECT_EQ(read(LSR), 0x60 | kOE);
  EXPECT_EQ(read(LSR), 0x60);
}

TEST_P(UartRows, OE_F_a_lost_character_leaves_no_error_bits) {
  set_line(k8E1, 1);
  write(FCR, 0x01);
  for (unsigned i = 0; i < 16; ++i) send(std::uint8_t(i));
  send(frame_with_wrong_parity(k8E1, 0x99));
  wait_until(line_free());
  EXPECT_EQ(read(LSR), 0x60 | kDR | kOE);
}

TEST_P(UartRows, OE_4_newest_character_and_its_errors_replace_the_old_ones) {
  set_line(k8E1, 1);
  write(IER, 0x04);
  receive(0x11);
  const Clock second = stop_sample(send(0x22));
  wait_until(line_free());
  EXPECT_EQ(interrupts(), (Edges{{second, true}}));
  EXPECT_EQ(read(LSR), 0x60 | kDR | kOE);
  receive(frame_with_wrong_parity(k8E1, 0x33));
  EXPECT_EQ(read(LSR), 0x60 | kDR | kOE | kPE);
  receive(frame_with_wrong_parity(k8E1, 0x44));
  receive(0x55);
  EXPECT_EQ(read(LSR), 0x60 | kDR | kOE);
  EXPECT_EQ(read(RBR), 0x55);
  EXPECT_EQ(read(LSR), 0x60);
}

TEST_P(UartRows, FE_the_character_behind_it_is_read_right) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  // The stop bit of 0x55 is missing: in its place stands the start bit of 0x3c.
  LineBits bits = frame(k8N1, 0x55);
  bits.pop_back();
  const LineBits behind = frame(k8N1, 0x3c);
  bits.insert(bits.end(), behind.begin(), behind.end());
  receive(bits);
  EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0x55, kDR | kFE}, {0x3c, kDR}}));
}

TEST_P(UartRows, FE_the_stop_bits_place_is_sampled_twice_as_a_start_bit) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(IER, 0x01);
  for (const bool start : {false, true}) {
    SCOPED_TRACE(start);
    const Clock found = tick_after(now() + 100);
    const Clock stop = tick_after(found, 152);
    line_seen_from(*this, found, false);
    line_seen_from(*this, tick_after(found, 16), true);    // data ff
    line_seen_from(*this, tick_after(found, 144), false);  // no stop bit
    line_seen_from(*this, tick_after(stop, start ? 2 : 1), true);
    wait_until(tick_after(stop, 8));
    EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0xff, kDR | kFE}}));
    forget();
    wait_until(tick_after(stop, 400));
    if (!start) {
      EXPECT_TRUE(interrupts().empty()) << "high at the second sample: no start";
      continue;
    }
    const Clock entered = tick_after(stop, 16 * 9);  // data bit 0 sixteen ticks behind the sample
    EXPECT_EQ(interrupts(), (Edges{{entered, true}}));
    EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0xff, kDR}}));
  }
}

TEST_P(UartRows, FE_idle_again_from_the_tick_behind_the_second_sample) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(IER, 0x01);
  const Clock found = tick_after(now() + 100);
  const Clock stop = tick_after(found, 152);
  line_seen_from(*this, found, false);
  line_seen_from(*this, tick_after(found, 16), true);
  line_seen_from(*this, tick_after(found, 144), false);
  line_seen_from(*this, tick_after(stop, 1), true);
  line_seen_from(*this, tick_after(stop, 2), false);
  line_seen_from(*this, tick_after(stop, 12), true);
  wait_until(tick_after(stop, 100));
  EXPECT_EQ(read_all(), (Bytes{0xff}));
  forget();
  const Clock entered = tick_after(stop, 2 + 152);
  wait_until(entered + 5);
  EXPECT_EQ(interrupts(), (Edges{{entered, true}}));
}

TEST_P(UartRows, FE_the_next_frame_is_as_lcr_stands_at_the_stop_sample) {
  set_line(k8N1, 2);
  write(FCR, 0x01);
  LineBits bits = frame(k8N1, 0xf0);
  bits.pop_back();
  const LineBits behind = frame(k5N1, 0x0a);
  bits.insert(bits.end(), behind.begin(), behind.end());
  const Clock fall = send(bits);
  wait_until(fall + Clock(6 * bit_clocks()));
  write(LCR, k5N1);
  wait_until(line_free() + 100);
  EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0xf0, kDR | kFE}, {0x0a, kDR}}));
}

TEST_P(UartRows, BI_one_zero_and_nothing_more_until_mark_and_a_valid_start) {
  write(FCR, 0x01);
  for (const std::uint8_t lcr : {k8N1, k8E1, k8S1, k5N1, k8O1}) {
    SCOPED_TRACE(int(lcr));
    set_line(lcr, 1);
    send({{false, 16 * 100}, {true, 16}});
    send(0x0d);
    wait_until(line_free());
    // Odd parity of a zero is a one: a break has the wrong one.
    const std::uint8_t wrong = lcr == k8O1 ? kPE : 0;
    EXPECT_EQ(read_tagged(*this),
              (std::vector<Tagged>{{0x00, std::uint8_t(kDR | kFE | kBI | wrong)}, {0x0d, kDR}}));
  }
}

TEST_P(UartRows, BI_enters_at_the_first_stop_sample) {
  set_line(k8N1, 1);
  write(IER, 0x04);
  const Clock fall = send({{false, 16 * 30}});
  wait_until(line_free());
  EXPECT_EQ(interrupts(), (Edges{{stop_sample(fall), true}}));
}

TEST_P(UartRows, BI_a_low_that_ends_before_the_stop_sample_is_no_break) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  receive({{false, 16 * 9 + 2}, {true, 14}});
  receive({{false, 16 * 8}, {true, 8}, {true, 16 * 3}});
  EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0x00, kDR}, {0x80, kDR}}));
}

TEST_P(UartRows, BI_zeros_with_a_parity_one_and_no_stop_are_no_break) {
  set_line(k8O1, 1);
  write(FCR, 0x01);
  LineBits bits = frame_without_stop(k8O1, 0x00);
  receive(bits);
  EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0x00, kDR | kFE}}));
}

TEST_P(UartRows, BI_idle_from_the_tick_behind_the_mark) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(IER, 0x01);
  for (const unsigned mark : {1u, 2u}) {
    SCOPED_TRACE(mark);
    const Clock found = tick_after(now() + 100);
    const Clock high = tick_after(found, 300);
    line_seen_from(*this, found, false);
    line_seen_from(*this, high, true);
    line_seen_from(*this, tick_after(high, mark), false);
    line_seen_from(*this, tick_after(high, mark + 16), true);
    wait_until(tick_after(high, 50));
    EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0x00, kDR | kFE | kBI}}));
    forget();
    const Clock entered = tick_after(high, mark + 152);
    wait_until(entered + 5);
    EXPECT_EQ(interrupts(), (Edges{{entered, true}}));
    EXPECT_EQ(read_all(), (Bytes{0xff}));
  }
}

TEST_P(UartRows, BI_mark_that_no_tick_sees_does_not_end_it) {
  set_line(k8N1, 2);
  write(FCR, 0x01);
  const Clock found = tick_after(now() + 100);
  line_seen_from(*this, found, false);
  const Clock tick = tick_after(found, 300);
  line_at(tick + 1, true);  // gone again before the next tick
  line_at(tick + 20, false);
  line_seen_from(*this, tick_after(found, 700), true);
  wait_until(tick_after(found, 1200));
  EXPECT_EQ(read_tagged(*this), (std::vector<Tagged>{{0x00, kDR | kFE | kBI}}));
}

TEST_P(UartRows, SKEW_peers_two_percent_off_are_received_without_error) {
  write(FCR, 0x01);
  for (const std::uint16_t divisor : {std::uint16_t{1}, std::uint16_t{3}}) {
    set_line(k8N1, divisor);
    for (const double speed : {0.98, 1.02}) {
      SCOPED_TRACE(speed);
      for (unsigned round = 0; round < 20; ++round) {
        Bytes expected;
        for (unsigned i = 0; i < 16; ++i) {
          expected.push_back(std::uint8_t(round * 37 + i * 101));
          send(expected.back(), 0, speed);
        }
        wait_until(line_free() + 20);
        ASSERT_EQ(read(LSR), 0x60 | kDR);
        ASSERT_EQ(read_all(), expected);
      }
    }
  }
}

}  // namespace
}  // namespace mtty::check
