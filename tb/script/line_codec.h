// SPDX-License-Identifier: Apache-2.0
// Characters on a serial line: sent into SIN, and read back from the edges of SOUT.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "model/time/clock.h"
#include "tb/dut/dut.h"
#include "tb/dut/programmed_card.h"

namespace mtty {

/// Sends characters into a port's SIN, one after the other, at exact bit times.
class LineSender {
 public:
  /// Bytes at these settings (divisor not 0), from clock `at` on or behind what is being sent
  /// already.
  void send(Dut& dut, unsigned port, Clock at, const LineSettings& settings,
            const std::vector<std::uint8_t>& bytes);

 private:
  Clock free_ = 0;  // the last stop bit ends
};

/// Reads the characters on SOUT, sampling each bit in its middle. A character counts once its stop
/// bit was seen; one without (a break) does not count.
class LineReader {
 public:
  /// SOUT changes at clock `at`; a start bit is read with these settings.
  void edge(Clock at, bool level, const LineSettings& settings);
  /// The characters whose stop bit was seen at clocks <= until, not yet taken; the line is known up
  /// to `now`.
  std::vector<std::uint8_t> take(Clock until, Clock now);

 private:
  void sample_until(Clock clock);
  Clock sample_clock() const;

  struct Character {
    Clock at;
    std::uint8_t byte;
  };
  std::deque<Character> characters_;
  bool level_ = true;
  bool receiving_ = false;
  bool wait_for_mark_ = false;
  LineSettings settings_;
  Clock start_ = 0;
  unsigned bit_ = 0;
  std::uint32_t levels_ = 0;
};

}  // namespace mtty
