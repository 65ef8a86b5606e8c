// SPDX-License-Identifier: Apache-2.0
// INTA#: a level made of the UARTs' interrupts and Command[10].
#pragma once

#include <systemc>

#include "model/time/timed_output.h"

namespace mtty {

/// Hears of INTA# in the order of the clocks.
class IntxObserver {
 public:
  virtual ~IntxObserver() = default;
  virtual void intx_changed(Clock at, bool asserted) = 0;
};

/// INTA# = (interrupt 0 or interrupt 1) and not Command[10] (PCI 2.3, 6.2.2); the pin is active
/// low.
class IntxLine : public sc_core::sc_module {
 public:
  TimedOutput inta_n{"inta_n"};

  explicit IntxLine(const sc_core::sc_module_name& name) : sc_module(name) {}

  void observe(IntxObserver* observer) { observer_ = observer; }
  /// The UARTs' interrupts, one bit a port, are `irqs` from clock `at` on.
  void set_irqs(Clock at, std::uint8_t irqs) {
    irqs_ = irqs;
    settle(at);
  }
  /// Command[10]; settle() follows at the same clock, when everything else of that clock is known.
  void set_disabled(bool disabled) { disabled_ = disabled; }
  void settle(Clock at) {
    const bool asserted = pending() && !disabled_;
    if (asserted == asserted_) return;
    asserted_ = asserted;
    drive(at);
    if (observer_) observer_->intx_changed(at, asserted);
  }
  /// Puts the level on the pin.
  void drive(Clock at) { inta_n.set(at, !asserted_); }
  /// Some UART asks, whatever Command[10] says: Status[3].
  bool pending() const { return irqs_ != 0; }
  bool asserted() const { return asserted_; }

  template <class Archive>
  void visit(Archive& archive) {
    archive(irqs_, disabled_, asserted_);
  }

 private:
  void start_of_simulation() override { drive(0); }

  std::uint8_t irqs_ = 0;
  bool disabled_ = false;
  bool asserted_ = false;
  IntxObserver* observer_ = nullptr;
};

}  // namespace mtty
