// SPDX-License-Identifier: Apache-2.0
// Rows of the 16550A list, "Modem, loopback". Clocks: docs/timing.md.
#include "tb/check/card_bench.h"

namespace mtty::check {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kLoop = 0x10;

/// A strobe edge at some distance from now, free of crystal pulses for two clocks around.
Clock quiet_edge(CardBench& card) {
  Clock edge = card.now() + 40;
  while (is_pulse_edge(edge - 2) || is_pulse_edge(edge - 1) || is_pulse_edge(edge) ||
         is_pulse_edge(edge + 1) || is_pulse_edge(edge + 2))
    ++edge;
  return edge;
}

TEST_P(UartRows, MSR_follows_the_pins_three_clocks_later) {
  const std::pair<InputPin, std::uint8_t> lines[] = {
      {kCts, 0x11}, {kDsr, 0x22}, {kDcd, 0x88}, {kRi, 0x40}};
  for (const auto& [pin, msr] : lines) {
    SCOPED_TRACE(int(msr));
    // A read at edge n sees State(n - 1).
    Clock edge = quiet_edge(*this);
    force_at(edge - 3, pin, true);
    EXPECT_EQ(at(edge).read(MSR), 0x00) << "State(change + 2)";
    EXPECT_EQ(read(MSR), msr);
    force_at(now(), pin, false);
    wait(5);
    read(MSR);
    edge = quiet_edge(*this);
    force_at(edge - 4, pin, true);
    EXPECT_EQ(at(edge).read(MSR), msr) << "State(change + 3)";
    force_at(now(), pin, false);
    wait(5);
    read(MSR);
  }
}

TEST_P(UartRows, MSR_deltas_on_any_change_but_ri_on_its_trailing_edge) {
  const auto change = [&](InputPin pin, bool level) {
    force(pin, level);
    wait(5);
    return read(MSR);
  };
  EXPECT_EQ(change(kCts, true), 0x11);
  EXPECT_EQ(change(kDsr, true), 0x32);
  EXPECT_EQ(change(kRi, true), 0x70);
  EXPECT_EQ(change(kDcd, true), 0xf8);
  EXPECT_EQ(change(kCts, true), 0xf0) << "no change, no delta";
  EXPECT_EQ(change(kCts, false), 0xe1);
  EXPECT_EQ(change(kDsr, false), 0xc2);
  EXPECT_EQ(change(kRi, false), 0x84);
  EXPECT_EQ(change(kDcd, false), 0x08);
}

TEST_P(UartRows, MSR_deltas_are_sticky_until_it_is_read) {
  force(kCts, true);
  wait(5);
  force(kCts, false);
  wait(5);
  force(kRi, true);
  wait(5);
  force(kRi, false);
  wait(1000);
  read(LSR);
  read(IIR);
  write(IER, 0x00);
  EXPECT_EQ(read(MSR), 0x05);
  EXPECT_EQ(read(MSR), 0x00);
}

TEST_P(UartRows, MSR_a_pulse_of_one_clock_leaves_its_delta) {
  const Clock change = now() + 5;
  force_at(change, kDsr, true);
  force_at(change + 1, kDsr, false);
  wait(20);
  EXPECT_EQ(read(MSR), 0x02);
}

TEST_P(UartRows, MSR_a_change_in_the_very_clock_of_a_read_is_not_lost) {
  write(IER, 0x08);
  for (int offset = -1; offset <= 1; ++offset) {
    SCOPED_TRACE(offset);
    const Clock edge = quiet_edge(*this);
    // The delta is set at this edge; the read is at `edge`.
    const Clock set = edge + Clock(offset);
    forget();
    force_at(set - 3, kCts, true);
    const std::uint8_t first = at(edge).read(MSR);
    const std::uint8_t second = read(MSR);
    EXPECT_EQ(first, offset < 0 ? 0x11 : 0x00);
    EXPECT_EQ(second, offset < 0 ? 0x10 : 0x11);
    ASSERT_FALSE(interrupts().empty());
    EXPECT_EQ(interrupts()[0], (Edge{set, true}));
    force(kCts, false);
    wait(5);
    read(MSR);
  }
}

TEST_P(UartRows, MSR_a_change_while_an_older_delta_is_read_is_not_lost) {
  write(IER, 0x08);
  force(kCts, true);
  wait(10);
  const Clock edge = quiet_edge(*this);
  force_at(edge - 3, kCts, false);
  forget();
  EXPECT_EQ(at(edge).read(MSR), 0x11);
  EXPECT_TRUE(interrupts().empty()) << "one delta goes, the next comes: the interrupt stays";
  EXPECT_EQ(read(MSR), 0x01);
}

TEST_P(UartRows, LOOP_outputs_are_inactive_and_sout_is_mark) {
  set_line(k8N1, 1);
  write(MCR, 0x0f);
  EXPECT_EQ(dut().outputs(0), kSout | kDtr | kRts | kOut1 | kOut2);
  forget();
  const Clock entered = write(MCR, 0x1f);
  EXPECT_EQ(output_edges(kRts), (Edges{{entered, false}}));
  EXPECT_EQ(output_edges(kDtr), (Edges{{entered, false}}));
  EXPECT_EQ(output_edges(kOut1), (Edges{{entered, false}}));
  EXPECT_EQ(output_edges(kOut2), (Edges{{entered, false}}));
  EXPECT_EQ(dut().outputs(0), kSout);
  write(THR, 0x00);
  wait_until_sent();
  write(LCR, 0x43);
  wait(100);
  EXPECT_TRUE(sout().empty());
  write(LCR, 0x03);
  const Clock left = write(MCR, 0x0f);
  EXPECT_EQ(output_edges(kRts).back(), (Edge{left, true}));
}

TEST_P(UartRows, LOOP_modem_outputs_are_the_modem_inputs) {
  write(MCR, kLoop);
  wait(5);
  read(MSR);
  const auto change = [&](std::uint8_t mcr) {
    write(MCR, kLoop | mcr);
    return read(MSR);
  };
  EXPECT_EQ(change(0x01), 0x22) << "DTR to DSR";
  EXPECT_EQ(change(0x03), 0x31) << "RTS to CTS";
  EXPECT_EQ(change(0x07), 0x70) << "OUT1 to RI";
  EXPECT_EQ(change(0x0f), 0xf8) << "OUT2 to DCD";
  EXPECT_EQ(change(0x0f), 0xf0);
  EXPECT_EQ(change(0x0b), 0xb4) << "RI: the trailing edge";
  EXPECT_EQ(change(0x00), 0x0b);
}

TEST_P(UartRows, LOOP_a_write_of_mcr_shows_in_msr_one_clock_later) {
  write(IER, 0x08);
  write(MCR, kLoop);
  wait(5);
  forget();
  const Clock strobe = write(MCR, kLoop | 0x02);
  wait(5);
  EXPECT_EQ(interrupts(), (Edges{{strobe + 1, true}}));
  EXPECT_EQ(read(MSR), 0x11);
}

TEST_P(UartRows, LOOP_entering_and_leaving_make_the_deltas_of_the_levels) {
  force(kCts, true);
  force(kRi, true);
  wait(5);
  read(MSR);
  write(IER, 0x08);
  forget();
  const Clock entered = write(MCR, kLoop | 0x01);  // DSR on; CTS, RI off
  wait(5);
  EXPECT_EQ(interrupts(), (Edges{{entered + 1, true}}));
  EXPECT_EQ(read(MSR), 0x27);
  forget();
  const Clock left = write(MCR, 0x01);
  wait(5);
  EXPECT_EQ(interrupts(), (Edges{{left + 1, true}}));
  EXPECT_EQ(read(MSR), 0x53) << "CTS and RI on again, DSR off; no TERI on a leading edge";
}

TEST_P(UartRows, LOOP_entering_with_equal_levels_makes_no_delta) {
  force(kCts, true);
  wait(5);
  read(MSR);
  write(MCR, 0x02);
  write(MCR, kLoop | 0x02);
  wait(5);
  EXPECT_EQ(read(MSR), 0x10);
  write(MCR, 0x02);
  wait(5);
  EXPECT_EQ(read(MSR), 0x10);
}

TEST_P(UartRows, LOOP_modem_inputs_are_cut_off) {
  write(MCR, kLoop);
  wait(5);
  read(MSR);
  force(kCts, true);
  force(kDcd, true);
  wait(20);
  EXPECT_EQ(read(MSR), 0x00);
  write(MCR, 0x00);
  wait(5);
  EXPECT_EQ(read(MSR), 0x99);
}

TEST_P(UartRows, LOOP_a_pin_that_changes_as_the_loop_is_entered_or_left) {
  write(IER, 0x08);
  for (int offset = -1; offset <= 2; ++offset) {
    SCOPED_TRACE(offset);
    // The third flip-flop takes the pin at `shown`; MCR is written at `edge` and counts from
    // edge + 1 on.
    const Clock edge = quiet_edge(*this);
    const Clock shown = edge + Clock(offset);
    forget();
    force_at(shown - 3, kCts, true);
    at(edge).write(MCR, kLoop);
    wait(6);
    if (offset <= 0) {  // seen for a while, then cut off: on and off
      ASSERT_EQ(interrupts(), (Edges{{shown, true}}));
      EXPECT_EQ(read(MSR), 0x01);
    } else {
      EXPECT_TRUE(interrupts().empty());
      EXPECT_EQ(read(MSR), 0x00);
    }
    write(MCR, 0x00);
    wait(6);
    EXPECT_EQ(read(MSR), 0x11);

    const Clock leave = quiet_edge(*this);
    write(MCR, kLoop);
    wait(5);
    read(MSR);
    const Clock back = quiet_edge(*this);
    ASSERT_GT(back, leave);
    const Clock arrives = back + Clock(offset);
    forget();
    force_at(arrives - 3, kDsr, true);
    at(back).write(MCR, 0x00);
    wait(6);
    // CTS is on again at back + 1; DSR as soon as it has arrived and the loop is left.
    EXPECT_EQ(interrupts(), (Edges{{back + 1, true}}));
    EXPECT_EQ(read(MSR), 0x33);
    force(kCts, false);
    force(kDsr, false);
    wait(6);
    read(MSR);
  }
}

TEST_P(UartRows, LOOP_transmitter_feeds_the_receiver_at_the_programmed_timing) {
  for (const std::uint8_t lcr : {k8N1, k5N15, k7E1, std::uint8_t(0x1f)}) {
    SCOPED_TRACE(int(lcr));
    set_line(lcr, 2);
    write(FCR, 0x07);
    write(MCR, kLoop);
    write(IER, 0x01);
    wait(100);
    forget();
    const Clock start = tick_after(write(THR, 0x4d));
    // The receiver sees at each tick the line as it was before that tick: found one tick later.
    const unsigned bits = 1 + data_bits(lcr) + (has_parity(lcr) ? 1 : 0);
    const Clock entered = tick_after(start, 1 + 8 + 16 * bits);
    wait_until(entered + 50);
    EXPECT_EQ(interrupts(), (Edges{{entered, true}}));
    EXPECT_EQ(read(LSR) & 0x1f, kDR);
    EXPECT_EQ(read(RBR), cut(lcr, 0x4d));
    write(IER, 0x00);
    wait_until_sent();
  }
}

TEST_P(UartRows, LOOP_sixteen_bytes_come_back) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(MCR, kLoop);
  Bytes expected;
  for (unsigned i = 0; i < 16; ++i) {
    expected.push_back(std::uint8_t(i * 83));
    write(THR, expected.back());
  }
  wait_until_sent();
  EXPECT_EQ(read_all(), expected);
}

