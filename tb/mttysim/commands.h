// SPDX-License-Identifier: Apache-2.0
// The sub-commands of mttysim.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/time/clock.h"

namespace mtty {

/// Exit codes that scripts rely on.
enum ExitCode : int { kAllAsExpected = 0, kDifference = 1, kBadInput = 2, kInterrupted = 130 };

/// Something the user can mend; what() is one line that says how. Ends the program with kBadInput.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What every sub-command can be asked to record.
struct RecordingOptions {
  std::string wave;  ///< file, .vcd or .fst; empty = none
  std::optional<Clock> wave_from, wave_to;
  std::string log;
};

struct RunOptions {
  std::string script;  ///< "-" is standard input
  std::string dut = "tlm";
  unsigned ports = 2;
  bool quiet = false;
  RecordingOptions recording;
};
int run(const RunOptions& options);

struct ServeOptions {
  std::vector<std::string> uuids;
  std::string dut = "tlm";
  std::string pace = "wall";
  unsigned patience_ms = 100;
  std::optional<unsigned> spin_us;  ///< none: as BridgeWait has it
  std::string plugs[2] = {"loopback", "loopback"};
  RecordingOptions recording;
  std::string state;  ///< file; empty = none
};
int serve(const ServeOptions& options);

struct LockstepOptions {
  std::string a = "pins";
  std::string b = "rtl";
  std::uint64_t seed = 1;
  std::uint64_t clocks = 2'000'000;
  unsigned ports = 2;
  RecordingOptions recording;
};
int lockstep(const LockstepOptions& options);

}  // namespace mtty
