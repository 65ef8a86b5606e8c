// SPDX-License-Identifier: Apache-2.0
// Transmit FIFO and shift register (TL16C550C, "transmitter"; docs/timing.md, "Transmitter").
#pragma once

#include "model/uart/fifo.h"
#include "model/uart/frame.h"

namespace mtty {

/// Works in ticks: the owner calls on_tick at next_tick(), and after each write tells it from which
/// tick on it may look.
class Transmitter {
 public:
  /// A byte for the FIFO or THR; `next` is the first tick after the write.
  void write(std::uint8_t byte, Tick next);
  /// FCR: empties the FIFO; the frame on the line goes on. True where THRE rose.
  bool clear();
  /// FCR[0] changed: both modes begin with an empty FIFO. True where THRE rose.
  bool set_fifo_mode(bool enabled);

  /// The tick at which something changes next; kNoTick while there is nothing to send.
  Tick next_tick() const { return next_; }
  /// The first tick, not before next_tick(), at which LSR[6:5] may rise.
  Tick next_status_tick() const;
  /// To be called at next_tick(), with the line settings as they stand. True where THRE rose.
  bool on_tick(Tick tick, LineFormat format);

  bool line() const { return line_; }
  bool thr_empty() const { return thr_empty_; }
  bool empty() const { return !sending_ && fifo_.empty(); }
  bool sending() const { return sending_; }

  template <class Archive>
  void visit(Archive& archive) {
    archive(fifo_, fifo_mode_, thr_empty_, held_two_, first_since_mode_, sending_, line_, levels_,
            start_, last_stop_, end_, next_);
    archive.check(!sending_ || (start_ < next_ && next_ <= end_ && end_ - start_ <= kLongestFrame));
    archive.check(!sending_ || (start_ < last_stop_ && last_stop_ < end_));
  }
  /// A restored one may stand like this when `ticks` have happened.
  bool fits(Tick ticks) const { return next_ == kNoTick || next_ - ticks - 1 < kLongestFrame; }

 private:
  bool begin_frame(Tick tick, LineFormat format);
  void plan(Tick tick);
  bool raise_thr_empty();

  Fifo<std::uint8_t> fifo_;
  bool fifo_mode_ = false;
  bool thr_empty_ = true;
  bool held_two_ = false;          // FIFO held two bytes at once since THRE last rose
  bool first_since_mode_ = false;  // THRE has not risen since FCR[0] changed

  bool sending_ = false;
  bool line_ = true;
  std::uint32_t levels_ = 0;  // of the frame, bit by bit; all ones from the stop bit on
  Tick start_ = 0;
  Tick last_stop_ = 0;
  Tick end_ = 0;
  Tick next_ = kNoTick;
};

}  // namespace mtty
