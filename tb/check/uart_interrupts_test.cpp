// SPDX-License-Identifier: Apache-2.0
// Rows of the 16550A list, "Interrupts". Clocks: docs/timing.md.
#include "tb/check/card_bench.h"

namespace mtty::check {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST_P(UartRows, PRI_sources_one_behind_the_other) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  force(kCts, true);
  receive(frame_without_stop(k8N1, 0xff));
  receive(0x42);
  write(IER, 0x0f);
  EXPECT_EQ(read(IIR), 0xc6);
  EXPECT_EQ(read(LSR), 0xe0 | kDR | kFE);
  EXPECT_EQ(read(IIR), 0xc4);
  EXPECT_EQ(read(RBR), 0xff);
  EXPECT_EQ(read(IIR), 0xc4);
  EXPECT_EQ(read(RBR), 0x42);
  EXPECT_EQ(read(IIR), 0xc2);
  EXPECT_EQ(read(IIR), 0xc0);
  EXPECT_EQ(read(MSR), 0x11);
  EXPECT_EQ(read(IIR), 0xc1);
}

TEST_P(UartRows, PRI_a_source_that_is_not_enabled_does_not_show) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  force(kCts, true);
  receive(frame_without_stop(k8N1, 0xff));
  const std::uint8_t expected[16] = {0xc1, 0xc4, 0xc2, 0xc4, 0xc6, 0xc6, 0xc6, 0xc6,
                                     0xc0, 0xc4, 0xc2, 0xc4, 0xc6, 0xc6, 0xc6, 0xc6};
  for (unsigned ier = 0; ier < 16; ++ier) {
    write(IER, 0);  // THRE is pending again with each rise of its bit
    write(IER, std::uint8_t(ier));
    EXPECT_EQ(intx(), ier != 0) << ier;
    EXPECT_EQ(read(IIR), expected[ier]) << ier;
  }
}

TEST_P(UartRows, PRI_timeout_before_thr_empty_and_behind_line_status) {
  set_line(k8N1, 1);
  write(FCR, 0x41);
  receive(frame_without_stop(k8N1, 0xff));
  wait(Clock(50 * bit_clocks()));
  write(IER, 0x0f);
  EXPECT_EQ(read(IIR), 0xc6);
  read(LSR);
  EXPECT_EQ(read(IIR), 0xcc);
  EXPECT_EQ(read(IIR), 0xcc) << "an IIR read does not clear it";
  read(RBR);
  EXPECT_EQ(read(IIR), 0xc2);
}

TEST_P(UartRows, PRI_data_available_wins_over_timeout) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  receive(0x11);
  wait(Clock(50 * bit_clocks()));
  write(IER, 0x01);
  EXPECT_EQ(read(IIR), 0xc4);
  write(FCR, 0x41);  // four of them wanted: the timeout is left
  EXPECT_EQ(read(IIR), 0xcc);
}

TEST_P(UartRows, RDA_follows_the_trigger_level) {
  const unsigned levels[] = {1, 4, 8, 14};
  set_line(k8N1, 1);
  write(IER, 0x01);
  for (unsigned code = 0; code < 4; ++code) {
    SCOPED_TRACE(levels[code]);
    write(FCR, std::uint8_t(code << 6 | 0x07));
    forget();
    Clock last = 0;
    for (unsigned i = 0; i < levels[code]; ++i) last = send(std::uint8_t(i));
    const Clock rise = stop_sample(last);
    wait_until(line_free());
    EXPECT_EQ(interrupts(), (Edges{{rise, true}})) << "in the middle of the stop bit";
    EXPECT_EQ(read(IIR), 0xc4);
    forget();
    EXPECT_EQ(read(RBR), 0x00);
    EXPECT_EQ(interrupts(), (Edges{{last_strobe(), false}}));
    EXPECT_EQ(read(IIR), 0xc1);
  }
}

TEST_P(UartRows, RDA_is_still_on_at_16_and_beyond) {
  set_line(k8N1, 1);
  write(FCR, 0xc1);
  write(IER, 0x01);
  Clock fourteenth = 0;
  for (unsigned i = 1; i <= 18; ++i) {
    const Clock fall = send(std::uint8_t(i));
    if (i == 14) fourteenth = stop_sample(fall);
  }
  wait_until(line_free());
  EXPECT_EQ(interrupts(), (Edges{{fourteenth, true}}));
  EXPECT_EQ(read(IIR), 0xc4);
  for (unsigned i = 1; i <= 2; ++i) EXPECT_EQ(read(RBR), i);
  EXPECT_EQ(read(IIR), 0xc4);
  EXPECT_EQ(read(RBR), 3);
  EXPECT_EQ(read(IIR), 0xc1);
}

