// SPDX-License-Identifier: Apache-2.0
// The UARTs of a card and what hangs on them, moved through time together.
#pragma once

#include <array>
#include <cassert>

#include "model/line/cabling.h"
#include "model/uart/uart_core.h"

namespace mtty {

/// Hears of each change of a port's pins and interrupt, in the order of their clocks.
class PortObserver {
 public:
  virtual ~PortObserver() = default;
  virtual void outputs_changed(Clock, unsigned /*port*/, OutputPins) {}
  virtual void inputs_changed(Clock, unsigned /*port*/, InputPins) {}
  /// `irqs` has one bit a port; called once a clock at the most.
  virtual void irqs_changed(Clock, std::uint8_t /*irqs*/) {}
  /// An access or a change of the lines may have brought next_event() or next_interrupt() nearer.
  virtual void replanned() {}
};

/// Accesses and time as in UartCore, for one or two UARTs whose lines may be connected with each
/// other. A copy is a snapshot (it keeps the observer).
class SerialPorts {
 public:
  /// `out2_gates`: a port interrupts only while its OUT2 pin is active, as on a PC.
  explicit SerialPorts(unsigned ports, bool out2_gates = false);

  unsigned count() const { return count_; }
  Clock now() const { return now_; }
  void observe(PortObserver* observer) { observer_ = observer; }

  std::uint8_t read(Clock at, unsigned port, unsigned offset) {
    if (next_ < at) advance_to(at - 1);
    const std::uint8_t value = uarts_[port].read_register(at, offset);
    accessed(at, port, offset == reg::kRbr);  // the character timeout begins anew
    return value;
  }
  void write(Clock at, unsigned port, unsigned offset, std::uint8_t value) {
    if (next_ < at) advance_to(at - 1);
    const bool planned = uarts_[port].write(at, offset, value);
    accessed(at, port, planned);
  }
  void advance_to(Clock clock) {
    while (next_ <= clock) step();
    now_ = clock;
  }
  /// RST# for all ports.
  void assert_reset(Clock at);
  void release_reset(Clock at);

  /// The next edge at which anything changes by itself.
  Clock next_event() const { return next_; }
  /// No interrupt changes by itself before this edge.
  Clock next_interrupt() const;

  /// Interrupts of the ports, one bit a port.
  std::uint8_t irqs() const { return irqs_; }
  const UartCore& uart(unsigned port) const { return uarts_[port]; }
  OutputPins outputs(unsigned port) const { return outputs_[port]; }

  /// Changes planned on the lines, from now() on.
  void plug(Clock at, unsigned port, Plug plug);
  void force(Clock at, unsigned port, InputPin pin, bool level);
  void send(Clock at, unsigned port, bool level);
  Plug plug_on(unsigned port) const { return cabling_.plug_on(port); }

  template <class Archive>
  void visit(Archive& archive) {
    archive.same(count_);
    archive.same(out2_gates_);
    archive(now_, next_, uarts_, cabling_, lines_changed_, outputs_, irqs_);
    if constexpr (Archive::kReads) archive.check(fits());
  }

 private:
  void step();
  /// `planned`: the UART's pins and its next event may be others now.
  void accessed(Clock at, unsigned port, bool planned) {
    now_ = at;
    if (planned || next_ <= at)
      follow(at, port);
    else
      settle_irq(at, port);
  }
  void follow(Clock at, unsigned port);
  void settle(Clock at, unsigned port);
  void settle_irq(Clock at, unsigned port) {
    if (interrupts(port) != bool(irqs_ >> port & 1)) set_irqs(at, std::uint8_t(irqs_ ^ 1u << port));
  }
  void settle(Clock at);
  void connect(Clock at);
  void set_irqs(Clock at, std::uint8_t irqs);
  bool interrupts(unsigned port) const {
    return uarts_[port].irq() && (!out2_gates_ || uarts_[port].outputs() & kOut2);
  }
  void replan();
  void changes_planned(Clock at);
  bool fits() const;

  std::array<UartCore, kMaxPorts> uarts_;
  unsigned count_;
  bool out2_gates_;
  Clock now_ = 0;
  Clock next_ = kNever;
  Cabling cabling_;
  bool lines_changed_ = true;                             // since the inputs were driven last
  Cabling::Outputs outputs_{kOutputsIdle, kOutputsIdle};  // as the lines know them
  std::uint8_t irqs_ = 0;
  PortObserver* observer_ = nullptr;
};

}  // namespace mtty
