// SPDX-License-Identifier: Apache-2.0
// Row DIV: the arithmetic against the counter of docs/timing.md, "Baud generator".
#include "model/uart/baud_generator.h"

#include <gtest/gtest.h>

#include <random>

namespace mtty {
namespace {

/// As the page says it, pulse by pulse.
class Counter {
 public:
  void set_divisor(std::uint16_t divisor) { divisor_ = divisor; }
  /// Whether this pulse ticks.
  bool pulse() {
    if (count_ > 1) {
      --count_;
      return false;
    }
    count_ = divisor_;
    return divisor_ != 0;
  }

 private:
  std::uint16_t divisor_ = 0;
  unsigned count_ = 0;
};

TEST(Crystal, pulses_are_where_the_page_has_them) {
  const Clock first[] = {2, 21, 39, 57};
  for (unsigned k = 0; k < 4; ++k) EXPECT_EQ(crystal::clock_of_pulse(k), first[k]);
  for (std::uint64_t k = 0; k < 5000; ++k) {
    // P(k) = ceil(k x 15625 / 864) + 2
    const Clock edge = k * 15625 / 864 + (k * 15625 % 864 != 0) + 2;
    ASSERT_EQ(crystal::clock_of_pulse(k), edge);
    ASSERT_TRUE(crystal::pulse_at(edge));
    ASSERT_FALSE(crystal::pulse_at(edge - 1) || crystal::pulse_at(edge + 1));
    ASSERT_EQ(crystal::pulses_until(edge - 1), k);
    ASSERT_EQ(crystal::pulses_until(edge), k + 1);
  }
}

TEST(Crystal, pulses_are_the_synchronised_rising_edges_of_the_pin) {
  // Sampled at edge n into the first flip-flop, seen by the edge detector two edges later.
  for (Clock n = 1; n < 50'000; ++n) {
    const bool rise = crystal::pin_at(n) && !crystal::pin_at(n - 1);
    ASSERT_EQ(crystal::pulse_at(n + crystal::kSynchroniser), rise) << n;
  }
}

TEST(BaudGenerator, does_what_a_counter_does) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    BaudGenerator baud;
    Counter counter;
    Tick ticks = 0;
    std::uint64_t pulse = 0;
    for (int write = 0; write < 10; ++write) {
      constexpr std::uint16_t kDivisors[] = {0, 1, 2, 3, 5, 17, 300, 0xffff};
      const std::uint16_t divisor = kDivisors[random() % 8];
      Clock strobe = crystal::clock_of_pulse(pulse) - 1;  // just before the next pulse
      baud.set_divisor(strobe, divisor);
      counter.set_divisor(divisor);
      ASSERT_EQ(baud.divisor(), divisor);
      ASSERT_EQ(baud.ticks_until(strobe), ticks);
      for (unsigned i = random() % 700; i > 0; --i) {
        const Clock edge = crystal::clock_of_pulse(pulse++);
        const Tick next = ticks + 1;
        if (counter.pulse()) {
          ASSERT_EQ(baud.clock_of(next), edge);
          ++ticks;
        } else {
          ASSERT_NE(baud.clock_of(next), edge);
        }
        ASSERT_EQ(baud.ticks_until(edge), ticks);
      }
    }
  }
}

TEST(BaudGenerator, divisor_0_never_ticks) {
  BaudGenerator baud;
  EXPECT_EQ(baud.clock_of(1), kNever);
  EXPECT_EQ(baud.ticks_until(1'000'000), 0u);
}

TEST(BaudGenerator, clock_of_no_tick_is_never) {
  BaudGenerator baud;
  baud.set_divisor(0, 1);
  EXPECT_EQ(baud.clock_of(kNoTick), kNever);
}

}  // namespace
}  // namespace mtty
