// SPDX-License-Identifier: Apache-2.0
// Rows of the 16550A list, "Registers".
#include "tb/check/card_bench.h"

namespace mtty::check {
namespace {

void expect_reset_values(CardBench& card, unsigned port, std::uint8_t msr) {
  SCOPED_TRACE(port);
  EXPECT_EQ(card.read(IER, port), 0x00);
  EXPECT_EQ(card.read(IIR, port), 0x01);
  EXPECT_EQ(card.read(LCR, port), 0x00);
  EXPECT_EQ(card.read(MCR, port), 0x00);
  EXPECT_EQ(card.read(LSR, port), 0x60);
  EXPECT_EQ(card.read(MSR, port), msr);
  EXPECT_EQ(card.read(SCR, port), 0x00);
  EXPECT_EQ(card.read(RBR, port), 0x00);
  card.write(LCR, 0x80, port);
  EXPECT_EQ(card.read(DLL, port), 0x00);
  EXPECT_EQ(card.read(DLM, port), 0x00);
  card.write(LCR, 0x00, port);
  EXPECT_EQ(card.dut().outputs(port), kSout) << "mark, modem outputs inactive";
}

TEST_P(UartRows, RST_values_after_power_on) {
  for (unsigned port = 0; port < 2; ++port) expect_reset_values(*this, port, 0x00);
  EXPECT_FALSE(intx());
}

TEST_P(UartRows, RST_values_after_everything_has_been_changed) {
  for (unsigned port = 0; port < 2; ++port) {
    force(kCts, true, port);
    force(kDcd, true, port);
    write(FCR, 0xc7, port);
    write(MCR, 0x0f, port);
    write(SCR, 0x5a, port);
    set_line(k8E1, 0x0201, port);
    set_line(k8E1, 2, port);
    receive(frame_with_wrong_parity(k8E1, 0x81), port);
    for (int i = 0; i < 17; ++i) receive(0x99, port);  // overrun
    for (int i = 0; i < 5; ++i) write(THR, 0x55, port);
    write(IER, 0x0f, port);
    write(LCR, 0x5b, port);
  }
  EXPECT_TRUE(intx());
  reset();
  EXPECT_FALSE(intx());
  map_bars();
  for (unsigned port = 0; port < 2; ++port) expect_reset_values(*this, port, 0x90);
}

TEST_P(UartRows, RST_empties_fifos_and_forgets_triggers_and_modes) {
  set_line(k8N1, 1);
  write(FCR, 0xc1);
  receive_all({1, 2, 3});
  reset();
  map_bars();
  set_line(k8N1, 1);
  write(IER, 0x01);
  EXPECT_EQ(read(IIR), 0x01);
  receive(0x44);
  EXPECT_EQ(read(IIR), 0x04) << "16450 mode again: one character is data available";
  EXPECT_EQ(read(RBR), 0x44);
  EXPECT_EQ(read(LSR), 0x60);
}

TEST_P(UartRows, RST_ends_a_frame_at_its_clock) {
  set_line(k8N1, 2);
  write(IER, 0x02);
  write(THR, 0x00);
  write(THR, 0x00);
  const Clock start = sout().empty() ? tick_after(last_strobe()) : sout()[0].at;
  wait_until(tick_after(start, 40));
  ASSERT_TRUE(intx());
  forget();
  const Clock at = now() + 7;
  reset_at(at);
  map_bars();
  set_line(k8N1, 2);
  wait(20000);
  EXPECT_EQ(sout(), (Edges{{at, true}})) << "mark at once, and nothing goes on behind it";
  EXPECT_EQ(interrupts(), (Edges{{at, false}}));
  EXPECT_EQ(read(LSR), 0x60);
}

TEST_P(UartRows, RST_hides_what_would_have_happened_at_its_clock) {
  set_line(k8N1, 4);
  wait_until(tick_after(now()));
  const Clock start = tick_after(write(THR, 0x00));
  write(IER, 0x02);  // 16450 mode: THRE with the start bit
  read(IIR);
  ASSERT_FALSE(intx());
  ASSERT_LT(now() + 2, start);
  forget();
  reset_at(start);
  EXPECT_EQ(sout(), Edges{}) << "State(" << start << ") is the reset state: no start bit is seen";
  EXPECT_TRUE(interrupts().empty());
}

TEST_P(UartRows, RST_forgets_a_character_half_received) {
  set_line(k8N1, 1);
  const Clock fall = send(0xff);
  wait_until(fall + Clock(3 * bit_clocks()));
  reset();
  map_bars();
  set_line(k8N1, 1);
  wait_until(line_free() + 1000);
  EXPECT_EQ(read(LSR), 0x60);
}

TEST_P(UartRows, RST_modem_lines_follow_while_it_is_low) {
  const Clock low = now() + 10;
  // The third flip-flop takes a change at clock n at edge n + 3; the last edge in reset is low + 8.
  force_at(low + 1, kCts, true);
  force_at(low + Dut::kResetClocks - 3, kDcd, true);
  force_at(low + Dut::kResetClocks - 2, kDsr, true);
  reset_at(low);
  map_bars();
  EXPECT_EQ(read(MSR), 0xb2) << "delta only of DSR, which came after the reset";
}

TEST_P(UartRows, RST_serial_input_is_followed_while_it_is_low) {
  const Clock low = now() + 10;
  line_at(low + 1, false);
  reset_at(low);
  map_bars();
  set_line(k8N1, 1);
  const Clock start = tick_after(last_strobe() - 30);
  wait_until(tick_after(start, 9 * 16));
  write(IER, 0x04);
  wait_until(tick_after(start, 12 * 16));
  ASSERT_FALSE(interrupts().empty());
  // Low from the first tick on: a break.
  EXPECT_EQ(read(LSR), 0x60 | kDR | kFE | kBI);
  line_at(now(), true);
}

TEST_P(UartRows, RST_leaves_the_crystal_alone) {
  set_line(k8N1, 3);
  reset();
  map_bars();
  set_line(k8N1, 3);
  forget();
  write(THR, 0x5a);
  const Clock start = tick_after(last_strobe());
  wait_until(frame_end(start));
  EXPECT_EQ(sout(), frame_edges(start, 0x5a));
}

TEST_P(UartRows, DLAB_remaps_offsets_0_and_1_only) {
  write(IER, 0x05);
  write(LCR, 0x83);
  write(DLL, 0x12);
  write(DLM, 0x34);
  write(SCR, 0xab);
  write(MCR, 0x0c);
  EXPECT_EQ(read(DLL), 0x12);
  EXPECT_EQ(read(DLM), 0x34);
  EXPECT_EQ(read(LCR), 0x83);
  EXPECT_EQ(read(MCR), 0x0c);
  EXPECT_EQ(read(LSR), 0x60) << "a divisor write sends nothing";
  EXPECT_EQ(read(SCR), 0xab);
  write(LCR, 0x03);
  EXPECT_EQ(read(RBR), 0x00);
  EXPECT_EQ(read(IER), 0x05) << "a divisor write leaves IER alone";
  write(IER, 0x0a);
  write(LCR, 0x83);
  EXPECT_EQ(read(DLL), 0x12);
  EXPECT_EQ(read(DLM), 0x34) << "an IER write leaves the divisor alone";
}

TEST_P(UartRows, DLAB_divisor_is_two_plain_bytes) {
  write(LCR, 0x80);
  for (const unsigned value : {0x0000u, 0xffffu, 0x00ffu, 0xff00u, 0x1234u, 0xedcbu, 0x0001u}) {
    write(DLL, value & 0xff);
    write(DLM, std::uint8_t(value >> 8));
    EXPECT_EQ(read(DLL), value & 0xff);
    EXPECT_EQ(read(DLM), value >> 8);
    EXPECT_EQ(read(SCR), 0x00);
  }
}

TEST_P(UartRows, DLAB_reads_keep_their_side_effects) {
  set_line(k8N1, 1);
  receive_all({1, 2});  // 16450 mode: overrun
  force(kCts, true);
  wait(5);
  write(IER, 0x02);
  write(LCR, 0x83);
  EXPECT_EQ(read(IIR), 0x02);
  EXPECT_EQ(read(IIR), 0x01);
  EXPECT_EQ(read(LSR), 0x60 | kDR | kOE);
  EXPECT_EQ(read(LSR), 0x60 | kDR);
  EXPECT_EQ(read(MSR), 0x11);
  EXPECT_EQ(read(MSR), 0x10);
  read(DLL);
  EXPECT_EQ(read(LSR), 0x60 | kDR) << "a read of the divisor takes no character";
  write(FCR, 0x01);
  EXPECT_EQ(read(IIR), 0xc1) << "FCR is written under DLAB too";
  EXPECT_EQ(read(LSR), 0x60);
}

TEST_P(UartRows, IER_upper_bits_read_0) {
  for (unsigned value = 0; value < 256; ++value) {
    write(IER, std::uint8_t(value));
    ASSERT_EQ(read(IER), value & 0x0f);
  }
}

TEST_P(UartRows, IIR_F_shows_the_fifos_only_while_enabled) {
  EXPECT_EQ(read(IIR), 0x01);
  for (unsigned value = 0; value < 256; ++value) {
    write(FCR, std::uint8_t(value));
    ASSERT_EQ(read(IIR), value & 1 ? 0xc1 : 0x01) << value;
  }
}

TEST_P(UartRows, MCR_upper_bits_read_0) {
  for (unsigned value = 0; value < 256; ++value) {
    write(MCR, std::uint8_t(value));
    ASSERT_EQ(read(MCR), value & 0x1f);
  }
}

TEST_P(UartRows, SCR_is_a_plain_byte_of_each_port) {
  for (unsigned value = 0; value < 256; ++value) {
    write(SCR, std::uint8_t(value), 0);
    write(SCR, std::uint8_t(~value), 1);
    ASSERT_EQ(read(SCR, 0), value);
    ASSERT_EQ(read(SCR, 1), std::uint8_t(~value));
  }
}

TEST_P(UartRows, DLAB_lcr_is_a_plain_byte) {
  for (unsigned value = 0; value < 256; ++value) {
    write(LCR, std::uint8_t(value));
    ASSERT_EQ(read(LCR), value);
  }
}

TEST_P(UartRows, FCR_changing_bit_0_clears_both_fifos) {
  set_line(k8N1, 1);
  for (const std::uint8_t from : {0x01, 0x00}) {
    SCOPED_TRACE(int(from));
    write(FCR, from);
    receive(0x11);
    write(LCR, 0x83);
    write(DLL, 200);  // the transmitter stays busy
    write(LCR, 0x03);
    write(THR, 0x22);
    wait(200 * 20);
    write(THR, 0x33);
    EXPECT_EQ(read(LSR) & (kDR | kThre | kTemt), kDR);
    write(FCR, from ^ 0x01);
    EXPECT_EQ(read(LSR), kThre) << "both empty, the shift register goes on";
    set_line(k8N1, 1);
    wait_until_sent();
  }
}

TEST_P(UartRows, FCR_writing_the_same_bit_0_clears_nothing) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  receive_all({0x11, 0x12});
  write(FCR, 0xc1);
  write(FCR, 0x09);
  EXPECT_EQ(read_all(), (std::vector<std::uint8_t>{0x11, 0x12}));
}

TEST_P(UartRows, FCR_bit_1_clears_the_receive_fifo_alone) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  receive_all({0x11, 0x12});
  forget();
  for (const std::uint8_t byte : {0x41, 0x42, 0x43}) write(THR, byte);
  write(FCR, 0x03);
  EXPECT_EQ(read(LSR) & kDR, 0);
  receive(0x13);
  EXPECT_EQ(read_all(), (std::vector<std::uint8_t>{0x13})) << "the clear is done, not a level";
  wait_until_sent();
  EXPECT_EQ(sent(), (std::vector<std::uint8_t>{0x41, 0x42, 0x43}));
}

