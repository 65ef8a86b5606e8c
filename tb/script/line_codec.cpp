// SPDX-License-Identifier: Apache-2.0
#include "tb/script/line_codec.h"

#include <algorithm>
#include <utility>

#include "model/time/crystal.h"

namespace mtty {
namespace {

Clock clocks_of_ticks(Tick ticks, unsigned divisor) {
  return crystal::clocks_of_periods(ticks * divisor);
}

}  // namespace

void LineSender::send(Dut& dut, unsigned port, Clock at, const LineSettings& settings,
                      const std::vector<std::uint8_t>& bytes) {
  const LineFormat format = settings.format();
  const Clock begin = std::max(at, free_);
  Tick ticks = 0;  // since begin: no rounding adds up
  bool level = true;
  for (const std::uint8_t byte : bytes) {
    const std::uint32_t levels = format.levels_of(byte);
    for (unsigned bit = 0; bit <= format.bits_before_stop(); ++bit) {
      if (bool(levels >> bit & 1) == level) continue;
      level = !level;
      dut.send(begin + clocks_of_ticks(ticks + bit * kTicksPerBit, settings.divisor), port, level);
    }
    ticks += format.ticks();
  }
  free_ = begin + clocks_of_ticks(ticks, settings.divisor);
}

Clock LineReader::sample_clock() const {
  return start_ + clocks_of_ticks(bit_ * kTicksPerBit + kTicksPerBit / 2, settings_.divisor);
}

void LineReader::sample_until(Clock clock) {
  while (receiving_ && sample_clock() <= clock) {
    const Clock at = sample_clock();
    levels_ |= std::uint32_t{level_} << bit_;
    if (++bit_ <= settings_.format().bits_before_stop()) continue;
    receiving_ = false;
    wait_for_mark_ = !level_;
    if (level_)
      characters_.push_back(
          {at, std::uint8_t(std::uint8_t(levels_ >> 1) & settings_.format().data_mask())});
  }
}

void LineReader::edge(Clock at, bool level, const LineSettings& settings) {
  if (level == level_) return;
  if (at > 0) sample_until(at - 1);
  level_ = level;
  if (level) wait_for_mark_ = false;
  if (receiving_ || level || wait_for_mark_ || settings.divisor == 0) return;
  receiving_ = true;
  settings_ = settings;
  start_ = at;
  bit_ = 0;
  levels_ = 0;
}

std::vector<std::uint8_t> LineReader::take(Clock until, Clock now) {
  sample_until(now);
  std::vector<std::uint8_t> bytes;
  for (; !characters_.empty() && characters_.front().at <= until; characters_.pop_front())
    bytes.push_back(characters_.front().byte);
  return bytes;
}

}  // namespace mtty
