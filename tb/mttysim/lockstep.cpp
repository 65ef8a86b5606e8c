// SPDX-License-Identifier: Apache-2.0
// mttysim lockstep: random traffic into two bodies.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <sstream>
#include <vector>

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

/// Plays the same traffic once more, this time written down: the waves around the difference, and a
/// log that leads to it.
void write_down(const LockstepOptions& options, Clock difference) {
  constexpr Clock kBefore = 2000, kBehind = 100;
  const std::string name = fmt::format("lockstep-{}-{}-{}", options.a, options.b, options.seed);
  const std::string log = name + ".mtty", wave = name + ".vcd";
  const Clock from = difference > kBefore ? difference - kBefore : 0;
  const std::string command =
      fmt::format("{} --log {} --wave {} --wave-from {} --wave-to {}", command_of(options), log,
                  wave, from, difference + kBehind);
  std::istringstream text(command);
  std::vector<std::string> words;
  for (std::string word; text >> word;) words.push_back(word);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
    execv("/proc/self/exe", arguments.data());
    _exit(kBadInput);
  }
  int status = 0;
  const bool again = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
                     WEXITSTATUS(status) == kDifference;
  if (!again) {
    fmt::print("it could not be written down here; to see more: {} --log F.mtty --wave F.vcd\n",
               command_of(options));
    return;
  }
  fmt::print("waves around it: {}\nto see it again: mttysim run {} --dut {}+{} --ports {}\n", wave,
             log, options.a, options.b, options.ports);
}

void check_body(const char* option, const std::string& name) {
  std::vector<std::string> bodies = dut_names();
  bodies.erase(std::remove(bodies.begin(), bodies.end(), "lockstep"), bodies.end());
  if (std::find(bodies.begin(), bodies.end(), name) == bodies.end())
    throw UsageError(fmt::format("{}: there is no body '{}'; choose one of: {}", option, name,
                                 fmt::join(bodies, ", ")));
}

}  // namespace

int lockstep(const LockstepOptions& options) {
  check_body("--a", options.a);
  check_body("--b", options.b);
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
  Clock at = 0;
  try {
    while (dut.now() < options.clocks && !g_stop) {
      player.play(traffic.next(kChunk), "random");
      progress.show(dut.now(), options.clocks);
    }
    const std::string breaches = dut.breaches();
    at = dut.now();
    if (!breaches.empty()) difference = "a rule of the bus was broken:\n" + breaches;
  } catch (const LockstepDifference& found) {
    difference = found.what();
    at = found.clock();
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
  if (options.recording.log.empty() && options.recording.wave.empty()) write_down(options, at);
  return kDifference;
}

}  // namespace mtty
