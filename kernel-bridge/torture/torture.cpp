// SPDX-License-Identifier: Apache-2.0
// Tries to break mtty.ko, from both of its ends. For the host VM.
#include <CLI/CLI.hpp>
#include <map>
#include <random>

#include "kernel-bridge/torture/tests.h"

namespace {

using mtty::torture::Report;
using mtty::torture::Setting;

struct Test {
  void (*run)(const Setting&, Report&);
  uint64_t count;
  unsigned seconds;
  const char* help;
};

const std::map<std::string, Test> kTests = {
    {"kills", {mtty::torture::kills, 100, 0, "simulators killed at random moments (--count)"}},
    {"hangs", {mtty::torture::hangs, 0, 0, "simulators that do not answer"}},
    {"cycles", {mtty::torture::cycles, 100, 0, "simulators and users that come and go (--count)"}},
    {"lies", {mtty::torture::lies, 0, 10, "a simulator that lies (--seconds)"}},
    {"fuzz",
     {mtty::torture::fuzz, 0, 10,
      "a VFIO user that tries everything, cards and module going away (--seconds, --module)"}},
    {"intx", {mtty::torture::intx_races, 10'000, 0, "interrupts under races (--count)"}},
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Tries to break mtty.ko from both of its ends, and checks what must hold all the same. "
      "Prints "
      "TAP. Needs to be root, with the module loaded; makes and removes cards of its own.\n"
      "Ends with 0 where all held, 1 where not, 2 for wrong use.");
  std::vector<std::string> names;
  Setting setting;
  unsigned seconds = 0, within_ms = 1;
  setting.seed = std::random_device()();
  std::string list;
  for (const auto& [name, test] : kTests) list += fmt::format("\n  {:8}{}", name, test.help);
  app.add_option("test", names, "Which, in this order:" + list)
      ->required()
      ->check(CLI::IsMember(&kTests));
  app.add_option("--seed", setting.seed, "Of the random numbers (default: another each time)");
  app.add_option("--count", setting.count, "How often (default: the test's own)");
  app.add_option("--seconds", seconds, "How long (default: the test's own)");
  app.add_option("--module", setting.module, "mtty.ko, to unload and load it as well");
  app.add_option("--within-ms", within_ms,
                 "How long after a death an access may take to end (default 1; more where CPUs are "
                 "threads of an emulator)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  setting.within = std::chrono::milliseconds(within_ms);
  Report report;
  try {
    for (const std::string& name : names) {
      const Test& test = kTests.at(name);
      Setting own = setting;
      if (own.count == 0) own.count = test.count;
      own.length = std::chrono::seconds(seconds != 0 ? seconds : test.seconds);
      report.note(fmt::format("{} --seed {}", name, own.seed));
      test.run(own, report);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "bridge_torture: {}\n", error.what());
    report.finish();
    return 1;
  }
  return report.finish() == 0 ? 0 : 1;
}
