// SPDX-License-Identifier: Apache-2.0
// Rows of the 16550A list, "Transmitter". Clocks: docs/timing.md.
#include "tb/check/card_bench.h"

namespace mtty::check {
namespace {

using Bytes = std::vector<std::uint8_t>;

void append(Edges& edges, const Edges& more) {
  edges.insert(edges.end(), more.begin(), more.end());
}

TEST_P(UartRows, TX_LEN_every_frame_has_its_length_exactly) {
  write(FCR, 0x01);
  for (std::uint8_t lcr = 0; lcr < 0x40; ++lcr) {
    SCOPED_TRACE(int(lcr));
    set_line(lcr, 1);
    wait(40);
    forget();
    const Clock start = tick_after(write(THR, 0x35));
    write(THR, 0xca);
    write(THR, 0xff);
    Edges expected = frame_edges(start, 0x35);
    const Clock second = frame_end(start);
    append(expected, frame_edges(second, 0xca));
    const Clock third = frame_end(second);
    append(expected, frame_edges(third, 0xff));
    const Clock end = frame_end(third);
    wait_until(end + 100);
    EXPECT_EQ(sout(), expected);
  }
}

TEST_P(UartRows, TX_LEN_frame_is_as_lcr_stood_at_its_start) {
  set_line(k8E1, 2);
  write(FCR, 0x01);
  forget();
  const Clock start = tick_after(write(THR, 0x5b));
  write(THR, 0x5b);
  const Edges first = frame_edges(start, 0x5b);
  const Clock second = frame_end(start);
  wait_until(start + 500);
  write(LCR, k5N15);
  Edges expected = first;
  append(expected, frame_edges(second, 0x5b));
  wait_until(frame_end(second) + 100);
  EXPECT_EQ(sout(), expected);
}

TEST_P(UartRows, TX_FIFO_holds_sixteen_behind_the_shift_register) {
  set_line(k8N1, 2);
  write(FCR, 0x01);
  forget();
  Bytes expected{0x80};
  const Clock start = tick_after(write(THR, 0x80));
  wait_until(start + 2);
  for (unsigned i = 0; i < 16; ++i) {
    expected.push_back(std::uint8_t(i * 7));
    write(THR, expected.back());
  }
  for (unsigned i = 0; i < 3; ++i) write(THR, 0xee);  // full: dropped
  ASSERT_LT(now(), frame_end(start)) << "all this has to happen within the first frame";
  wait_until_sent();
  EXPECT_EQ(sent(), expected);
}

TEST_P(UartRows, TX_FIFO_in_16450_mode_a_write_to_a_full_thr_replaces_it) {
  set_line(k8N1, 2);
  forget();
  const Clock start = tick_after(write(THR, 0x11));
  wait_until(start + 2);
  write(THR, 0x22);
  write(THR, 0x33);
  wait_until_sent();
  EXPECT_EQ(sent(), (Bytes{0x11, 0x33}));
}

TEST_P(UartRows, TX_FIFO_frames_follow_each_other_without_a_gap) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  forget();
  Edges expected;
  Clock start = tick_after(write(THR, 0));
  for (unsigned i = 1; i < 16; ++i) write(THR, std::uint8_t(i * 17));
  for (unsigned i = 0; i < 16; ++i) {
    append(expected, frame_edges(start, std::uint8_t(i * 17)));
    start = frame_end(start);
  }
  // One more, written in the last stop bit, follows without a gap as well.
  wait_until(start - 200);
  write(THR, 0xa1);
  append(expected, frame_edges(start, 0xa1));
  wait_until(frame_end(start) + 100);
  EXPECT_EQ(sout(), expected);
}

Clock strobe_before(Clock tick) {
  const Clock strobe = tick - 1;
  return is_pulse_edge(strobe) ? strobe - 1 : strobe;
}

TEST_P(UartRows, TEMT_at_the_end_of_the_last_stop_bit) {
  for (const std::uint8_t lcr : {k8N1, k8N2, k5N15, k7E1}) {
    SCOPED_TRACE(int(lcr));
    set_line(lcr, 2);
    wait(50);
    const Clock end = frame_end(tick_after(write(THR, 0x6a)));
    EXPECT_EQ(at(strobe_before(end)).read(LSR), kThre);
    EXPECT_EQ(at(end + 5).read(LSR), kThre | kTemt);
    wait(50);
    const Clock again = frame_end(tick_after(write(THR, 0x6a)));
    EXPECT_EQ(at(again + 1).read(LSR), kThre | kTemt) << "State(end) shows it";
  }
}

TEST_P(UartRows, TEMT_falls_with_a_write) {
  set_line(k8N1, 50);
  wait_until(tick_after(now()));
  EXPECT_EQ(read(LSR), kThre | kTemt);
  write(THR, 0x01);
  EXPECT_EQ(read(LSR), 0x00);
  wait_until(tick_after(now()));
  EXPECT_EQ(read(LSR), kThre);
}

TEST_P(UartRows, BRK_holds_sout_low_at_once_and_frames_go_on_behind_it) {
  set_line(k8N1, 2);
  forget();
  const Clock on = write(LCR, 0x43);
  EXPECT_EQ(sout(), (Edges{{on, false}}));
  wait(1000);
  const Clock off = write(LCR, 0x03);
  EXPECT_EQ(sout(), (Edges{{on, false}, {off, true}})) << "mark when released between frames";
  forget();

  const Clock start = tick_after(write(THR, 0xf0));
  const Edges free = frame_edges(start, 0xf0);  // falls at start, rises at bit 5
  ASSERT_EQ(free.size(), 2u);
  wait_until(tick_after(start, 16 * 6));
  const Clock in_a_one = write(LCR, 0x43);
  wait(100);
  const Clock released = write(LCR, 0x03);
  EXPECT_EQ(sout(), (Edges{free[0], free[1], {in_a_one, false}, {released, true}}));
  wait_until(frame_end(start) - 20);
  EXPECT_EQ(read(LSR) & kTemt, 0) << "the frame has kept its time";
  wait_until(frame_end(start) + 2);
  EXPECT_EQ(read(LSR), kThre | kTemt);

  forget();
  const Clock second = tick_after(write(THR, 0xf0));
  wait_until(tick_after(second, 16 * 2));
  write(LCR, 0x43);  // in a zero: nothing to see
  wait(100);
  write(LCR, 0x03);
  EXPECT_EQ(sout(), (Edges{{second, false}})) << "released: the current bit";
  wait_until(frame_end(second));
  EXPECT_EQ(sout(), frame_edges(second, 0xf0));
}

TEST_P(UartRows, DIV_bit_time_is_sixteen_times_the_divisor_in_crystal_periods) {
  for (const std::uint16_t divisor : {1, 2, 3, 7, 12, 96, 255, 256, 257}) {
    SCOPED_TRACE(divisor);
    set_line(k8N1, divisor);
    wait(Clock(bit_clocks()));
    forget();
    const Clock written = write(THR, 0x55);
    const Clock start = tick_after(written);
    wait_until(frame_end(start));
    EXPECT_EQ(sout(), frame_edges(start, 0x55));
    // The same without counting pulses: 9 bits from the first fall to the last rise.
    const double bits = double(sout().back().at - sout().front().at) * 864 / 15625 / 16 / divisor;
    EXPECT_NEAR(bits, 9.0, 2.0 * 864 / 15625 / 16 / divisor);
  }
}

TEST_P(UartRows, DIV_no_drift_over_thousands_of_characters) {
  constexpr unsigned kCharacters = 2000;
  set_line(k8N1, 1);
  write(FCR, 0x01);
  forget();
  const Clock written = write(THR, 0x00);
  const Clock start = tick_after(written);
  Edges expected;
  Clock frame = start;
  unsigned queued = 1;
  for (unsigned i = 0; i < kCharacters; ++i) {
    append(expected, frame_edges(frame, 0x00));
    frame = tick_after(start, 160 * (i + 1));
    while (queued < kCharacters && queued < i + 8) {
      write(THR, 0x00);
      ++queued;
    }
    wait_until(frame - 100);
  }
  wait_until(frame);
  EXPECT_TRUE(sout() == expected) << "every edge of every character at its clock";
  // 160 crystal periods a character, from the formula alone.
  const double exact = 160.0 * (kCharacters - 1) * 15625 / 864;
  EXPECT_NEAR(double(sout()[2 * (kCharacters - 1)].at - sout()[0].at), exact, 1.0);
}

TEST_P(UartRows, DIV_first_pulse_ticks_after_divisor_0) {
  forget();
  write(THR, 0x00);  // waits for the baud clock
  wait(1000);
  EXPECT_TRUE(sout().empty());
  EXPECT_EQ(read(LSR), 0x00);
  write(LCR, 0x83);
  const Clock strobe = write(DLL, 0x40);
  Clock pulse = strobe + 1;
  while (!is_pulse_edge(pulse)) ++pulse;
  wait_until(pulse);
  EXPECT_EQ(sout(), (Edges{{pulse, false}}));
}

TEST_P(UartRows, DIV_65535_pulses_make_a_tick) {
  set_line(k8N1, 0xffff);
  wait(100);  // the first tick has been, at the first pulse
  forget();
  const Clock written = write(THR, 0x00);
  const Clock start = tick_after(written);
  EXPECT_GT(start, written + 65000u * 18);
  wait_until(start + 1);
  EXPECT_EQ(sout(), (Edges{{start, false}}));
}

TEST_P(UartRows, DIV_each_bit_alone_is_not_0) {
  for (unsigned bit = 0; bit < 16; ++bit) {
    SCOPED_TRACE(bit);
    reset();
    map_bars();
    write(THR, 0x00);  // waits for the baud clock
    forget();
    const Clock start = tick_after(set_line(k8N1, std::uint16_t(1u << bit)));
    wait_until(start + 5);
    EXPECT_EQ(sout(), (Edges{{start, false}}));
  }
}

TEST_P(UartRows, DIV_0_stops_the_baud_clock) {
  set_line(k8N1, 1);
  const Clock start = tick_after(write(THR, 0x55));
  wait_until(tick_after(start, 20));
  write(LCR, 0x83);
  write(DLL, 0x00);
  forget();
  wait(100000);
  EXPECT_TRUE(sout().empty()) << "the frame stands still";
  const Clock go = write(DLL, 0x01);
  write(LCR, 0x03);
  wait(Clock(20 * bit_clocks()));
  // 20 ticks were done; the edge at 32 comes 12 ticks later, counted from the restart.
  ASSERT_FALSE(sout().empty());
  EXPECT_EQ(sout()[0], (Edge{tick_after(go, 12), false}));
}

TEST_P(UartRows, DIV_a_change_takes_effect_from_the_next_tick_on) {
  set_line(k8N1, 20);
  wait(1000);
  forget();
  const Clock start = tick_after(write(THR, 0x55));
  wait_until(tick_after(start, 5) + 100);
  write(LCR, 0x83);
  const Clock under_way = tick_after(now() + 20);
  const Clock strobe = write(DLL, 3);
  ASSERT_LT(strobe, under_way);
  write(LCR, 0x03);
  ASSERT_EQ(tick_after(strobe), under_way) << "the tick under way ends as it began";
  // start + 6 ticks is under_way; ten more of the new length make the bit.
  wait_until(tick_after(under_way, 200));
  ASSERT_GE(sout().size(), 3u);
  EXPECT_EQ(sout()[0], (Edge{start, false}));
  EXPECT_EQ(sout()[1], (Edge{tick_after(under_way, 10), true}));
  EXPECT_EQ(sout()[2], (Edge{tick_after(under_way, 26), false}));
}

TEST_P(UartRows, DIV_the_ports_have_baud_clocks_of_their_own) {
  set_line(k8N1, 2, 0);
  set_line(k7E1, 5, 1);
  wait(500);
  forget();
  const Clock start0 = tick_after(write(THR, 0x4b, 0), 1, 0);
  const Clock start1 = tick_after(write(THR, 0x4b, 1), 1, 1);
  wait_until(frame_end(start1, 1));
  EXPECT_EQ(sout(0), frame_edges(start0, 0x4b, 0));
  EXPECT_EQ(sout(1), frame_edges(start1, 0x4b, 1));
}

}  // namespace
}  // namespace mtty::check