TEST_P(UartRows, FCR_bit_2_clears_the_transmit_fifo_alone) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  receive(0x11);
  forget();
  write(THR, 0x41);
  wait_until(tick_after(now(), 2));
  write(THR, 0x42);
  write(THR, 0x43);
  write(FCR, 0x05);
  EXPECT_EQ(read(LSR), kDR | kThre) << "0x41 is still in the shift register";
  wait_until_sent();
  EXPECT_EQ(sent(), (std::vector<std::uint8_t>{0x41}));
  EXPECT_EQ(read_all(), (std::vector<std::uint8_t>{0x11}));
}

TEST_P(UartRows, FCR_clearing_leaves_what_is_being_received) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  const Clock fall = send(0x5a);
  wait_until(fall + Clock(5 * bit_clocks()));
  write(FCR, 0x03);
  wait_until(line_free());
  EXPECT_EQ(read_all(), (std::vector<std::uint8_t>{0x5a}));
}

TEST_P(UartRows, FCR_other_bits_take_only_with_bit_0) {
  set_line(k8N1, 1);
  write(IER, 0x01);
  write(FCR, 0x01);
  receive_all({1, 2});
  write(FCR, 0xc0);  // only: FIFOs off, which clears them
  write(FCR, 0x01);
  receive(3);
  EXPECT_EQ(read(IIR), 0xc4) << "trigger level 1, not 14";
  write(FCR, 0x81);
  EXPECT_EQ(read(IIR), 0xc1) << "trigger level 8";
  write(FCR, 0x01);
  EXPECT_EQ(read(IIR), 0xc4);
}

