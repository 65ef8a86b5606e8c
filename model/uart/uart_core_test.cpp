// SPDX-License-Identifier: Apache-2.0
// What a UART used on its own shows that a card's bus cannot provoke: strobes in clocks that follow
// each other. The rest of its rows run on every body (tb/check).
#include "model/uart/uart_core.h"

#include <gtest/gtest.h>

#include <cstring>

#include "model/state/archive.h"
#include "model/time/crystal.h"

namespace mtty {
namespace {

// Edges 4 ... 20 are free of crystal pulses (2, 21, 39 ...).

TEST(UartCore, two_mcr_writes_in_a_row_leave_both_their_deltas) {  // LOOP
  UartCore uart;
  uart.write(4, reg::kMcr, 0x12);  // loop, RTS: CTS at edge 5
  uart.write(5, reg::kMcr, 0x11);  // loop, DTR: DSR at edge 6
  EXPECT_EQ(uart.peek(reg::kMsr), 0x11) << "State(5)";
  uart.advance_to(6);
  EXPECT_EQ(uart.peek(reg::kMsr), 0x23) << "State(6)";
}

TEST(UartCore, read_at_the_edge_of_a_delta_leaves_it) {  // MSR
  UartCore uart;
  uart.set_inputs(4, kSin | kCts);  // the delta is set at edge 7
  EXPECT_EQ(uart.read(7, reg::kMsr), 0x00);
  EXPECT_EQ(uart.peek(reg::kMsr), 0x11) << "State(7)";
  EXPECT_EQ(uart.now(), 7u);
  EXPECT_EQ(uart.read(8, reg::kMsr), 0x11);
  EXPECT_EQ(uart.read(9, reg::kMsr), 0x10);
}

TEST(UartCore, a_read_after_a_long_time_sees_what_has_happened_since) {  // MSR
  UartCore uart;
  uart.set_inputs(4, kSin | kCts);
  EXPECT_EQ(uart.read(20, reg::kMsr), 0x11);
}

TEST(UartCore, inputs_may_change_many_times_before_somebody_looks) {
  UartCore uart;
  for (Clock at = 4; at < 104; at += 10) uart.set_inputs(at, kSin | kCts | kRi);
  uart.set_inputs(104, kSin | kCts);
  for (Clock at = 114; at < 214; at += 20) {
    uart.set_inputs(at, kSin | kDcd);
    uart.set_inputs(at + 10, kSin);
  }
  uart.set_inputs(214, kSin | kDsr);
  uart.advance_to(220);
  EXPECT_EQ(uart.peek(reg::kMsr), 0x2f);
}

// In loop mode SIN is what LCR and THR say, from the next tick on.
TEST(UartCore, a_break_in_loop_mode_begins_with_the_next_tick) {
  UartCore uart;
  uart.write(4, reg::kLcr, 0x83);
  uart.write(5, reg::kDll, 1);
  uart.write(6, reg::kMcr, mcr::kLoop);
  uart.write(7, reg::kLcr, 0x43);
  // Half a start bit, eight data bits and a stop bit from the first tick, at pulse 1, on.
  const Clock enters = crystal::clock_of_pulse(1 + 8 + 9 * 16);
  uart.advance_to(enters - 1);
  EXPECT_EQ(uart.peek(reg::kLsr) & lsr::kDataReady, 0);
  uart.advance_to(enters);
  EXPECT_EQ(uart.peek(reg::kLsr) & lsr::kDataReady, lsr::kDataReady);
}

TEST(UartCore, is_restored_only_where_what_it_has_planned_lies_ahead) {
  UartCore uart;
  uart.set_inputs(4, kSin | kCts);  // arrives at edge 7
  char bytes[1024];
  StateWriter writer(bytes, sizeof bytes);
  writer(uart);
  const auto restore_at = [&](Clock now) {
    std::memcpy(bytes, &now, sizeof now);  // its first member
    UartCore restored;
    StateReader reader(bytes, writer.size());
    reader(restored);
    return restored.next_event();
  };
  EXPECT_EQ(restore_at(4), 7u);
  EXPECT_EQ(restore_at(6), 7u);
  EXPECT_THROW(restore_at(7), StateError);
  EXPECT_THROW(restore_at(1'000'000), StateError);
}

TEST(UartCore, accesses_in_a_row_see_each_other) {
  UartCore uart;
  uart.write(4, reg::kScr, 0x5a);
  EXPECT_EQ(uart.read(5, reg::kScr), 0x5a);
  uart.write(6, reg::kIer, 0x02);
  EXPECT_TRUE(uart.irq());
  EXPECT_EQ(uart.read(7, reg::kIir), 0x02);
  EXPECT_FALSE(uart.irq());
}

TEST(UartCore, peek_has_no_side_effect) {
  UartCore uart;
  uart.write(4, reg::kIer, 0x02);
  EXPECT_EQ(uart.peek(reg::kIir), 0x02);
  EXPECT_EQ(uart.peek(reg::kIir), 0x02);
  uart.set_inputs(5, kSin | kDcd);
  uart.advance_to(9);
  EXPECT_EQ(uart.peek(reg::kMsr), 0x88);
  EXPECT_EQ(uart.peek(reg::kMsr), 0x88);
}

TEST(UartCore, a_copy_is_a_snapshot) {
  UartCore uart;
  uart.write(4, reg::kLcr, 0x83);
  uart.write(5, reg::kDll, 1);
  uart.write(6, reg::kLcr, 0x03);
  uart.write(7, reg::kThr, 0x00);
  const UartCore snapshot = uart;
  uart.advance_to(25);
  EXPECT_FALSE(uart.outputs() & kSout);
  UartCore again = snapshot;
  EXPECT_TRUE(again.outputs() & kSout);
  EXPECT_EQ(again.next_event(), 21u);
  again.advance_to(21);
  EXPECT_FALSE(again.outputs() & kSout);
}

TEST(UartCore, nothing_under_way_is_never) {
  UartCore uart;
  EXPECT_EQ(uart.next_event(), kNever);
  EXPECT_EQ(uart.next_interrupt(0, true), kNever) << "no baud clock";
}

}  // namespace
}  // namespace mtty