TEST_P(UartRows, RDA_is_data_ready_in_16450_mode) {
  set_line(k8N1, 1);
  write(IER, 0x01);
  const Clock fall = receive(0x99);
  EXPECT_EQ(interrupts(), (Edges{{stop_sample(fall), true}}));
  EXPECT_EQ(read(IIR), 0x04);
  forget();
  EXPECT_EQ(read(RBR), 0x99);
  EXPECT_EQ(interrupts(), (Edges{{last_strobe(), false}}));
}

TEST_P(UartRows, RDA_is_evaluated_when_the_trigger_changes) {
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x01);
  receive_all({1, 2, 3, 4});
  EXPECT_TRUE(interrupts().empty());
  const Clock strobe = write(FCR, 0x41);
  EXPECT_EQ(interrupts(), (Edges{{strobe, true}}));
}

TEST_P(UartRows, TO_fires_four_character_times_after_the_last_character) {
  for (const std::uint8_t lcr : {k8N1, k8N2, k8E1, k5N1, k5N15, k7E1, std::uint8_t(0x1f)}) {
    SCOPED_TRACE(int(lcr));
    set_line(lcr, 2);
    write(FCR, 0x47);
    write(IER, 0x01);
    forget();
    send(0x01);
    const Clock entered = stop_sample(send(0x02));
    const Clock fires = tick_after(entered, 4 * frame_sixteenths(lcr));
    wait_until(fires + 100);
    EXPECT_EQ(interrupts(), (Edges{{fires, true}}));
    EXPECT_EQ(read(IIR), 0xcc);
    write(IER, 0x00);
  }
}

TEST_P(UartRows, TO_is_40_bit_times_in_8N1) {
  set_line(k8N1, 3);
  write(FCR, 0x41);
  write(IER, 0x01);
  const Clock entered = stop_sample(send(0x77));
  wait_until(entered + Clock(45 * bit_clocks()));
  EXPECT_EQ(interrupts(), (Edges{{tick_after(entered, 640), true}}));
}

TEST_P(UartRows, TO_read_clears_it_and_begins_it_anew) {
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x01);
  receive_all({1, 2, 3});
  wait(Clock(45 * bit_clocks()));
  ASSERT_TRUE(intx());
  forget();
  EXPECT_EQ(read(RBR), 1);
  const Clock cleared = last_strobe();
  // Between two ticks: one tick later than from the last one.
  const Clock again = tick_after(last_tick_until(cleared), 1 + 640);
  wait_until(again + 50);
  EXPECT_EQ(interrupts(), (Edges{{cleared, false}, {again, true}}));
  EXPECT_EQ(read(IIR), 0xcc);
  // Before it has fired, a read begins it anew as well.
  read(RBR);
  wait_until(tick_after(now(), 300));
  receive(4);
  wait_until(tick_after(now(), 300));
  forget();
  read(RBR);
  const Clock last = tick_after(last_tick_until(last_strobe()), 1 + 640);
  wait_until(last + 50);
  EXPECT_EQ(interrupts(), (Edges{{last, true}}));
}

TEST_P(UartRows, TO_begins_anew_with_a_read_in_every_format) {
  for (unsigned lcr = 0; lcr < 0x20; ++lcr) {
    SCOPED_TRACE(lcr);
    set_line(std::uint8_t(lcr), 1);
    write(FCR, 0xc7);
    write(IER, 0x01);
    receive_all({1, 2});
    read(RBR);
    forget();
    // The read lies between two ticks: counted from the one behind it.
    const Clock fires = tick_after(last_strobe(), 1 + 4 * frame_sixteenths(std::uint8_t(lcr)));
    wait_until(fires + 100);
    EXPECT_EQ(interrupts(), (Edges{{fires, true}}));
    write(IER, 0x00);
  }
}

TEST_P(UartRows, TO_a_read_that_empties_stops_it) {
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x01);
  receive_all({1, 2});
  wait(Clock(20 * bit_clocks()));
  EXPECT_EQ(read(RBR), 1);
  EXPECT_EQ(read(RBR), 2);
  wait(Clock(100 * bit_clocks()));
  EXPECT_TRUE(interrupts().empty());
}