TEST_P(UartRows, FCR_bit_3_has_no_visible_effect) {
  set_line(k8N1, 1);
  write(FCR, 0x09);
  EXPECT_EQ(read(IIR), 0xc1);
  receive_all({1, 2, 3});
  write(FCR, 0x01);
  write(FCR, 0x09);
  EXPECT_EQ(read_all(), (std::vector<std::uint8_t>{1, 2, 3}));
}

TEST_P(UartRows, LSR_W_writes_to_lsr_and_msr_are_ignored) {
  set_line(k8N1, 1);
  receive(0x31);
  force(kDsr, true);
  wait(5);
  for (const std::uint8_t value : {0x00, 0xff, 0x9e}) {
    write(LSR, value);
    write(MSR, value);
  }
  EXPECT_EQ(read(LSR), 0x61);
  EXPECT_EQ(read(MSR), 0x22);
  EXPECT_EQ(read(RBR), 0x31);
}

TEST_P(UartRows, EMPTY_read_changes_nothing) {
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x01);
  EXPECT_EQ(read(RBR), 0x00);
  receive_all({0x71, 0x72});
  EXPECT_EQ(read_all(), (std::vector<std::uint8_t>{0x71, 0x72}));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(read(RBR), 0x72) << "the last character read, again";
  EXPECT_EQ(read(LSR), 0x60);
  EXPECT_EQ(read(IIR), 0xc1);
  receive(0x73);
  EXPECT_EQ(read_all(), (std::vector<std::uint8_t>{0x73}));
  // A cleared FIFO is empty as well; what was never read does not show.
  receive(0x74);
  write(FCR, 0x83);
  EXPECT_EQ(read(RBR), 0x73);
}

}  // namespace
}  // namespace mtty::check
