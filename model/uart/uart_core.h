// SPDX-License-Identifier: Apache-2.0
// A 16550A as plain C++: registers, pins, and time in PCI clocks. A copy of the object is a
// snapshot.
#pragma once

#include "model/time/clock.h"
#include "model/uart/baud_generator.h"
#include "model/uart/input_synchroniser.h"
#include "model/uart/modem_lines.h"
#include "model/uart/pins.h"
#include "model/uart/receiver.h"
#include "model/uart/transmitter.h"

namespace mtty {

/// Time only moves forward: each `at` is not before now(). An access at edge n sees State(n - 1),
/// and when it returns the object holds State(n). No access may fall on a crystal pulse
/// (docs/timing.md).
class UartCore {
 public:
  Clock now() const { return now_; }

  std::uint8_t read(Clock at, unsigned offset) {
    if (next_ < at) advance_to(at - 1);
    const std::uint8_t value = read_register(at, offset);
    advance_to(at);
    return value;
  }
  /// read() for an owner who has brought the UART to State(at - 1) and brings it to State(at) then.
  std::uint8_t read_register(Clock at, unsigned offset);
  /// Returns false where that was all: no pin moves, no event is planned anew.
  bool write(Clock at, unsigned offset, std::uint8_t value) {
    // No tick falls on this edge, and what the synchroniser and the modem lines do at it they do
    // with the registers of State(at - 1).
    advance_to(at);
    return write_register(at, offset, value);
  }
  /// To State(clock).
  void advance_to(Clock clock) {
    while (next_ <= clock) step();
    now_ = clock;
  }
  /// RST# goes low at clock `at` (all registers to their reset values) and high again at
  /// release_reset.
  void assert_reset(Clock at);
  void release_reset(Clock at);
  /// The input pins change at clock `at`.
  void set_inputs(Clock at, InputPins pins);

  /// The next edge at which anything in State changes by itself; kNever where nothing is under way.
  Clock next_event() const { return next_; }
  /// The interrupt does not change by itself before this edge, be the levels of SIN to come what
  /// they may; `sin_may_move` is false where SIN keeps its level until somebody sends. `clock` may
  /// be ahead of now() where nothing happens in between.
  Clock next_interrupt(Clock clock, bool sin_may_move) const;
  /// A frame is on its way out.
  bool sending() const { return transmitter_.sending(); }

  bool irq() const { return ier_ != 0 && iir() != iir::kNone; }
  OutputPins outputs() const {
    if (loop()) return kOutputsIdle;
    return OutputPins((mcr_ & (mcr::kDtr | mcr::kRts | mcr::kOut1 | mcr::kOut2)) |
                      (line_out() ? kSout : 0));
  }
  InputPins inputs() const { return synchroniser_.pins(); }

  /// What a read would return, without its side effects.
  std::uint8_t peek(unsigned offset) const;
  std::uint16_t divisor() const { return baud_.divisor(); }

  template <class Archive>
  void visit(Archive& archive) {
    archive(now_, next_, tick_at_, next_tick_, modem_update_, in_reset_, baud_, transmitter_,
            receiver_, synchroniser_, pins_, modem_, ier_, fcr_, lcr_, mcr_, scr_, thre_pending_);
    if constexpr (Archive::kReads) archive.check(fits());
  }

 private:
  bool divisor_latch() const { return lcr_ & lcr::kDivisorLatch; }
  bool loop() const { return mcr_ & mcr::kLoop; }
  bool line_out() const { return transmitter_.line() && !(lcr_ & lcr::kBreak); }
  LineFormat format() const { return LineFormat(lcr_); }
  std::uint8_t iir() const;
  std::uint8_t lsr_transmitter() const {
    return (transmitter_.thr_empty() ? lsr::kThrEmpty : 0) |
           (transmitter_.empty() ? lsr::kTransmitterEmpty : 0);
  }
  std::uint8_t modem_levels() const;

  bool write_register(Clock at, unsigned offset, std::uint8_t value);
  void write_ier(std::uint8_t value);
  void write_fcr(Clock at, std::uint8_t value);
  void write_mcr(Clock at, std::uint8_t value);
  void feed_receiver(Tick next);
  void step();
  void plan_tick();
  void plan();
  bool fits() const;

  Clock now_ = 0;
  Clock next_ = kNever;       // the earliest of all that is planned
  Clock tick_at_ = kNever;    // the edge of tick next_tick_
  Tick next_tick_ = kNoTick;  // at which the receiver or the transmitter has something to do
  Clock modem_update_ =
      kNever;  // the third flip-flop of the modem lines changes after a write of MCR
  bool in_reset_ = false;

  BaudGenerator baud_;
  Transmitter transmitter_;
  Receiver receiver_;
  InputSynchroniser synchroniser_;
  InputPins pins_ = kInputsIdle;  // behind the synchroniser
  ModemLines modem_;

  std::uint8_t ier_ = 0;
  std::uint8_t fcr_ = 0;
  std::uint8_t lcr_ = 0;
  std::uint8_t mcr_ = 0;
  std::uint8_t scr_ = 0;
  bool thre_pending_ = false;
};

}  // namespace mtty
