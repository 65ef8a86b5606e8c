// SPDX-License-Identifier: Apache-2.0
// Bugs that UARTs have had, each with a test of its own.
#include "tb/check/card_bench.h"

namespace mtty::check {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST_P(UartRows, BUG_THRE_LOST_an_iir_read_that_reports_rx_first_keeps_it) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(IER, 0x03);
  read(IIR);
  write(THR, 0x11);
  receive(0x22);
  wait_until_sent();
  EXPECT_EQ(read(IIR), 0xc4);
  EXPECT_EQ(read(RBR), 0x22);
  EXPECT_TRUE(intx());
  EXPECT_EQ(read(IIR), 0xc2);
  EXPECT_FALSE(intx());
}

TEST_P(UartRows, BUG_IER_WRITE_evaluates_what_is_pending) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  receive(0x22);
  force(kCts, true);
  wait(5);
  for (int i = 0; i < 3; ++i) {
    write(IER, 0x00);
    EXPECT_FALSE(intx());
    write(IER, 0x0f);
    EXPECT_TRUE(intx());
  }
  write(IER, 0x08);
  EXPECT_EQ(read(IIR), 0xc0);
  write(IER, 0x01);
  EXPECT_EQ(read(IIR), 0xc4);
}

TEST_P(UartRows, BUG_STUCK_interrupt_ends_and_comes_again_under_load) {
  // Full duplex with an interrupt handler as a driver has it, at each edge of INTA#.
  set_line(k8N1, 1);
  write(FCR, 0x81);
  write(IER, 0x07);
  Bytes expected, received;
  for (unsigned i = 0; i < 200; ++i) {
    expected.push_back(std::uint8_t(i * 29 + 7));
    send(expected.back());
  }
  forget();
  unsigned queued = 0;
  const Clock deadline = line_free() + Clock(100 * bit_clocks());
  while (now() < deadline) {
    if (!intx()) {
      wait(97);
      continue;
    }
    unsigned rounds = 0;
    std::uint8_t iir;
    while (!((iir = read(IIR)) & 1)) {
      ASSERT_LT(++rounds, 64u) << "the interrupt does not end, IIR " << int(iir);
      if ((iir & 0x0f) == 0x06) ADD_FAILURE() << "line status " << int(read(LSR));
      if ((iir & 0x0f) == 0x04 || (iir & 0x0f) == 0x0c)
        for (const std::uint8_t byte : read_all()) received.push_back(byte);
      if ((iir & 0x0f) == 0x02)
        for (unsigned i = 0; i < 16 && queued < 200; ++i) write(THR, std::uint8_t(queued++));
    }
    ASSERT_FALSE(intx()) << "IIR says none";
  }
  EXPECT_EQ(received, expected);
  const Bytes echoed = sent();
  ASSERT_EQ(echoed.size(), 200u);
  for (unsigned i = 0; i < 200; ++i) EXPECT_EQ(echoed[i], i);
}

TEST_P(UartRows, BUG_THRE_is_empty_and_not_room) {
  set_line(k8N1, 2);
  write(FCR, 0x01);
  write(IER, 0x02);
  read(IIR);
  for (int i = 0; i < 4; ++i) write(THR, 0x00);
  const Clock start = tick_after(now());
  wait_until(start + 4);
  EXPECT_EQ(read(LSR) & kThre, 0) << "there is room, but THRE means empty";
  EXPECT_EQ(read(IIR), 0xc1);
}

TEST_P(UartRows, BUG_ERROR_BITS_clear) {
  set_line(k8E1, 1);
  for (const std::uint8_t fcr : {0x00, 0x01}) {
    write(FCR, fcr);
    receive(frame_with_wrong_parity(k8E1, 0x55));
    EXPECT_EQ(read(LSR) & (kOE | kPE | kFE | kBI), kPE);
    EXPECT_EQ(read(LSR) & (kOE | kPE | kFE | kBI), 0);
    EXPECT_EQ(read(RBR), 0x55);
    receive(0x56);
    EXPECT_EQ(read(LSR) & (kOE | kPE | kFE | kBI | kFifoError), 0);
    read(RBR);
  }
}

