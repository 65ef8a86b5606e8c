// SPDX-License-Identifier: Apache-2.0
// Sampling, receive FIFO with error bits, character timeout (TL16C550C; docs/timing.md,
// "Receiver").
#pragma once

#include "model/uart/fifo.h"
#include "model/uart/frame.h"

namespace mtty {

/// Works in ticks: the owner calls on_tick at next_tick(), and set_line where the line changes.
class Receiver {
 public:
  /// The line has changed; `next` is the first tick that sees the new level.
  void set_line(bool level, Tick next);
  bool line() const { return line_; }

  /// FCR: empties the FIFO; what is being received goes on.
  void clear();
  void set_fifo_mode(bool enabled);
  void set_trigger(unsigned code) { trigger_ = code; }

  /// RBR; `ticks` have happened so far. On an empty FIFO the last character again, no side effect.
  std::uint8_t read(Tick ticks, LineFormat format);
  /// LSR[7] and LSR[4:0], which the read clears.
  std::uint8_t read_status() {
    const std::uint8_t bits = status();
    overrun_ = false;
    if (!fifo_.empty()) fifo_[0].errors = 0;
    if (fifo_error_) {
      fifo_error_ = false;
      for (unsigned i = 1; i < fifo_.size(); ++i) fifo_error_ |= fifo_[i].errors != 0;
    }
    return bits;
  }
  std::uint8_t status() const {
    std::uint8_t bits = 0;
    if (!fifo_.empty()) bits |= lsr::kDataReady | fifo_[0].errors;
    if (overrun_) bits |= lsr::kOverrun;
    if (fifo_error_) bits |= lsr::kFifoError;
    return bits;
  }

  /// The tick at which something happens next; kNoTick while the line rests and no timeout runs.
  Tick next_tick() const { return next_sample_ < timeout_ ? next_sample_ : timeout_; }
  /// Of what is under way: LSR does not change before this tick.
  Tick next_status_tick() const;
  /// Nothing is being received; a character that begins now takes kShortestCharacter ticks at the
  /// least.
  bool waits_for_line() const { return next_sample_ == kNoTick; }
  /// Half a start bit, five data bits and half a stop bit.
  static constexpr Tick kShortestCharacter = 6 * kTicksPerBit;
  /// To be called at next_tick(), with the line settings as they stand.
  void on_tick(Tick tick, LineFormat format);

  bool line_status() const { return status() & (lsr::kOverrun | lsr::kCharacterErrors); }
  /// FIFO at its trigger level or above; without FIFOs, a character is there.
  bool data_available() const;
  bool timed_out() const { return timed_out_; }

  template <class Archive>
  void visit(Archive& archive) {
    archive(fifo_, fifo_mode_);
    archive.limit(trigger_, std::uint8_t{3});
    archive(last_read_, overrun_, fifo_error_, line_);
    archive.limit(state_, State::kWaitMark);
    archive(format_);
    archive(bit_, shift_, next_sample_, timeout_, timed_out_);
    archive.check(state_ != State::kBits || bit_ < format_.bits_before_stop());
  }
  /// A restored one may stand like this when `ticks` have happened.
  bool fits(Tick ticks) const {
    return (next_sample_ == kNoTick || next_sample_ - ticks - 1 < kLongestFrame) &&
           (timeout_ == kNoTick || timeout_ - ticks - 1 <= kTimeoutCharacters * kLongestFrame);
  }

 private:
  static constexpr unsigned kTimeoutCharacters = 4;
  enum class State : std::uint8_t { kIdle, kStart, kBits, kResync, kWaitMark };
  struct Character {
    std::uint8_t data;
    std::uint8_t errors;  // LSR[4:2]

    template <class Archive>
    void visit(Archive& archive) {
      archive(data, errors);
    }
  };

  void sample(Tick tick, LineFormat format);
  void sample_bits_before(Tick tick);
  void begin_bits(Tick middle_of_start, LineFormat format);
  void finish(Tick tick, bool stop, LineFormat format);
  void enter(Tick tick, Character character, LineFormat format);
  void rest();
  void stop_timeout();

  Fifo<Character> fifo_;
  bool fifo_mode_ = false;
  std::uint8_t trigger_ = 0;  // FCR[7:6]
  std::uint8_t last_read_ = 0;
  bool overrun_ = false;
  bool fifo_error_ = false;

  bool line_ = true;
  State state_ = State::kIdle;
  LineFormat format_;     // of the character being received
  std::uint8_t bit_ = 0;  // of those after the start bit, the next to be sampled
  std::uint16_t shift_ = 0;
  // The next sample that changes anything but shift_: of the bits of a character the stop bit.
  // Those before it are sampled together where the line changes, for they all see the same level.
  Tick next_sample_ = kNoTick;

  Tick timeout_ = kNoTick;  // when it fires
  bool timed_out_ = false;
};

}  // namespace mtty
