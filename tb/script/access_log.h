// SPDX-License-Identifier: Apache-2.0
// Writes what happens at a card as an access script that plays back.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tb/dut/dut.h"
#include "tb/dut/programmed_card.h"
#include "tb/script/script.h"

namespace mtty {

/// Accesses with the values seen, resets, and each change of INTA#; lines on which nothing is known
/// but what the player does come through note(). Observe the ProgrammedCard first.
class AccessLog : public DutObserver {
 public:
  /// Throws std::system_error where the file cannot be written.
  AccessLog(const std::string& file, const ProgrammedCard& card);
  ~AccessLog() override;

  /// An action that is no access: plug, pin, rx, tx. Its clock may lie ahead.
  void note(const Action& action, Clock clock);
  /// A comment line of its own.
  void comment(std::string_view text, Clock clock);
  /// Brings everything to the disk, an access that never ended included; throws std::system_error
  /// where that fails.
  void close();

  void access_begins(Clock at, const PciRequest& request) override;
  void access_ends(const PciRequest& request, const PciResult& result) override;
  void reset(Clock at, bool asserted) override;
  void intx(Clock at, bool asserted) override;

 private:
  void write_before(Clock clock);

  const ProgrammedCard& card_;
  std::string file_;
  std::FILE* out_;
  std::optional<std::pair<Clock, PciRequest>> begun_;  // an access that has not ended
  std::multimap<Clock, std::string> lines_;            // that an earlier one may still come before
};

/// The access as an action, with the value seen. `bar` addresses are given relative to the BARs of
/// `card`.
Action action_of(const PciRequest& request, const PciResult& result, const ProgrammedCard& card);

}  // namespace mtty
