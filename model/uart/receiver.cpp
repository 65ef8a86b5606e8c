// SPDX-License-Identifier: Apache-2.0
#include "model/uart/receiver.h"

#include <algorithm>

namespace mtty {
namespace {

constexpr unsigned kHalfBit = kTicksPerBit / 2;
constexpr unsigned kTriggerLevels[] = {1, 4, 8, 14};

}  // namespace

void Receiver::set_line(bool level, Tick next) {
  if (state_ == State::kBits) sample_bits_before(next);
  line_ = level;
  const bool waits_for_low = state_ == State::kIdle;
  const bool waits_for_mark = state_ == State::kWaitMark;
  if (waits_for_low || waits_for_mark) next_sample_ = level == waits_for_mark ? next : kNoTick;
}

void Receiver::clear() {
  fifo_.clear();
  fifo_error_ = false;
  stop_timeout();
}

void Receiver::set_fifo_mode(bool enabled) {
  clear();
  fifo_mode_ = enabled;
}

std::uint8_t Receiver::read(Tick ticks, LineFormat format) {
  if (fifo_.empty()) return last_read_;
  last_read_ = fifo_.pop().data;
  stop_timeout();
  // The read lies between two ticks, so four character times have passed one tick later than from a
  // tick.
  if (fifo_mode_ && !fifo_.empty()) timeout_ = ticks + 1 + kTimeoutCharacters * format.ticks();
  return last_read_;
}

bool Receiver::data_available() const {
  return fifo_.size() >= (fifo_mode_ ? kTriggerLevels[trigger_] : 1);
}

Tick Receiver::next_status_tick() const {
  if (next_sample_ == kNoTick) return timeout_;
  Tick stop = next_sample_;
  switch (state_) {
    case State::kBits:
      break;
    case State::kStart:
    case State::kResync:  // the stop sample that it follows lies one tick back
      stop += format_.bits_before_stop() * kTicksPerBit - 1;
      break;
    case State::kIdle:
    case State::kWaitMark:
      stop += kShortestCharacter;
      break;
  }
  return std::min(timeout_, stop);
}

void Receiver::on_tick(Tick tick, LineFormat format) {
  const bool fires = tick == timeout_;
  if (fires) timeout_ = kNoTick;
  const unsigned held = fifo_.size();
  if (tick == next_sample_) sample(tick, format);
  // A character that enters at this very tick has restarted it instead.
  if (fires && fifo_.size() == held) timed_out_ = true;
}

void Receiver::sample(Tick tick, LineFormat format) {
  switch (state_) {
    case State::kIdle:  // line low: perhaps a start bit
      state_ = State::kStart;
      format_ = format;
      next_sample_ = tick + kHalfBit;
      return;
    case State::kStart:
      if (line_) return rest();  // a glitch
      return begin_bits(tick, format_);
    case State::kBits:
      sample_bits_before(tick);
      return finish(tick, line_, format);
    case State::kResync:
      if (line_) return rest();
      return begin_bits(tick - 1, format_);
    case State::kWaitMark:
      return rest();
  }
}

void Receiver::begin_bits(Tick middle_of_start, LineFormat format) {
  state_ = State::kBits;
  format_ = format;
  bit_ = 0;
  shift_ = 0;
  next_sample_ = middle_of_start + format_.bits_before_stop() * kTicksPerBit;
}

/// The data and parity bits whose middles lie before this tick, which is not after next_sample_.
void Receiver::sample_bits_before(Tick tick) {
  const unsigned stop = format_.bits_before_stop() - 1;  // the start bit is behind us
  const auto end = stop - unsigned(next_sample_ - tick) / kTicksPerBit;
  if (end <= bit_) return;
  if (line_) shift_ |= std::uint16_t((1u << end) - (1u << bit_));
  bit_ = std::uint8_t(end);
}

void Receiver::finish(Tick tick, bool stop, LineFormat format) {
  const auto data = std::uint8_t(shift_ & format_.data_mask());
  const bool parity = shift_ >> format_.data_bits() & 1;
  const bool broken = !stop && shift_ == 0;
  std::uint8_t errors = 0;
  if (format_.has_parity() && parity != format_.parity_of(data)) errors |= lsr::kParity;
  if (!stop) errors |= lsr::kFraming;
  if (broken) errors |= lsr::kBreak;
  enter(tick, {data, errors}, format);

  if (stop) return rest();
  if (broken) {
    state_ = State::kWaitMark;
    next_sample_ = kNoTick;
    return;
  }
  // The low in the stop bit's place is taken for the next start bit, and sampled twice.
  state_ = State::kResync;
  format_ = format;
  next_sample_ = tick + 1;
}

void Receiver::enter(Tick tick, Character character, LineFormat format) {
  const unsigned depth = fifo_mode_ ? fifo_.kDepth : 1;
  if (fifo_.size() == depth) {
    overrun_ = true;
    if (!fifo_mode_) fifo_[0] = character;
    return;
  }
  fifo_.push(character);
  if (!fifo_mode_) return;
  if (character.errors) fifo_error_ = true;
  if (!timed_out_) timeout_ = tick + kTimeoutCharacters * format.ticks();
}

/// With the line at mark.
void Receiver::rest() {
  state_ = State::kIdle;
  next_sample_ = kNoTick;
}

void Receiver::stop_timeout() {
  timeout_ = kNoTick;
  timed_out_ = false;
}

}  // namespace mtty
