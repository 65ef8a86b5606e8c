// SPDX-License-Identifier: Apache-2.0
// The tests, one a file. Each prints its verdicts; all need the module, and make their own cards.
#pragma once

#include "kernel-bridge/torture/report.h"

namespace mtty::torture {

struct Setting {
  uint64_t seed = 1;
  uint64_t count = 0;              ///< of what is repeated
  std::chrono::seconds length{0};  ///< of what goes on for a time
  std::string module;              ///< mtty.ko, for tests that unload it; may be empty
  /// An access that is under way at a death has so long to end, and a later one as a whole.
  std::chrono::milliseconds within{1};
};

/// Death: simulators killed at random moments under several users.
void kills(const Setting& setting, Report& report);
/// Simulators that do not answer.
void hangs(const Setting& setting, Report& report);
/// Simulators and users that come and go in every order.
void cycles(const Setting& setting, Report& report);
/// A simulator that lies in every word, and whatever else it can do to the node.
void lies(const Setting& setting, Report& report);
/// A VFIO user that does all that a program can do, and a card and a module that go away meanwhile.
void fuzz(const Setting& setting, Report& report);
/// Interrupts raised, masked, unmasked and taken by several threads: none lost, none stuck.
void intx_races(const Setting& setting, Report& report);

}  // namespace mtty::torture