TEST_P(UartRows, TO_clearing_the_fifo_clears_and_stops_it) {
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x01);
  receive(1);
  wait(Clock(45 * bit_clocks()));
  ASSERT_TRUE(intx());
  forget();
  const Clock strobe = write(FCR, 0x83);
  EXPECT_EQ(interrupts(), (Edges{{strobe, false}}));
  receive(2);
  write(FCR, 0x83);
  wait(Clock(100 * bit_clocks()));
  EXPECT_EQ(interrupts(), (Edges{{strobe, false}}));
}

TEST_P(UartRows, TO_a_new_character_restarts_it) {
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x01);
  receive(1);
  wait(Clock(25 * bit_clocks()));
  const Clock entered = stop_sample(send(2));
  const Clock fires = tick_after(entered, 640);
  wait_until(fires + 50);
  EXPECT_EQ(interrupts(), (Edges{{fires, true}}));
}

TEST_P(UartRows, TO_a_character_at_the_very_tick_restarts_it) {
  for (const int late : {0, 1}) {
    SCOPED_TRACE(late);
    set_line(k8N1, 1);
    write(FCR, 0x87);
    write(IER, 0x01);
    forget();
    const Clock entered = stop_sample(send(1));
    // Its stop sample lies 8 + 16 x 9 ticks behind the tick that finds its start.
    const Clock found = tick_after(entered, 640 - 152 + unsigned(late));
    wait_until(line_free());
    const Clock fall = send_at(found - 3, frame(k8N1, 2));
    const Clock second = stop_sample(fall);
    ASSERT_EQ(second, tick_after(entered, 640 + unsigned(late)));
    const Clock fires = tick_after(late ? entered : second, 640);
    wait_until(tick_after(second, 700));
    EXPECT_EQ(interrupts(), (Edges{{fires, true}}));
    write(IER, 0x00);
  }
}

TEST_P(UartRows, TO_a_character_does_not_take_it_away_once_fired) {
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x01);
  const Clock fires = tick_after(stop_sample(send(1)), 640);
  wait_until(fires + 10);
  receive_all({2, 3});
  wait(Clock(100 * bit_clocks()));
  EXPECT_EQ(interrupts(), (Edges{{fires, true}}));
  EXPECT_EQ(read(IIR), 0xcc);
  forget();
  read(RBR);
  EXPECT_EQ(interrupts(), (Edges{{last_strobe(), false}}));
}

TEST_P(UartRows, TO_counts_characters_of_the_line_settings_at_its_restart) {
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x01);
  const Clock entered = stop_sample(send(1));
  wait_until(line_free() + 10);
  write(LCR, 0x1f);  // 8E2: 12 bits
  const Clock fires = tick_after(entered, 640);
  wait_until(fires + 100);
  EXPECT_EQ(interrupts(), (Edges{{fires, true}}));
  forget();
  receive(2);
  read(RBR);
  const Clock again = tick_after(last_tick_until(last_strobe()), 1 + 4 * 12 * 16);
  wait_until(again + 100);
  ASSERT_EQ(interrupts().size(), 2u);
  EXPECT_EQ(interrupts()[1], (Edge{again, true}));
}

TEST_P(UartRows, TO_is_gated_by_received_data_enable) {
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x0e);
  read(IIR);
  receive(1);
  forget();
  wait(Clock(100 * bit_clocks()));
  EXPECT_TRUE(interrupts().empty());
  EXPECT_EQ(read(IIR), 0xc1);
  const Clock strobe = write(IER, 0x0f);
  EXPECT_EQ(interrupts(), (Edges{{strobe, true}}));
  EXPECT_EQ(read(IIR), 0xcc);
}

TEST_P(UartRows, TO_there_is_none_in_16450_mode) {
  set_line(k8N1, 1);
  write(IER, 0x01);
  receive(1);
  wait(Clock(100 * bit_clocks()));
  EXPECT_EQ(read(IIR), 0x04);
  EXPECT_EQ(read(RBR), 1);
  EXPECT_EQ(read(IIR), 0x01);
}

TEST_P(UartRows, THRE_1_cleared_by_the_write_and_by_the_read_that_reports_it) {
  set_line(k8N1, 2);
  const Clock enabled = write(IER, 0x02);
  const Clock written = write(THR, 0x55);
  const Clock moved = tick_after(written);
  wait_until(moved + 1);
  EXPECT_EQ(interrupts(), (Edges{{enabled, true}, {written, false}, {moved, true}}));
  forget();
  EXPECT_EQ(read(IIR), 0x02);
  EXPECT_EQ(interrupts(), (Edges{{last_strobe(), false}}));
  EXPECT_EQ(read(IIR), 0x01);
  EXPECT_EQ(read(LSR) & kThre, kThre) << "the status stays";
}

