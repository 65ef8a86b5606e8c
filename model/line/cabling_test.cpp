// SPDX-License-Identifier: Apache-2.0
#include "model/line/cabling.h"

#include <gtest/gtest.h>

#include "model/state/archive.h"

namespace mtty {
namespace {

constexpr Cabling::Outputs kIdle{kOutputsIdle, kOutputsIdle};

/// What port 0 sees of each output of its own and of the other port.
InputPins seen(const Cabling& cabling, OutputPins own, OutputPins other) {
  return cabling.inputs(0, {own, other});
}

TEST(Cabling, loopback_is_the_default) {
  const Cabling cabling;
  EXPECT_EQ(cabling.plug_on(0), Plug::kLoopback);
  EXPECT_EQ(cabling.inputs(1, kIdle), kSin);
  EXPECT_EQ(seen(cabling, 0, kSout), 0);
  EXPECT_EQ(seen(cabling, kSout | kRts, kOutputsIdle), kSin | kCts);
  EXPECT_EQ(seen(cabling, kSout | kDtr, kOutputsIdle), kSin | kDsr | kDcd);
  EXPECT_EQ(seen(cabling, kSout | kOut1 | kOut2, kOutputsIdle), kSin);
}

TEST(Cabling, null_modem_is_crossed_and_has_two_ends) {
  Cabling cabling;
  cabling.plug(5, 0, Plug::kNullModem);
  EXPECT_EQ(cabling.plug_on(0), Plug::kLoopback) << "not yet";
  EXPECT_EQ(cabling.next_event(), 5u);
  cabling.apply(5);
  EXPECT_EQ(cabling.next_event(), kNever);
  EXPECT_EQ(cabling.plug_on(1), Plug::kNullModem);
  EXPECT_EQ(seen(cabling, 0, kSout | kRts), kSin | kCts);
  EXPECT_EQ(seen(cabling, kSout | kRts, kDtr), kDsr | kDcd);
  EXPECT_EQ(cabling.inputs(1, {OutputPins(kSout | kDtr), OutputPins(0)}), kSin | kDsr | kDcd);
  cabling.plug(6, 1, Plug::kLoopback);
  cabling.apply(6);
  EXPECT_EQ(cabling.plug_on(0), Plug::kNone) << "the other end hangs loose";
}

TEST(Cabling, none_is_mark_and_inactive) {
  Cabling cabling;
  cabling.plug(0, 0, Plug::kNone);
  cabling.apply(0);
  EXPECT_EQ(seen(cabling, kDtr | kRts, 0), kSin);
}

TEST(Cabling, forced_pins_until_the_next_plug) {
  Cabling cabling;
  cabling.force(0, 0, kCts, true);
  cabling.force(0, 0, kSin, false);
  cabling.apply(0);
  EXPECT_EQ(cabling.inputs(0, kIdle), kCts);
  EXPECT_EQ(cabling.inputs(1, kIdle), kSin);
  cabling.plug(1, 0, Plug::kLoopback);
  cabling.apply(1);
  EXPECT_EQ(cabling.inputs(0, kIdle), kSin);
}

TEST(Cabling, sin_is_mark_only_where_plug_and_sender_are) {
  Cabling cabling;
  cabling.send(3, 0, false);
  cabling.send(9, 0, true);
  cabling.apply(3);
  EXPECT_EQ(seen(cabling, kSout, kSout), 0);
  cabling.apply(9);
  EXPECT_EQ(seen(cabling, kSout, kSout), kSin);
  EXPECT_EQ(seen(cabling, 0, kSout), 0);
}

TEST(Cabling, changes_come_in_the_order_of_their_clocks_and_then_of_the_calls) {
  Cabling cabling;
  cabling.send(20, 0, false);
  cabling.send(10, 0, true);
  cabling.force(10, 0, kDcd, true);
  cabling.force(10, 0, kDcd, false);
  EXPECT_EQ(cabling.next_event(), 10u);
  cabling.apply(15);
  EXPECT_EQ(cabling.inputs(0, kIdle), kSin);
  EXPECT_EQ(cabling.next_event(), 20u);
  cabling.apply(25);
  EXPECT_EQ(cabling.inputs(0, kIdle), 0);
}

TEST(Cabling, is_restored_with_what_is_planned) {
  Cabling saved;
  saved.plug(1, 0, Plug::kNone);
  saved.force(5, 0, kDcd, true);
  saved.send(9, 0, false);
  saved.apply(1);
  char bytes[256];
  StateWriter writer(bytes, sizeof bytes);
  writer(saved);

  Cabling restored;
  restored.force(2, 0, kCts, true);  // forgotten
  StateReader reader(bytes, writer.size());
  reader(restored);
  reader.finish();
  EXPECT_EQ(restored.plug_on(0), Plug::kNone);
  EXPECT_EQ(restored.next_event(), 5u);
  restored.apply(5);
  EXPECT_EQ(restored.inputs(0, kIdle), kSin | kDcd);
  EXPECT_EQ(restored.next_event(), 9u);
  restored.apply(9);
  EXPECT_EQ(restored.inputs(0, kIdle), kDcd);
  EXPECT_EQ(restored.next_event(), kNever);
}

TEST(Cabling, names) {
  for (const Plug plug : {Plug::kNone, Plug::kLoopback, Plug::kNullModem})
    EXPECT_EQ(plug_named(name_of(plug)), plug);
  EXPECT_EQ(plug_named("null-modem"), Plug::kNullModem);
  EXPECT_FALSE(plug_named("rubbish"));
  EXPECT_EQ(name_of(Plug{9}), "");
}

}  // namespace
}  // namespace mtty
