// SPDX-License-Identifier: Apache-2.0
// mttysim lockstep: random traffic into two bodies.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <deque>

#include "tb/dut/lockstep_card.h"
#include "tb/mttysim/commands.h"
#include "tb/mttysim/recording.h"
#include "tb/script/player.h"
#include "tb/script/random_script.h"

namespace mtty {
namespace {

using std::chrono::steady_clock;

constexpr Clock kChunk = 20'000;
constexpr std::size_t kLastLines = 12;
constexpr auto kProgressEvery = std::chrono::seconds(2);

volatile sig_atomic_t g_stop = 0;

/// A line on the terminal every two seconds, written over the one before.
class Progress {
 public:
  void show(Clock done, Clock all) {
    const auto now = steady_clock::now();
    if (now - shown_ < kProgressEvery || !isatty(STDERR_FILENO)) return;
    shown_ = now;
    fmt::print(stderr, "\r{:.1f} of {:.1f} million clocks, {:.2f} million a second ",
               double(done) / 1e6, double(all) / 1e6, rate(done));
  }
  void end() const {
    if (isatty(STDERR_FILENO)) fmt::print(stderr, "\r{:60}\r", "");
  }
  double rate(Clock done) const {
    return double(done) / 1e6 / std::chrono::duration<double>(steady_clock::now() - begin_).count();
  }

 private:
  const steady_clock::time_point begin_ = steady_clock::now();
  steady_clock::time_point shown_ = begin_;
};

std::string command_of(const LockstepOptions& options) {
  return fmt::format("mttysim lockstep --a {} --b {} --seed {} --clocks {} --ports {}", options.a,
                     options.b, options.seed, options.clocks, options.ports);
}

}  // namespace

int lockstep(const LockstepOptions& options) {
  if (options.a == options.b)
    throw UsageError(fmt::format("--a and --b are both {}: nothing to compare", options.a));
  RecordedCard recorded(options.a + "+" + options.b, options.ports, options.recording);
  Dut& dut = *recorded.dut;
  RandomScript traffic(options.seed, options.ports, dut.has_pins());

  std::deque<std::string> last;
  const auto remember = [&](const std::string& line) {
    last.push_back(line);
    if (last.size() > kLastLines) last.pop_front();
  };
  Player player(dut, recorded.card, recorded.log.get(), remember);
  signal(SIGINT, [](int) { g_stop = 1; });

  Progress progress;
  std::string difference;
  try {
    while (dut.now() < options.clocks && !g_stop) {
      player.play(traffic.next(kChunk), "random");
      progress.show(dut.now(), options.clocks);
    }
    const std::string breaches = dut.breaches();
    if (!breaches.empty()) difference = "a rule of the bus was broken:\n" + breaches;
  } catch (const LockstepDifference& found) {
    difference = found.what();
  }
  progress.end();
  recorded.close();
  if (difference.empty()) {
    fmt::print("{} and {}: no difference in {} clocks, seed {} ({:.2f} million clocks a second)\n",
               options.a, options.b, dut.now(), options.seed, progress.rate(dut.now()));
    return g_stop ? 130 : kAllAsExpected;
  }
  fmt::print("{} and {} differ, seed {}\n{}\nthe last actions:\n", options.a, options.b,
             options.seed, difference);
  for (const std::string& line : last) fmt::print("  {}\n", line);
  if (options.recording.log.empty())
    fmt::print("to see more: {} --log F.mtty --wave F.vcd, then mttysim run F.mtty --dut BODY\n",
               command_of(options));
  return kDifference;
}

}  // namespace mtty