TEST_P(UartRows, LOOP_serial_input_is_cut_off) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(MCR, kLoop);
  receive_all({0x11, 0x22});
  EXPECT_EQ(read(LSR), 0x60);
  write(MCR, 0x00);
  receive(0x33);
  EXPECT_EQ(read_all(), (Bytes{0x33}));
}

TEST_P(UartRows, LOOP_entering_while_the_line_is_low_ends_the_low) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  const Clock found = tick_after(now() + 60);
  line_at(found - 3, false);
  wait_until(tick_after(found, 3));
  write(MCR, kLoop);  // the receiver sees mark at the middle of the start bit: a glitch
  wait_until(tick_after(found, 200));
  EXPECT_EQ(read(LSR), 0x60);
  write(IER, 0x04);
  const Clock left = write(MCR, 0x00);  // low again: found at the next tick
  const Clock entered = tick_after(left, 1 + 152);
  wait_until(entered + 5);
  EXPECT_EQ(interrupts(), (Edges{{entered, true}}));
  EXPECT_EQ(read(LSR), 0xe0 | kDR | kFE | kBI);
  line_at(now(), true);
  wait(100);
}

TEST_P(UartRows, LOOP_interrupts_work) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(MCR, kLoop);
  wait(5);
  read(MSR);
  write(IER, 0x0f);
  EXPECT_EQ(read(IIR), 0xc2);
  write(MCR, kLoop | 0x08);
  EXPECT_EQ(read(IIR), 0xc0);
  EXPECT_EQ(read(MSR), 0x88);
  write(THR, 0x77);
  wait_until_sent();
  EXPECT_EQ(read(IIR), 0xc4);
  EXPECT_EQ(read(RBR), 0x77);
  EXPECT_EQ(read(IIR), 0xc2);
  EXPECT_EQ(read(IIR), 0xc1);
}

TEST_P(UartRows, LOOP_break_reaches_the_receiver) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(MCR, kLoop);
  write(IER, 0x04);
  const Clock strobe = write(LCR, 0x43);
  const Clock entered = tick_after(strobe, 1 + 152);
  wait_until(entered + 5);
  EXPECT_EQ(interrupts(), (Edges{{entered, true}}));
  EXPECT_EQ(read(LSR), 0xe0 | kDR | kFE | kBI);
  EXPECT_EQ(read(RBR), 0x00);
  wait(Clock(40 * bit_clocks()));
  EXPECT_EQ(read(LSR), 0x60) << "one only";
  write(LCR, 0x03);
  wait(40);
  write(THR, 0x61);
  wait_until_sent();
  EXPECT_EQ(read_all(), (Bytes{0x61}));
}

}  // namespace
}  // namespace mtty::check