TEST_P(UartRows, BUG_ERROR_TAG_stays_with_its_character_across_the_rings_end) {
  set_line(k8E1, 1);
  write(FCR, 0x01);
  for (unsigned i = 0; i < 100; ++i) {
    const bool bad = i % 3 == 1;
    receive(bad ? frame_with_wrong_parity(k8E1, std::uint8_t(i)) : frame(k8E1, std::uint8_t(i)));
    if (i < 10) continue;  // ten are left in the FIFO
    const unsigned oldest = i - 10;
    ASSERT_EQ(read(LSR) & (kDR | kPE), oldest % 3 == 1 ? kDR | kPE : kDR) << oldest;
    ASSERT_EQ(read(RBR), oldest);
  }
}

TEST_P(UartRows, BUG_OVERRUN_not_for_characters_that_were_discarded) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  for (unsigned i = 0; i < 16; ++i) send(std::uint8_t(i));
  wait_until(line_free());
  send({{false, 4}, {true, 16 * 12}});  // a glitch is no character
  wait_until(line_free());
  EXPECT_EQ(read(LSR), 0x60 | kDR);
  send({{false, 16 * 40}, {true, 16}});  // a break is one character, lost here
  wait_until(line_free());
  EXPECT_EQ(read(LSR), 0x60 | kDR | kOE);
  EXPECT_EQ(read(LSR), 0x60 | kDR);
  write(FCR, 0x03);  // discarded by the clear
  receive(0x42);
  EXPECT_EQ(read(LSR), 0x60 | kDR);
}

TEST_P(UartRows, BUG_BAUD_is_exact_for_every_usual_divisor) {
  // 115200 ... 9600; the crystal's edges are half a pulse apart at the most, never a clock per bit.
  for (const std::uint16_t divisor : {1, 2, 3, 6, 12}) {
    set_line(k8N1, divisor);
    write(FCR, 0x01);
    forget();
    const Clock start = tick_after(write(THR, 0x55));
    for (unsigned i = 0; i < 15; ++i) write(THR, 0x55);
    wait_until(tick_after(start, 16 * 160));
    const Edges edges = sout();
    ASSERT_EQ(edges.size(), 160u);
    for (unsigned i = 0; i < edges.size(); ++i) {
      const double exact = double(start) + i * 16.0 * divisor * 15625 / 864;
      ASSERT_NEAR(double(edges[i].at), exact, 1.0) << "edge " << i;
    }
  }
}

TEST_P(UartRows, BUG_HALF_BIT_SLIP_at_clock_mismatch) {
  set_line(k8N1, 2);
  write(FCR, 0x01);
  for (const double speed : {0.98, 0.99, 1.01, 1.02}) {
    Bytes expected;
    for (unsigned i = 0; i < 15; ++i) {
      expected.push_back(i % 2 ? 0xff : 0x00);  // one edge a character, as late as can be
      send(expected.back(), 0, speed);
    }
    wait_until(line_free() + 20);
    EXPECT_EQ(read(LSR), 0x60 | kDR);
    EXPECT_EQ(read_all(), expected);
  }
}

TEST_P(UartRows, BUG_JUSTIFY_short_characters_are_right_justified) {
  write(FCR, 0x01);
  for (const std::uint8_t lcr : {0x00, 0x01, 0x02, 0x08, 0x1a}) {
    set_line(lcr, 1);
    for (const std::uint8_t byte : {0x01, 0x10, 0x1f}) {
      receive(byte);
      EXPECT_EQ(read(RBR), byte);
      forget();
      write(THR, std::uint8_t(byte | 0xe0));
      wait_until_sent();
      EXPECT_EQ(sent(), (Bytes{cut(lcr, std::uint8_t(byte | 0xe0))}));
    }
  }
}

TEST_P(UartRows, BUG_DELTA_LOST_in_a_collision_with_a_read) {
  // Reads and edges sweep across each other: every edge is seen by one read, exactly once.
  unsigned seen = 0;
  bool level = false;
  for (unsigned i = 0; i < 60; ++i) {
    level = !level;
    force_at(now() + i % 9, kCts, level);
    for (int reads = 0; reads < 3; ++reads) seen += read(MSR) & 0x01;
  }
  wait(10);
  seen += read(MSR) & 0x01;
  EXPECT_EQ(seen, 60u);
}

}  // namespace
}  // namespace mtty::check
