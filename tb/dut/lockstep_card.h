// SPDX-License-Identifier: Apache-2.0
// Two cards on the same pins, compared in every clock.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "model/card/pin_level_card.h"
#include "model/time/clock.h"

namespace mtty {

/// Two bodies do not do the same; what() says at which clock, and what either did.
class LockstepDifference : public std::runtime_error {
 public:
  LockstepDifference(Clock clock, const std::string& what) : runtime_error(what), clock_(clock) {}
  Clock clock() const { return clock_; }

 private:
  Clock clock_;
};

/// Behaves as the first; throws LockstepDifference at the first clock in which a pin or an output
/// enable of the second is another. A level that is not driven does not count.
class LockstepCard final : public PinLevelCard {
 public:
  LockstepCard(std::unique_ptr<PinLevelCard> a, std::unique_ptr<PinLevelCard> b)
      : a_(std::move(a)), b_(std::move(b)) {}

  unsigned ports() const override { return a_->ports(); }
  void clock(const CardInputs& inputs) override {
    a_->clock(inputs);
    b_->clock(inputs);
    ++now_;
    compare();
  }
  void set_reset(bool asserted) override {
    a_->set_reset(asserted);
    b_->set_reset(asserted);
    compare();
  }
  const CardOutputs& outputs() const override { return a_->outputs(); }
  bool data_ready(unsigned port) const override { return a_->data_ready(port); }
  bool resting() const override { return a_->resting() && b_->resting(); }

 private:
  void compare() const;

  std::unique_ptr<PinLevelCard> a_, b_;
  Clock now_ = 0;
};

}  // namespace mtty
