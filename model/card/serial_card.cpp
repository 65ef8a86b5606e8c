// SPDX-License-Identifier: Apache-2.0
#include "model/card/serial_card.h"

#include "model/time/sc_clock.h"

namespace mtty {

SerialCard::SerialCard(const sc_core::sc_module_name& name, unsigned ports, PortObserver* pins,
                       IntxObserver* line, bool out2_gates)
    : sc_module(name),
      config_(ports),
      ports_(ports, out2_gates),
      target("target", config_, ports_, intx),
      pins_(pins),
      line_(line) {
  SC_HAS_PROCESS(SerialCard);
  uart.init(ports, [this](const char* name, std::size_t index) {
    return new Uart16550(name, ports_, unsigned(index));
  });
  ports_.observe(this);
  intx.observe(this);

  SC_METHOD(wake);
  sensitive << wake_up_;
  SC_METHOD(follow_reset);
  sensitive << rst_n;
}

void SerialCard::end_of_elaboration() {
  for (const Uart16550& port : uart) watched_ |= port.watched();
}

void SerialCard::advance_to(Clock clock) {
  if (clock >= ports_.now()) ports_.advance_to(clock);
  replanned();
}

void SerialCard::wake() {
  wake_at_ = kNever;
  advance_to(clock_now());
}

/// Sleeps until the next clock at which somebody outside could see a change.
void SerialCard::replanned() {
  if (ports_.next_event() >= wake_at_) return;
  const Clock next = watched_ ? ports_.next_event() : ports_.next_interrupt();
  if (next >= wake_at_ || next > kLastClock) return;  // waking too early does no harm
  wake_at_ = next;
  const sc_core::sc_time at = time_of(next);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  wake_up_.notify(at > now ? at - now : sc_core::SC_ZERO_TIME);
}

void SerialCard::follow_reset() { set_reset(clock_now(), !rst_n->read()); }

void SerialCard::set_reset(Clock at, bool asserted) {
  if (asserted) {
    if (at > ports_.now()) ports_.advance_to(at - 1);  // with Command[10] as it was
    config_.reset();
    intx.set_disabled(false);
    ports_.assert_reset(at);
    intx.settle(at);
  } else {
    ports_.release_reset(at);
  }
  replanned();
}

void SerialCard::restored() {
  for (unsigned i = 0; i < uart.size(); ++i) uart[i].drive_outputs(ports_.now(), ports_.outputs(i));
  intx.drive(ports_.now());
  wake_up_.cancel();
  wake_at_ = kNever;
  replanned();
}

void SerialCard::outputs_changed(Clock at, unsigned port, OutputPins pins) {
  uart[port].drive_outputs(at, pins);
  if (pins_) pins_->outputs_changed(at, port, pins);
}

void SerialCard::inputs_changed(Clock at, unsigned port, InputPins pins) {
  if (pins_) pins_->inputs_changed(at, port, pins);
}

void SerialCard::irqs_changed(Clock at, std::uint8_t irqs) { intx.set_irqs(at, irqs); }

void SerialCard::intx_changed(Clock at, bool asserted) {
  if (line_) line_->intx_changed(at, asserted);
}

}  // namespace mtty
