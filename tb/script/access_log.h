// SPDX-License-Identifier: Apache-2.0
// Writes what happens at a card as an access script that plays back.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "tb/dut/dut.h"
#include "tb/script/programmed_card.h"
#include "tb/script/script.h"

namespace mtty {

/// Accesses with the values seen, resets, and each change of INTA#; lines on which nothing is known
/// but what the player does come through note(). Observe the ProgrammedCard first.
class AccessLog : public DutObserver {
 public:
  /// Throws std::system_error where the file cannot be written.
  AccessLog(const std::string& file, const ProgrammedCard& card);
  ~AccessLog() override;

  /// An action that is no access: plug, pin, rx, tx.
  void note(const Action& action, Clock clock);
  /// A comment line of its own.
  void comment(std::string_view text);
  /// Brings everything to the disk; throws std::system_error where that fails.
  void close();

  void access_begins(Clock, const PciRequest&) override { in_access_ = true; }
  void access_ends(const PciRequest& request, const PciResult& result) override;
  void reset(Clock at, bool asserted) override;
  void intx(Clock at, bool asserted) override;

 private:
  void write(const std::string& line);

  const ProgrammedCard& card_;
  std::string file_;
  std::FILE* out_;
  bool in_access_ = false;
  std::string held_;  // lines of clocks inside the access that is under way: they follow it
};

/// The access as an action, with the value seen. `bar` addresses are given relative to the BARs of
/// `card`.
Action action_of(const PciRequest& request, const PciResult& result, const ProgrammedCard& card);

}  // namespace mtty
