// SPDX-License-Identifier: Apache-2.0
#include "model/uart/uart_core.h"

#include <algorithm>

namespace mtty {

std::uint8_t UartCore::iir() const {
  // Fixed priority, TL16C550C table 5; the sources are not OR-ed.
  if (ier_ & ier::kLineStatus && receiver_.line_status()) return iir::kLineStatus;
  if (ier_ & ier::kReceived && receiver_.data_available()) return iir::kReceived;
  if (ier_ & ier::kReceived && receiver_.timed_out()) return iir::kTimeout;
  if (ier_ & ier::kThrEmpty && thre_pending_) return iir::kThrEmpty;
  if (ier_ & ier::kModem && modem_.changed()) return iir::kModem;
  return iir::kNone;
}

/// What the third flip-flop of each modem line takes at the next edge.
std::uint8_t UartCore::modem_levels() const {
  if (!loop()) return pins_ & kModemInputs;
  return (mcr_ & mcr::kRts ? msr::kCts : 0) | (mcr_ & mcr::kDtr ? msr::kDsr : 0) |
         (mcr_ & mcr::kOut1 ? msr::kRi : 0) | (mcr_ & mcr::kOut2 ? msr::kDcd : 0);
}

std::uint8_t UartCore::peek(unsigned offset) const {
  if (divisor_latch()) {
    if (offset == reg::kDll) return baud_.divisor() & 0xff;
    if (offset == reg::kDlm) return baud_.divisor() >> 8;
  }
  switch (offset) {
    case reg::kRbr: {
      Receiver copy = receiver_;
      return copy.read(0, format());
    }
    case reg::kIer:
      return ier_;
    case reg::kIir:
      return iir() | (fcr_ & fcr::kEnable ? iir::kFifosEnabled : 0);
    case reg::kLcr:
      return lcr_;
    case reg::kMcr:
      return mcr_;
    case reg::kLsr:
      return receiver_.status() | lsr_transmitter();
    case reg::kMsr:
      return modem_.value();
    default:
      return scr_;
  }
}

std::uint8_t UartCore::read_register(Clock at, unsigned offset) {
  switch (offset) {
    case reg::kLsr:
      return receiver_.read_status() | lsr_transmitter();
    case reg::kMsr:
      return modem_.read();
    case reg::kIir: {
      const std::uint8_t value = peek(offset);
      if ((value & 0x0f) == iir::kThrEmpty) thre_pending_ = false;
      return value;
    }
    case reg::kRbr:
      if (!divisor_latch()) {
        const std::uint8_t value = receiver_.read(baud_.ticks_until(at), format());
        plan();
        return value;
      }
      [[fallthrough]];
    default:
      return peek(offset);
  }
}

bool UartCore::write_register(Clock at, unsigned offset, std::uint8_t value) {
  switch (offset) {
    case reg::kThr:
      if (divisor_latch()) {
        baud_.set_divisor(at, (baud_.divisor() & 0xff00) | value);
        break;
      }
      transmitter_.write(value, baud_.ticks_until(at) + 1);
      thre_pending_ = false;
      break;
    case reg::kIer:
      if (!divisor_latch()) {
        write_ier(value);
        return false;
      }
      baud_.set_divisor(at, std::uint16_t((baud_.divisor() & 0x00ff) | value << 8));
      break;
    case reg::kFcr:
      write_fcr(at, value);
      break;
    case reg::kLcr:
      lcr_ = value;
      feed_receiver(baud_.ticks_until(at) + 1);
      break;
    case reg::kMcr:
      write_mcr(at, value);
      break;
    case reg::kScr:
      scr_ = value;
      return false;
    default:  // writes to LSR and MSR are ignored
      return false;
  }
  plan();
  return true;
}

void UartCore::write_ier(std::uint8_t value) {
  const bool enabled = value & ~ier_ & ier::kThrEmpty;
  if (enabled && transmitter_.thr_empty()) thre_pending_ = true;
  ier_ = value & ier::kMask;
}

void UartCore::write_fcr(Clock, std::uint8_t value) {
  const bool enable = value & fcr::kEnable;
  bool rose = false;
  if (enable != bool(fcr_ & fcr::kEnable)) {
    receiver_.set_fifo_mode(enable);
    rose = transmitter_.set_fifo_mode(enable);
  }
  fcr_ = enable ? value : fcr_ & ~fcr::kEnable;  // the other bits take only together with bit 0
  if (enable) {
    if (value & fcr::kClearReceiver) receiver_.clear();
    if (value & fcr::kClearTransmitter) rose |= transmitter_.clear();
    receiver_.set_trigger(value >> fcr::kTriggerShift);
  }
  if (rose) thre_pending_ = true;
}

void UartCore::write_mcr(Clock at, std::uint8_t value) {
  mcr_ = value & mcr::kMask;
  modem_update_ = at + 1;
  feed_receiver(baud_.ticks_until(at) + 1);
}

/// Tells the receiver what its line is now; `next` is the first tick that sees it.
void UartCore::feed_receiver(Tick next) {
  const bool line = loop() ? line_out() : bool(pins_ & kSin);
  if (line != receiver_.line()) receiver_.set_line(line, next);
}

void UartCore::set_inputs(Clock at, InputPins pins) {
  if (at > now_) advance_to(at);
  synchroniser_.set(at, pins);
  next_ = std::min(next_, synchroniser_.next_event());
}

/// One edge: first what arrives at the line, then the tick, then the modem lines (docs/timing.md).
void UartCore::step() {
  const Clock edge = next_;
  if (synchroniser_.next_event() == edge) {
    pins_ = synchroniser_.take();
    feed_receiver(baud_.ticks_until(edge - 1) + 1);
    plan_tick();
    modem_update_ = edge;
  }
  if (tick_at_ == edge) {
    const Tick tick = next_tick_;
    if (receiver_.next_tick() == tick) receiver_.on_tick(tick, format());
    if (transmitter_.next_tick() == tick) {
      if (transmitter_.on_tick(tick, format())) thre_pending_ = true;
      feed_receiver(tick + 1);
    }
  }
  if (modem_update_ == edge) {
    modem_update_ = kNever;
    in_reset_ ? modem_.reset_levels(modem_levels()) : modem_.set_levels(modem_levels());
  }
  plan();
}

void UartCore::plan_tick() {
  next_tick_ = std::min(receiver_.next_tick(), transmitter_.next_tick());
  tick_at_ = baud_.clock_of(next_tick_);
}

void UartCore::plan() {
  plan_tick();
  next_ = std::min({synchroniser_.next_event(), modem_update_, tick_at_});
}

/// A restored one may stand like this: what is planned lies ahead, and the parts plan the same.
bool UartCore::fits() const {
  const Tick ticks = baud_.ticks_until(now_);
  return baud_.fits(now_) && receiver_.fits(ticks) && transmitter_.fits(ticks) &&
         next_tick_ == std::min(receiver_.next_tick(), transmitter_.next_tick()) &&
         tick_at_ == baud_.clock_of(next_tick_) && now_ < next_ &&
         next_ == std::min({synchroniser_.next_event(), modem_update_, tick_at_});
}

Clock UartCore::next_interrupt(Clock clock, bool sin_may_move) const {
  Tick tick = std::min(receiver_.next_status_tick(), transmitter_.next_status_tick());
  const bool line_may_move =
      loop() ? transmitter_.sending() : sin_may_move || synchroniser_.next_event() != kNever;
  if (line_may_move && receiver_.waits_for_line())
    tick = std::min(tick, baud_.ticks_until(clock) + Receiver::kShortestCharacter);
  const Clock pins =
      synchroniser_.brings(pins_, kModemInputs) ? synchroniser_.next_event() : kNever;
  return std::min({pins, modem_update_, baud_.clock_of(tick)});
}

void UartCore::assert_reset(Clock at) {
  if (at > now_) advance_to(at);
  const UartCore before = *this;
  *this = UartCore();
  in_reset_ = true;
  now_ = before.now_;
  synchroniser_ = before.synchroniser_;  // not reset: the flip-flops follow the pins
  pins_ = before.pins_;
  receiver_.set_line(pins_ & kSin, 1);
  modem_update_ = at + 1;  // the levels of the pins, out of loop mode
  plan();
}

void UartCore::release_reset(Clock at) {
  if (at > now_) advance_to(at);
  in_reset_ = false;
  plan();
}

}  // namespace mtty
