// SPDX-License-Identifier: Apache-2.0
// Two bodies of any kind under the same traffic, compared by what can be seen of both.
#pragma once

#include <deque>
#include <memory>

#include "tb/dut/dut.h"
#include "tb/dut/lockstep_card.h"

namespace mtty {

/// Behaves as the first. Compares results and completion clocks of accesses, and INTA# and serial
/// pins change by change with their clocks; throws LockstepDifference at the first that differs.
class LockstepDut final : public Dut {
 public:
  LockstepDut(std::unique_ptr<Dut> a, std::unique_ptr<Dut> b);

  unsigned ports() const override { return a_->ports(); }
  Clock now() const override { return a_->now(); }
  void advance_to(Clock clock) override;
  Clock bus_free() const override { return std::max(a_->bus_free(), b_->bus_free()); }
  PciResult access(const PciRequest& request, Clock at) override;
  std::pair<PciResult, PciResult> access_back_to_back(const PciRequest& write,
                                                      const PciRequest& next, Clock at) override;
  bool has_pins() const override { return a_->has_pins() && b_->has_pins(); }
  void reset(Clock at) override;
  bool intx() const override { return a_->intx(); }
  OutputPins outputs(unsigned port) const override { return a_->outputs(port); }
  InputPins inputs(unsigned port) const override { return a_->inputs(port); }
  bool data_ready(unsigned port) const override { return a_->data_ready(port); }
  void plug(Clock at, unsigned port, Plug plug) override;
  void force(Clock at, unsigned port, InputPin pin, bool level) override;
  void send(Clock at, unsigned port, bool level) override;
  Clock next_interrupt() const override {
    return std::min(a_->next_interrupt(), b_->next_interrupt());
  }
  Clock clocks_at_once() const override {
    return std::min(a_->clocks_at_once(), b_->clocks_at_once());
  }
  const PciWires* observe_wires(WireObserver& observer) override {
    return a_->observe_wires(observer);
  }
  std::string breaches() const override { return a_->breaches() + b_->breaches(); }

 private:
  struct Change {
    Clock at;
    enum Kind : std::uint8_t { kIntx, kOutputs, kInputs } kind;
    unsigned port;
    unsigned value;
  };
  /// Collects the changes of one body; those of the first also go on to the observers.
  class Recorder : public DutObserver {
   public:
    Recorder(LockstepDut& owner, bool forwards) : owner_(owner), forwards_(forwards) {}
    void access_begins(Clock at, const PciRequest& request) override;
    void access_ends(const PciRequest& request, const PciResult& result) override;
    void reset(Clock at, bool asserted) override;
    void intx(Clock at, bool asserted) override;
    void outputs(Clock at, unsigned port, OutputPins pins) override;
    void inputs(Clock at, unsigned port, InputPins pins) override;
    /// Drops the changes of one clock.
    void forget(Clock at);
    std::deque<Change> changes;

   private:
    LockstepDut& owner_;
    const bool forwards_;
  };

  void compare_changes();
  void compare_levels() const;
  void compare(const PciResult& a, const PciResult& b) const;
  static std::string text_of(const Change& change);

  std::unique_ptr<Dut> a_, b_;
  Recorder seen_a_{*this, true}, seen_b_{*this, false};
};

}  // namespace mtty
