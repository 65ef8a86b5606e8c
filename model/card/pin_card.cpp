// SPDX-License-Identifier: Apache-2.0
#include "model/card/pin_card.h"

#include "model/time/crystal.h"

namespace mtty {

void PinCard::clock(const CardInputs& inputs) {
  for (unsigned i = 0; i < ports_; ++i)
    if (inputs.serial[i] != uarts_[i].inputs()) uarts_[i].set_inputs(now_, inputs.serial[i]);
  ++now_;
  RegisterStrobe strobe{PciBusUnit::kNoPort, 0, false, 0};
  if (!in_reset_) strobe = bus_.clock(inputs.pci, interrupt_, crystal::pulse_at(now_));
  bool moved = strobe.port != PciBusUnit::kNoPort;
  if (strobe.port != PciBusUnit::kNoPort) {
    UartCore& uart = uarts_[strobe.port];
    if (strobe.write)
      uart.write(now_, strobe.offset, strobe.value);
    else
      bus_.read_done(uart.read(now_, strobe.offset));
  }
  for (unsigned i = 0; i < ports_; ++i) {
    moved |= uarts_[i].next_event() <= now_;
    uarts_[i].advance_to(now_);
  }
  if (moved) follow_uarts();
  drive();
}

void PinCard::set_reset(bool asserted) {
  in_reset_ = asserted;
  for (unsigned i = 0; i < ports_; ++i)
    asserted ? uarts_[i].assert_reset(now_) : uarts_[i].release_reset(now_);
  if (asserted) {
    config_.reset();
    bus_.reset();
  }
  follow_uarts();
  drive();
}

bool PinCard::interrupt() const {
  bool any = false;
  for (unsigned i = 0; i < ports_; ++i)
    any |= uarts_[i].irq() && (!out2_gates_ || uarts_[i].outputs() & kOut2);
  return any;
}

/// Where a UART has done something.
void PinCard::follow_uarts() {
  interrupt_ = interrupt();
  for (unsigned i = 0; i < ports_; ++i) out_.serial[i] = uarts_[i].outputs();
}

void PinCard::drive() {
  out_.pci = bus_.outputs();
  out_.pci.inta_oe = interrupt_ && !config_.intx_disabled();
}

bool PinCard::resting() const {
  for (unsigned i = 0; i < ports_; ++i)
    if (uarts_[i].next_event() != kNever) return false;
  return true;
}

}  // namespace mtty
