// SPDX-License-Identifier: Apache-2.0
#include "tb/regress/seeds.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace mtty {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPairs[][2] = {{"pins", "rtl"}, {"tlm", "pins"}, {"tlm", "rtl"}};
constexpr unsigned kTimeLimit = 1800;  // seconds; a bus that hangs ends by itself

fs::path file_of(std::uint64_t seed, const SeedOptions& options) {
  return options.results / fmt::format("seed-{}", seed);
}

struct Outcome {
  int code;
  std::string output;
};

Outcome run(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot start a process");
  Outcome outcome{};
  char part[4096];
  for (std::size_t n; (n = std::fread(part, 1, sizeof part, pipe)) > 0;)
    outcome.output.append(part, n);
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

/// "... no difference in N clocks ..."
std::uint64_t clocks_of(const std::string& output) {
  constexpr std::string_view kBefore = "no difference in ";
  const auto at = output.find(kBefore);
  if (at == std::string::npos) throw std::runtime_error(output);
  return std::stoull(output.substr(at + kBefore.size()));
}

}  // namespace

void play_seed(std::uint64_t seed, const SeedOptions& options) {
  constexpr int kDifferent = 1, kTimedOut = 124;
  std::string text;
  for (const auto& [a, b] : kPairs) {
    // Every fifth seed has a card of one port.
    const std::string arguments =
        fmt::format("lockstep --a {} --b {} --ports {} --seed {} --clocks {}", a, b,
                    seed % 5 ? 2 : 1, seed, options.clocks);
    // With a log it does not write any other file.
    const Outcome outcome = run(fmt::format("timeout {} {} {} --log /dev/null 2>&1", kTimeLimit,
                                            options.program.string(), arguments));
    if (outcome.code == 0) {
      text += fmt::format("clocks {}\n", clocks_of(outcome.output));
    } else if (outcome.code == kDifferent || outcome.code == kTimedOut) {
      text += fmt::format("differs mttysim {}\n", arguments);
      std::istringstream lines(outcome.output);
      for (std::string line; std::getline(lines, line);) text += fmt::format("| {}\n", line);
    } else {
      throw std::runtime_error(fmt::format("mttysim {}: {}", arguments, outcome.output));
    }
  }
  const fs::path file = file_of(seed, options),
                 draft = fmt::format("{}.{}", file.string(), getpid());
  std::ofstream out(draft);
  out << text;
  out.close();
  if (!out) throw std::runtime_error(fmt::format("cannot write {}", draft.string()));
  fs::rename(draft, file);
}

std::optional<SeedResult> result_of(std::uint64_t seed, const SeedOptions& options) {
  std::ifstream in(file_of(seed, options));
  if (!in) return std::nullopt;
  SeedResult result;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("| ", 0) == 0) {
      result.differences.back().output += line.substr(2) + "\n";
      continue;
    }
    ++result.runs;
    if (line.rfind("clocks ", 0) == 0)
      result.clocks += std::stoull(line.substr(7));
    else
      result.differences.push_back({line.substr(line.find(' ') + 1), ""});
  }
  return result;
}

}  // namespace mtty