TEST_P(UartRows, THRE_1_raised_when_the_last_byte_leaves_the_fifo) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(IER, 0x02);
  Clock first = 0;
  for (unsigned i = 0; i < 5; ++i) {
    const Clock strobe = write(THR, std::uint8_t(i));
    if (i == 0) first = tick_after(strobe);
  }
  const Clock last = tick_after(first, 4 * 160);  // the fifth frame begins
  forget();
  wait_until(last + 10);
  EXPECT_EQ(interrupts(), (Edges{{last, true}}));
}

TEST_P(UartRows, THRE_2_other_source_leaves_it_pending) {
  set_line(k8N1, 1);
  force(kDcd, true);
  receive_all({1, 2});  // overrun
  write(IER, 0x0f);
  EXPECT_EQ(read(IIR), 0x06);
  read(LSR);
  EXPECT_EQ(read(IIR), 0x04);
  EXPECT_EQ(read(IIR), 0x04);
  read(RBR);
  EXPECT_EQ(read(IIR), 0x02) << "none of these reads has taken it away";
  EXPECT_EQ(read(IIR), 0x00);
}

TEST_P(UartRows, THRE_2_a_read_while_it_is_not_enabled_leaves_nothing) {
  set_line(k8N1, 1);
  write(IER, 0x02);
  write(IER, 0x00);
  EXPECT_EQ(read(IIR), 0x01);
  write(IER, 0x02);
  EXPECT_EQ(read(IIR), 0x02);
  EXPECT_EQ(read(IIR), 0x01);
}

TEST_P(UartRows, THRE_3_enabling_raises_it_again_and_again) {
  for (int i = 0; i < 5; ++i) {
    forget();
    const Clock enabled = write(IER, 0x02);
    EXPECT_EQ(interrupts(), (Edges{{enabled, true}}));
    EXPECT_EQ(read(IIR), 0x02);
    EXPECT_EQ(read(IIR), 0x01);
    write(IER, 0x02);
    EXPECT_EQ(read(IIR), 0x01) << "only where the bit goes 0 to 1";
    write(IER, 0x00);
  }
}

TEST_P(UartRows, THRE_3_not_while_thr_is_full) {
  set_line(k8N1, 40);
  wait_until(tick_after(now()));
  write(THR, 1);
  write(IER, 0x02);
  EXPECT_EQ(read(IIR), 0x01);
  wait_until(tick_after(now()));
  EXPECT_EQ(read(IIR), 0x02);
}

/// LSR[5] just before and just after a tick at which it should rise.
void expect_thre_rises_at(CardBench& card, Clock tick) {
  const auto before = [&](unsigned clocks) {
    Clock strobe = tick - clocks;
    return is_pulse_edge(strobe) ? strobe - 1 : strobe;
  };
  EXPECT_EQ(card.at(before(8)).read(LSR) & kThre, 0);
  card.forget();
  EXPECT_EQ(card.at(tick + 1).read(LSR) & kThre, kThre) << "State(" << tick << ") shows it";
  EXPECT_EQ(card.interrupts(), (Edges{{tick, true}})) << "LSR[5] and the interrupt move together";
}

/// Writes just behind a tick, so that there is time for a look at LSR before the next. Returns the
/// tick at which the transmitter takes the byte.
Clock start_byte(CardBench& card, std::uint8_t byte) {
  card.wait_until(card.tick_after(card.now()));
  return card.tick_after(card.write(THR, byte));
}

TEST_P(UartRows, THRE_4_lone_byte_waits_for_the_last_stop_bit) {
  const std::pair<std::uint8_t, unsigned> frames[] = {
      {k8N1, 16}, {k8N2, 16}, {k8O1, 16}, {k5N1, 16}, {k5N15, 8}};
  write(FCR, 0x01);
  write(IER, 0x02);
  set_line(k8N1, 1);
  write(THR, 0x00);  // the first since FCR[0] changed is not delayed
  wait_until_sent();
  for (const auto& [lcr, last_stop] : frames) {
    SCOPED_TRACE(int(lcr));
    set_line(lcr, 3);
    wait(60);
    const Clock start = tick_after(write(THR, 0xa5));
    expect_thre_rises_at(*this, tick_after(start, frame_sixteenths(lcr) - last_stop));
    wait_until_sent();
  }
}

