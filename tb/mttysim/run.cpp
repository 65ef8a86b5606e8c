// SPDX-License-Identifier: Apache-2.0
// mttysim run: plays an access script.
#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "tb/dut/lockstep_card.h"
#include "tb/mttysim/commands.h"
#include "tb/mttysim/recording.h"
#include "tb/script/player.h"

namespace mtty {
namespace {

volatile sig_atomic_t g_stop = 0;

/// Ctrl-C: the recordings are completed after the action that is under way. A second one ends the
/// program at once.
struct Interrupted {};

void stop_on_interrupt() {
  signal(SIGINT, [](int) {
    g_stop = 1;
    signal(SIGINT, SIG_DFL);
  });
}

std::vector<Action> read(const RunOptions& options) {
  if (options.script == "-") return read_script(std::cin, "standard input", options.ports);
  std::ifstream text(options.script);
  if (!text)
    throw UsageError(fmt::format("cannot read {}: {}", options.script, std::strerror(errno)));
  return read_script(text, options.script, options.ports);
}

}  // namespace

int run(const RunOptions& options) {
  const std::vector<Action> script = read(options);
  RecordedCard recorded(options.dut, options.ports, options.recording);
  unsigned failures = 0;
  const auto print = [&](const std::string& line) {
    if (g_stop) throw Interrupted();
    const bool difference = line.find('#') != line.npos;
    if (!options.quiet || difference) fmt::print("{}\n", line);
  };
  Player player(*recorded.dut, recorded.card, recorded.log.get(), print);
  stop_on_interrupt();
  try {
    failures = player.play(script, options.script);
  } catch (const Interrupted&) {
    recorded.close();
    fmt::print(stderr, "mttysim: stopped at clock {}\n", recorded.dut->now());
    return kInterrupted;
  } catch (const LockstepDifference& difference) {
    recorded.close();
    fmt::print(stderr, "mttysim: the bodies differ at {}\n", difference.what());
    return kDifference;
  }
  recorded.close();
  if (const std::string breaches = recorded.dut->breaches(); !breaches.empty()) {
    fmt::print(stderr, "mttysim: rules of the bus were broken:\n{}", breaches);
    return kDifference;
  }
  if (failures > 0)
    fmt::print(stderr, "mttysim: {} of {} actions not as expected\n", failures, script.size());
  return failures > 0 ? kDifference : kAllAsExpected;
}

}  // namespace mtty
