// SPDX-License-Identifier: Apache-2.0
#include "model/uart/transmitter.h"

#include <algorithm>

namespace mtty {

void Transmitter::write(std::uint8_t byte, Tick next) {
  if (!fifo_mode_)
    fifo_.clear();  // THR is one deep and takes the newest byte
  else if (fifo_.full())
    return;
  fifo_.push(byte);
  thr_empty_ = false;
  if (fifo_.size() >= 2) held_two_ = true;
  if (!sending_) next_ = next;
}

bool Transmitter::clear() {
  fifo_.clear();
  if (!sending_) next_ = kNoTick;
  return !thr_empty_ && raise_thr_empty();
}

bool Transmitter::set_fifo_mode(bool enabled) {
  const bool rose = clear();
  fifo_mode_ = enabled;
  first_since_mode_ = true;
  return rose;
}

Tick Transmitter::next_status_tick() const {
  if (!sending_) return next_;
  return next_ <= last_stop_ ? last_stop_ : end_;
}

bool Transmitter::on_tick(Tick tick, LineFormat format) {
  if (!sending_ || tick == end_) {
    sending_ = !fifo_.empty();
    if (sending_) return begin_frame(tick, format);
    next_ = kNoTick;
    return false;
  }
  line_ = levels_ >> ((tick - start_) / kTicksPerBit) & 1;
  const bool rose = tick == last_stop_ && fifo_.empty() && !thr_empty_ && raise_thr_empty();
  plan(tick);
  return rose;
}

bool Transmitter::begin_frame(Tick tick, LineFormat format) {
  levels_ = format.levels_of(fifo_.pop());
  line_ = false;
  start_ = tick;
  end_ = tick + format.ticks();
  last_stop_ = end_ - format.last_stop_ticks();
  plan(tick);
  // The indication waits for the last stop bit where a lone byte passes through the FIFO
  // (TL16C550C, "FIFO interrupt mode operation", 2 of the transmitter's list).
  const bool immediate = !fifo_mode_ || held_two_ || first_since_mode_;
  return fifo_.empty() && immediate && raise_thr_empty();
}

/// The next tick after this one at which the line changes, the last stop bit begins or the frame
/// ends.
void Transmitter::plan(Tick tick) {
  const unsigned bit = unsigned(tick - start_) / kTicksPerBit;
  const std::uint32_t levels = levels_ >> bit;
  const std::uint32_t edges = (levels ^ (levels >> 1)) & 0xffff;
  const Tick edge = edges ? start_ + (bit + 1 + __builtin_ctz(edges)) * Tick{kTicksPerBit} : end_;
  next_ = std::min(edge, tick < last_stop_ ? last_stop_ : end_);
}

bool Transmitter::raise_thr_empty() {
  thr_empty_ = true;
  held_two_ = false;
  first_since_mode_ = false;
  return true;
}

}  // namespace mtty
