// SPDX-License-Identifier: Apache-2.0
// Makes one coverage report of RTL, model and traffic; coverage.sh is what users run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <fstream>

#include "tb/coverage/card_points.h"
#include "tb/coverage/gcov_counts.h"
#include "tb/coverage/tracefile.h"
#include "tb/dut/lockstep_card.h"
#include "tb/dut/pin_dut.h"
#include "tb/dut/rtl_card.h"
#include "tb/script/player.h"
#include "tb/script/random_script.h"

namespace {

using namespace mtty;
namespace fs = std::filesystem;

/// Lockstep of pins and RTL under random traffic, as `mttysim lockstep` has it.
PointCounts play(std::uint64_t seed, Clock clocks) {
  auto pins = std::make_unique<PinCard>(kMaxPorts);
  CardPoints points(*pins);
  PinDut dut(std::make_unique<LockstepCard>(std::move(pins), make_rtl_card(kMaxPorts)));
  ProgrammedCard programmed(kMaxPorts);
  dut.observe(programmed);
  dut.observe(points);
  RandomScript traffic(seed, kMaxPorts, true);
  Player player(dut, programmed, nullptr, [](const std::string&) {});
  while (dut.now() < clocks) player.play(traffic.next(20'000), "random");
  return points.counts();
}

/// The points as the lines of a text that genhtml can show like a source.
void write_points(const PointCounts& counts, const fs::path& text, const fs::path& tracefile) {
  std::ofstream out(text);
  SourceCoverage coverage;
  unsigned line = 0;
  for (const auto& [group, points] : counts) {
    out << group << '\n';
    ++line;
    for (const auto& [point, count] : points) {
      out << "    " << point << '\n';
      coverage.lines[++line] = count;
    }
  }
  if (!out.flush()) throw std::runtime_error(fmt::format("cannot write {}", text.string()));
  write_tracefile(tracefile, {{text.string(), coverage}});
}

void points(unsigned seeds, Clock clocks, const fs::path& text, const fs::path& tracefile) {
  PointCounts all;
  for (unsigned seed = 1; seed <= seeds; ++seed)
    for (const auto& [group, counts] : play(seed, clocks))
      for (const auto& [point, count] : counts) all[group][point] += count;
  write_points(all, text, tracefile);
}

bool counted(const std::vector<fs::path>& verilated, const fs::path& gcov, const fs::path& root,
             const fs::path& excluded, const fs::path& tracefile) {
  const auto exclusions = read_exclusions(excluded);
  std::vector<std::string> wrong;
  Tracefile all = read_verilated(verilated, root, exclusions, wrong);
  all.merge(read_gcov(gcov, root, exclusions, wrong));
  write_tracefile(tracefile, all);
  for (const std::string& text : wrong) fmt::print("{}: {}\n", excluded.filename().string(), text);
  return wrong.empty();
}

struct Count {
  std::uint64_t hit = 0, all = 0;
  void add(std::uint64_t count) {
    ++all;
    hit += count != 0;
  }
  /// Nothing counted is nothing covered.
  double percent() const { return all ? 100.0 * double(hit) / double(all) : 0; }
};

struct Summary {
  Count lines, branches, functions;
};

Summary sum(const fs::path& file, const std::string& below) {
  Summary sum;
  for (const auto& [path, source] : read_tracefile(file)) {
    if (path.find(below) == std::string::npos) continue;
    for (const auto& [at, count] : source.lines) sum.lines.add(count);
    for (const auto& [at, count] : source.branches) sum.branches.add(count);
    for (const auto& [name, at] : source.functions) sum.functions.add(at.second);
  }
  return sum;
}

bool print(const char* what, const Count& count, double bar) {
  const bool good = count.percent() >= bar;
  fmt::print("{:34}{:6} of {:6} {:7.2f} %{}\n", what, count.hit, count.all, count.percent(),
             bar > 0 ? fmt::format("   at least {:.0f} %{}", bar, good ? "" : ": MISSED") : "");
  return good;
}

/// All that was not reached, a line each.
void print_missing(const fs::path& file, const fs::path& root) {
  for (const auto& [path, source] : read_tracefile(file)) {
    const std::string name = fs::path(path).lexically_relative(root);
    std::vector<std::string> missing;
    for (const auto& [at, count] : source.lines)
      if (!count) missing.push_back(fmt::format("{}:{}", name, at));
    for (const auto& [at, count] : source.branches)
      if (!count)
        missing.push_back(fmt::format("{}:{} branch {}", name, std::get<0>(at), std::get<2>(at)));
    for (const auto& [bit, at] : source.functions)
      if (!at.second) missing.push_back(fmt::format("{}:{} bit {}", name, at.first, bit));
    for (const std::string& text : missing) fmt::print("  {}\n", text);
  }
}

bool summary(const fs::path& file, const fs::path& root) {
  const Summary rtl = sum(file, "/rtl/"), model = sum(file, "/model/"),
                traffic = sum(file, "random_traffic");
  bool good = print("RTL: lines", rtl.lines, 100);
  good &= print("RTL: branches", rtl.branches, 0);
  good &= print("RTL: signal bits that toggled", rtl.functions, 0);
  good &= print("model: lines", model.lines, 0);
  good &= print("model: branches", model.branches, 95);
  good &= print("random traffic: functional points", traffic.lines, 100);
  fmt::print("not reached:\n");
  print_missing(file, root);
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "coverage - makes one report of what Verilator, gcov and random traffic have counted");
  app.require_subcommand(1);
  fs::path text, tracefile, gcov, root, excluded;
  std::vector<fs::path> files;
  unsigned seeds = 4;
  Clock clocks = 1'000'000;

  CLI::App* points_command =
      app.add_subcommand("points", "play random traffic, and count functional points");
  points_command->add_option("text", text, "the points, a line each")->required();
  points_command->add_option("tracefile", tracefile, "their counts")->required();
  points_command->add_option("--seeds", seeds)->capture_default_str();
  points_command->add_option("--clocks", clocks, "of each seed")->capture_default_str();

  CLI::App* counted_command =
      app.add_subcommand("counted", "turn what Verilator and gcov have counted into a tracefile");
  counted_command->add_option("tracefile", tracefile)->required();
  counted_command->add_option("files", files, "what Verilator has written")->required();
  counted_command->add_option("--gcov", gcov, "what gcov has printed, as JSON")->required();
  counted_command->add_option("--root", root, "of the project")->required();
  counted_command
      ->add_option("--excluded", excluded,
                   "lines and branches that cannot be reached, with the reasons")
      ->required();

  CLI::App* summary_command =
      app.add_subcommand("summary", "print figures; exit code 1 where a bar is missed");
  summary_command->add_option("tracefile", tracefile)->required();
  summary_command->add_option("--root", root, "of the project")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    if (points_command->parsed()) return points(seeds, clocks, text, tracefile), 0;
    if (counted_command->parsed()) return counted(files, gcov, root, excluded, tracefile) ? 0 : 1;
    return summary(tracefile, root) ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "coverage: {}\n", error.what());
    return 2;
  }
}
