// SPDX-License-Identifier: Apache-2.0
// What a target answers to a data phase, in PCI clocks.
#pragma once

#include <cstdint>

#include "model/pci/command.h"
#include "model/time/clock.h"

namespace mtty {

/// The edge at which a target decides on an access, counted from the address phase: DEVSEL# is
/// medium, IRDY# no later.
constexpr Clock kAddressToDecision = 2;

struct PciResponse {
  enum Kind : std::uint8_t { kUnclaimed, kDone, kTargetAbort } kind;
  std::uint32_t data;      ///< of a read: the enabled lanes, others 0; all ones where it failed
  Clock completion_clock;  ///< where claimed: the edge at which TRDY# or STOP# ends the data phase
};
constexpr PciResponse kUnclaimedPhase{PciResponse::kUnclaimed, kAllOnes, 0};

}  // namespace mtty