TEST_P(UartRows, THRE_4_first_byte_after_the_mode_changed_is_immediate) {
  set_line(k8N1, 3);
  write(IER, 0x02);
  write(FCR, 0x01);
  expect_thre_rises_at(*this, start_byte(*this, 0x11));
  wait_until_sent();
  const Clock start = tick_after(write(THR, 0x12));
  expect_thre_rises_at(*this, tick_after(start, 144));
  wait_until_sent();
  write(FCR, 0x00);
  write(FCR, 0x01);
  expect_thre_rises_at(*this, start_byte(*this, 0x13));
}

TEST_P(UartRows, THRE_4_two_bytes_at_once_are_immediate) {
  set_line(k8N1, 3);
  write(FCR, 0x01);
  write(IER, 0x02);
  write(THR, 0x10);
  wait_until_sent();
  const Clock first = write(THR, 0x11);
  const Clock second = write(THR, 0x12);
  const Clock start = tick_after(first);
  ASSERT_LT(second, start);
  expect_thre_rises_at(*this, tick_after(start, 160));
  wait_until_sent();
  // That is forgotten when it has risen.
  const Clock third = tick_after(write(THR, 0x13));
  expect_thre_rises_at(*this, tick_after(third, 144));
}

TEST_P(UartRows, THRE_4_one_in_the_shift_register_and_one_in_the_fifo_is_not_two) {
  set_line(k8N1, 3);
  write(FCR, 0x01);
  write(IER, 0x02);
  write(THR, 0x10);
  wait_until_sent();
  const Clock start = tick_after(write(THR, 0x11));
  wait_until(start + 5);
  forget();
  write(THR, 0x12);
  const Clock second = tick_after(start, 160);
  wait_until(second + 1);
  EXPECT_TRUE(interrupts().empty())
      << "not at the first's last stop bit, not at the second's start";
  expect_thre_rises_at(*this, tick_after(second, 144));
}

TEST_P(UartRows, THRE_4_16450_mode_is_not_delayed) {
  set_line(k8N1, 3);
  write(IER, 0x02);
  for (int i = 0; i < 3; ++i) {
    expect_thre_rises_at(*this, start_byte(*this, 0x11));
    wait_until_sent();
  }
  // A byte that waits for the shift register.
  const Clock start = tick_after(write(THR, 0x12));
  wait_until(start + 4);
  write(THR, 0x13);
  expect_thre_rises_at(*this, tick_after(start, 160));
}

TEST_P(UartRows, THRE_4_clearing_the_fifo_raises_it_at_once_where_it_was_low) {
  set_line(k8N1, 3);
  write(FCR, 0x01);
  write(IER, 0x02);
  write(THR, 0x10);
  wait_until_sent();
  read(IIR);
  forget();
  write(FCR, 0x05);
  EXPECT_TRUE(interrupts().empty()) << "it was high already";
  write(THR, 0x11);
  const Clock strobe = write(FCR, 0x05);
  EXPECT_EQ(interrupts(), (Edges{{strobe, true}}));
  EXPECT_EQ(read(LSR), 0x60);
  // Low with an empty FIFO: the lone byte is in the shift register.
  write(THR, 0x12);
  wait_until(tick_after(now(), 3));
  forget();
  const Clock again = write(FCR, 0x05);
  wait_until_sent();
  EXPECT_EQ(interrupts(), (Edges{{again, true}})) << "and not once more at the stop bit";
}

TEST_P(UartRows, THRE_4_a_mode_change_raises_it_where_it_was_low) {
  set_line(k8N1, 60);
  wait_until(tick_after(now()));
  write(IER, 0x02);
  write(THR, 0x11);
  forget();
  const Clock strobe = write(FCR, 0x01);
  EXPECT_EQ(interrupts(), (Edges{{strobe, true}}));
  EXPECT_EQ(read(LSR), 0x60);
  // "Has not risen since FCR[0] changed" begins anew behind that rise.
  set_line(k8N1, 3);
  wait(2000);
  expect_thre_rises_at(*this, start_byte(*this, 0x12));
}

