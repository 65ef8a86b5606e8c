// SPDX-License-Identifier: Apache-2.0
#include "model/card/serial_ports.h"

#include <algorithm>

namespace mtty {

SerialPorts::SerialPorts(unsigned ports, bool out2_gates) : count_(ports), out2_gates_(out2_gates) {
  assert(ports >= 1 && ports <= kMaxPorts);
  settle(0);
}

/// Something is due at `at`, or the accessed UART may have moved a pin or planned something: the
/// UARTs are in State(at) then, and the lines follow.
void SerialPorts::follow(Clock at, unsigned port) {
  for (unsigned i = 0; i < count_; ++i) uarts_[i].advance_to(at);
  if (next_ <= at) {
    lines_changed_ |= cabling_.apply(at);
    settle(at);
  } else {
    settle(at, port);
    next_ = std::min(next_, uarts_[port].next_event());
  }
  if (observer_) observer_->replanned();
}

void SerialPorts::step() {
  const Clock at = next_;
  unsigned moved = 0, port = 0;
  for (unsigned i = 0; i < count_; ++i) {
    if (uarts_[i].next_event() > at) continue;
    uarts_[i].advance_to(at);
    ++moved;
    port = i;
  }
  lines_changed_ |= cabling_.apply(at);
  if (moved != 1 || lines_changed_) return settle(at);
  replan();
  settle(at, port);
}

/// As below, where at this clock nothing happens but to one port.
void SerialPorts::settle(Clock at, unsigned port) {
  if (uarts_[port].outputs() == outputs_[port])
    settle_irq(at, port);
  else
    settle(at);
}

/// Carries the outputs of State(at) over the lines to the inputs, which change at the same clock.
void SerialPorts::settle(Clock at) {
  std::uint8_t irqs = 0;
  bool moved = lines_changed_;
  for (unsigned i = 0; i < count_; ++i) {
    irqs |= std::uint8_t(interrupts(i) << i);
    const OutputPins outputs = uarts_[i].outputs();
    if (outputs == outputs_[i]) continue;
    outputs_[i] = outputs;
    moved = true;
    if (observer_) observer_->outputs_changed(at, i, outputs);
  }
  if (moved) connect(at);
  set_irqs(at, irqs);
  replan();
}

void SerialPorts::connect(Clock at) {
  lines_changed_ = false;
  for (unsigned i = 0; i < count_; ++i) {
    const InputPins inputs = cabling_.inputs(i, outputs_);
    if (inputs == uarts_[i].inputs()) continue;
    uarts_[i].set_inputs(at, inputs);
    if (observer_) observer_->inputs_changed(at, i, inputs);
  }
}

void SerialPorts::set_irqs(Clock at, std::uint8_t irqs) {
  if (irqs == irqs_) return;
  irqs_ = irqs;
  if (observer_) observer_->irqs_changed(at, irqs);
}

void SerialPorts::replan() {
  next_ = cabling_.next_event();
  for (unsigned i = 0; i < count_; ++i) next_ = std::min(next_, uarts_[i].next_event());
}

/// Restored ones may stand like this: nothing that is planned was missed.
bool SerialPorts::fits() const {
  Clock first = cabling_.next_event();
  for (const UartCore& uart : uarts_) first = std::min(first, uart.next_event());
  return now_ <= next_ && next_ <= first;
}

Clock SerialPorts::next_interrupt() const {
  bool sending = false;
  for (unsigned i = 0; i < count_; ++i) sending |= uarts_[i].sending();
  Clock next = cabling_.next_event();
  for (unsigned i = 0; i < count_; ++i)
    next = std::min(next, uarts_[i].next_interrupt(now_, sending));
  return next;
}

void SerialPorts::assert_reset(Clock at) {
  if (at > now_) advance_to(at - 1);
  // State(at) is the reset state; nobody sees what edge `at` would have done without it.
  for (unsigned i = 0; i < count_; ++i) uarts_[i].assert_reset(at);
  lines_changed_ |= cabling_.apply(at);
  settle(at);
  now_ = at;
}

void SerialPorts::release_reset(Clock at) {
  advance_to(at);
  for (unsigned i = 0; i < count_; ++i) uarts_[i].release_reset(at);
  replan();
}

void SerialPorts::changes_planned(Clock at) {
  next_ = std::min(next_, at);
  if (observer_) observer_->replanned();
}

void SerialPorts::plug(Clock at, unsigned port, Plug plug) {
  cabling_.plug(at, port, plug);
  changes_planned(at);
}

void SerialPorts::force(Clock at, unsigned port, InputPin pin, bool level) {
  cabling_.force(at, port, pin, level);
  changes_planned(at);
}

void SerialPorts::send(Clock at, unsigned port, bool level) {
  cabling_.send(at, port, level);
  changes_planned(at);
}

}  // namespace mtty
