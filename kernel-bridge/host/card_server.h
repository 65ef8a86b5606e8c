// SPDX-License-Identifier: Apache-2.0
// Serves the accesses of a guest with a simulated card.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "kernel-bridge/host/bridge_endpoint.h"
#include "kernel-bridge/host/pace.h"
#include "tb/dut/dut.h"
#include "tb/dut/programmed_card.h"

namespace mtty {

/// Between a bridge endpoint and a body: turns requests into PCI transactions, moves simulated time
/// on at a pace, and tells the driver each change of INTA#.
class CardServer {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `card` observes `dut` already. `tell` hears one line when the guest opens, resets or closes
  /// the card.
  CardServer(BridgeEndpoint& endpoint, Dut& dut, const ProgrammedCard& card, PaceSetting pace,
             std::function<void(const std::string&)> tell);

  /// `keep` is called before the guest can see what has become of the card: before each answer and
  /// before each change of INTA# that is told.
  void keep_by(std::function<void()> keep) { keep_ = std::move(keep); }

  /// Answers what the guest has asked, and moves on.
  void step();
  /// Until when there is nothing to do but to wait for a request; Moment::min() where there is.
  Moment next_step() const { return next_step_; }
  BridgeEndpoint& endpoint() { return endpoint_; }

  std::uint64_t accesses() const { return accesses_; }

 private:
  void tell_intx();
  void answer(const BridgeRequest& request);
  void answer_access(const BridgeRequest& request);
  void answer_reset(const BridgeRequest& request);
  PciRequest pci_request(const BridgeRequest& request) const;

  Clock clock_of_access();
  Moment move_on();
  Moment follow(const WallTime& wall);
  Moment move_on_with_guest();
  Moment skip_to_next_interrupt();
  bool waits_for_guest() const;

  BridgeEndpoint& endpoint_;
  Dut& dut_;
  const ProgrammedCard& card_;
  const PaceSetting pace_;
  const std::function<void(const std::string&)> tell_;
  std::function<void()> keep_ = [] {};
  WallTime wall_;  // pace wall
  std::optional<WallTime>
      held_until_;  // pace guest: since when time stands still, and when it moves on
  Moment next_step_ = Moment::min();
  std::uint64_t accesses_ = 0;
};

/// Serves cards in one thread until one of them is gone (kClosed) or a descriptor that `wait`,
/// which is for their endpoints, watches is readable (kWatched).
BridgeWake serve_cards(const std::vector<CardServer*>& cards, BridgeWait& wait);

}  // namespace mtty