TEST_P(UartRows, RLS_each_error_raises_it_and_an_lsr_read_clears_it) {
  set_line(k8E1, 1);
  write(FCR, 0x01);
  write(IER, 0x04);
  const auto check = [&](const LineBits& bits, std::uint8_t lsr) {
    SCOPED_TRACE(int(lsr));
    forget();
    const Clock entered = stop_sample(send(bits));
    wait_until(line_free() + 60);
    EXPECT_EQ(interrupts(), (Edges{{entered, true}}));
    EXPECT_EQ(read(IIR), 0xc6);
    forget();
    EXPECT_EQ(read(LSR), lsr);
    EXPECT_EQ(interrupts(), (Edges{{last_strobe(), false}}));
    EXPECT_EQ(read(IIR), 0xc1);
    read(RBR);
  };
  check(frame_with_wrong_parity(k8E1, 0x42), 0xe0 | kDR | kPE);
  check(frame_without_stop(k8E1, 0x43), 0xe0 | kDR | kFE);
  check({{false, 16 * 11}}, 0xe0 | kDR | kFE | kBI);
  for (int i = 0; i < 16; ++i) receive(0x21);
  forget();
  const Clock lost = stop_sample(send(0x22));
  wait_until(line_free());
  EXPECT_EQ(interrupts(), (Edges{{lost, true}}));
  EXPECT_EQ(read(LSR), 0x60 | kDR | kOE);
  EXPECT_FALSE(intx());
}

TEST_P(UartRows, RLS_not_without_its_enable) {
  set_line(k8E1, 1);
  write(IER, 0x08);
  receive(frame_with_wrong_parity(k8E1, 0x42));
  receive(0x11);
  EXPECT_TRUE(interrupts().empty());
  EXPECT_EQ(read(IIR), 0x01);
}

TEST_P(UartRows, MSI_any_delta_and_an_msr_read_clears_it) {
  write(IER, 0x08);
  const auto check = [&](InputPin pin, bool level, std::uint8_t msr) {
    SCOPED_TRACE(int(msr));
    wait(10);
    forget();
    const Clock change = now();
    force(pin, level);
    wait(10);
    EXPECT_EQ(interrupts(), (Edges{{change + 3, true}}));
    EXPECT_EQ(read(IIR), 0x00);
    forget();
    EXPECT_EQ(read(MSR), msr);
    EXPECT_EQ(interrupts(), (Edges{{last_strobe(), false}}));
    EXPECT_EQ(read(IIR), 0x01);
  };
  check(kCts, true, 0x11);
  check(kCts, false, 0x01);
  check(kDsr, true, 0x22);
  check(kDsr, false, 0x02);
  check(kDcd, true, 0x88);
  check(kDcd, false, 0x08);
  wait(10);
  forget();
  force(kRi, true);
  wait(10);
  EXPECT_TRUE(interrupts().empty()) << "RI counts at its trailing edge only";
  check(kRi, false, 0x04);
}

TEST_P(UartRows, MSI_also_when_enabled_after_the_delta) {
  force(kCts, true);
  wait(10);
  EXPECT_FALSE(intx());
  const Clock strobe = write(IER, 0x08);
  EXPECT_EQ(interrupts(), (Edges{{strobe, true}}));
  EXPECT_EQ(read(IIR), 0x00);
}

TEST_P(UartRows, LATE_enabling_while_the_condition_holds) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  force(kDsr, true);
  receive(frame_without_stop(k8N1, 0xff));
  const std::pair<std::uint8_t, std::uint8_t> sources[] = {
      {0x01, 0xc4}, {0x02, 0xc2}, {0x04, 0xc6}, {0x08, 0xc0}};
  for (const auto& [ier, iir] : sources) {
    SCOPED_TRACE(int(ier));
    forget();
    const Clock strobe = write(IER, ier);
    EXPECT_EQ(interrupts(), (Edges{{strobe, true}}));
    EXPECT_EQ(read(IIR), iir);
    write(IER, 0x00);
    EXPECT_FALSE(intx()) << "and disabling takes it away";
  }
}

TEST_P(UartRows, LATE_a_write_that_keeps_a_bit_keeps_its_interrupt) {
  set_line(k8N1, 1);
  receive(0x11);
  write(IER, 0x01);
  forget();
  write(IER, 0x03);
  write(IER, 0x05);
  write(IER, 0x01);
  EXPECT_TRUE(interrupts().empty());
  EXPECT_TRUE(intx());
}

TEST_P(UartRows, OUT2_does_not_gate_the_interrupt) {
  for (unsigned port = 0; port < 2; ++port) {
    SCOPED_TRACE(port);
    for (const std::uint8_t mcr : {0x00, 0x08, 0x07, 0x18}) {
      write(MCR, mcr, port);
      read(MSR, port);
      write(IER, 0x02, port);
      EXPECT_TRUE(intx());
      write(IER, 0x00, port);
      EXPECT_FALSE(intx());
    }
  }
}

}  // namespace
}  // namespace mtty::check
