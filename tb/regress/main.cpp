// SPDX-License-Identifier: Apache-2.0
// Many seeds of random traffic into all pairs of bodies, on all processors or on a Slurm cluster.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "tb/regress/launcher.h"
#include "tb/regress/seeds.h"

namespace {

using namespace mtty;
namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr unsigned kStarts = 3;           // of a task that is killed again and again
constexpr unsigned kLargestArray = 1000;  // Slurm's usual MaxArraySize

volatile sig_atomic_t g_stop = 0;

struct Options {
  SeedOptions seed;
  std::uint64_t first = 1;
  unsigned seeds = 50;
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
  bool slurm = false;
  long task = -1;  // play this one, and no more

  unsigned per_task() const { return slurm ? (seeds + kLargestArray - 1) / kLargestArray : 1; }
  unsigned tasks() const { return (seeds + per_task() - 1) / per_task(); }
  /// The seeds of a task.
  std::pair<std::uint64_t, std::uint64_t> range(unsigned number) const {
    const std::uint64_t begin = first + std::uint64_t(number) * per_task();
    return {begin, std::min(begin + per_task(), first + seeds)};
  }
};

void play(const Options& options) {
  const auto [begin, end] = options.range(unsigned(options.task));
  for (std::uint64_t seed = begin; seed < end; ++seed)
    if (!result_of(seed, options.seed)) play_seed(seed, options.seed);
}

/// Results as they come in.
class Collector {
 public:
  explicit Collector(const Options& options) : options_(options) {
    for (unsigned task = 0; task < options.tasks(); ++task) missing_.insert(task);
  }

  void look() {
    for (auto task = missing_.begin(); task != missing_.end();) {
      const auto [begin, end] = options_.range(*task);
      bool whole = true;
      for (std::uint64_t seed = begin; seed < end; ++seed) whole &= take(seed);
      task = whole ? missing_.erase(task) : std::next(task);
    }
    show();
  }
  const std::set<unsigned>& missing() const { return missing_; }

  /// True where nothing differs.
  bool report() const {
    if (terminal_) fmt::print(stderr, "\r{:78}\r", "");
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - begin_);
    fmt::print("{} clocks in {} runs of {} seeds, {} differences, {} s\n", clocks_, runs_,
               seen_.size(), differences_, seconds.count());
    return differences_ == 0;
  }

 private:
  bool take(std::uint64_t seed) {
    if (seen_.count(seed)) return true;
    const auto result = result_of(seed, options_.seed);
    if (!result) return false;
    seen_.insert(seed);
    clocks_ += result->clocks;
    runs_ += result->runs;
    for (const Difference& difference : result->differences) {
      ++differences_;
      if (terminal_) fmt::print(stderr, "\r{:78}\r", "");
      fmt::print("seed {} differs; to see it again:\n  {}\n{}", seed, difference.command,
                 difference.output);
      std::fflush(stdout);
    }
    return true;
  }

  void show() {
    const auto now = steady_clock::now();
    if (now - shown_ < (terminal_ ? std::chrono::seconds(1) : std::chrono::seconds(30))) return;
    shown_ = now;
    const double rate = double(seen_.size()) / std::chrono::duration<double>(now - begin_).count();
    const auto left =
        std::chrono::seconds(rate > 0 ? long(double(options_.seeds - seen_.size()) / rate) : 0);
    fmt::print(stderr, "{}{} of {} seeds, {} million clocks, {} differences, {:%H:%M:%S} to go {}",
               terminal_ ? "\r" : "", seen_.size(), options_.seeds, clocks_ / 1'000'000,
               differences_, left, terminal_ ? "" : "\n");
  }

  const Options& options_;
  const bool terminal_ = isatty(STDERR_FILENO);
  const steady_clock::time_point begin_ = steady_clock::now();
  steady_clock::time_point shown_ = begin_;
  std::set<unsigned> missing_;  // tasks
  std::set<std::uint64_t> seen_;
  std::uint64_t clocks_ = 0;
  unsigned runs_ = 0, differences_ = 0;
};

/// Starts what is missing and is not under way, until nothing is missing.
int collect(const Options& options, Launcher& launcher) {
  Collector collector(options);
  std::map<unsigned, unsigned> starts;
  while (!g_stop) {
    // In this order: a task that has ended since has left its results.
    const auto under_way = launcher.under_way();
    collector.look();
    if (collector.missing().empty()) return collector.report() ? 0 : 1;
    std::set<unsigned> idle = collector.missing();
    for (const unsigned task : under_way) idle.erase(task);
    for (const unsigned task : idle)
      if (++starts[task] > kStarts)
        throw std::runtime_error(
            fmt::format("task {} has ended {} times without a result: see {}", task, kStarts,
                        (options.seed.results / fmt::format("task-{}.log", task)).string()));
    if (!idle.empty()) launcher.start({idle.begin(), idle.end()});
    std::this_thread::sleep_for(std::chrono::milliseconds(options.slurm ? 500 : 20));
  }
  launcher.stop();
  collector.report();
  return 130;
}

/// An empty folder; where there is anything but results of earlier runs in it, an error.
void make_room(const fs::path& folder) {
  if (fs::exists(folder))
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      if (name.rfind("seed-", 0) != 0 && name.rfind("task-", 0) != 0)
        throw std::runtime_error(
            fmt::format("{} is no result of a regression; choose another folder for --results",
                        entry.path().string()));
    }
  fs::remove_all(folder);
  fs::create_directories(folder);
}

std::vector<std::string> task_command(const Options& options) {
  std::vector<std::string> words = {fs::read_symlink("/proc/self/exe"),
                                    "--program",
                                    options.seed.program,
                                    "--results",
                                    options.seed.results,
                                    "--clocks",
                                    std::to_string(options.seed.clocks),
                                    "--first",
                                    std::to_string(options.first),
                                    "--seeds",
                                    std::to_string(options.seeds)};
  if (options.slurm) words.emplace_back("--slurm");
  words.emplace_back("--task");
  return words;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "regress - random traffic into all pairs of bodies, which must not differ; every fifth seed "
      "has a card of one port");
  Options options;
  options.seed.program = fs::read_symlink("/proc/self/exe").parent_path() / "mttysim";
  options.seed.results = "regress";
  app.add_option("--seeds", options.seeds, "how many")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  app.add_option("--first", options.first, "the first seed")->capture_default_str();
  app.add_option("--clocks", options.seed.clocks, "PCI clocks of each seed and pair")
      ->capture_default_str();
  app.add_option("--jobs,-j", options.jobs, "seeds at a time")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  app.add_flag("--slurm", options.slurm,
               "as a job array on a Slurm cluster; its nodes must see --results and --program");
  app.add_option("--results", options.seed.results,
                 "folder for the results; earlier ones are thrown away")
      ->capture_default_str();
  app.add_option("--program", options.seed.program, "mttysim")->capture_default_str();
  app.add_option("--task", options.task)->group("");  // what a task of the array runs
  app.footer(
      "A task that is killed is started again. Exit code: 0 no difference; 1 a difference, its "
      "command is printed; 2 it could\n"
      "not be run; 130 stopped.");
  try {
    app.parse(argc, argv);
    if (options.task >= 0) return play(options), 0;
    if (access(options.seed.program.c_str(), X_OK) != 0)
      throw std::runtime_error(
          fmt::format("there is no {}; ./run build makes it", options.seed.program.string()));
    options.seed.program = fs::absolute(options.seed.program);
    make_room(options.seed.results);
    options.seed.results = fs::canonical(options.seed.results);
    for (const int signal_number : {SIGINT, SIGTERM})
      signal(signal_number, [](int) { g_stop = 1; });
    const auto launcher = options.slurm
                              ? make_slurm_launcher(task_command(options), options.seed.results)
                              : make_local_launcher(task_command(options), options.jobs);
    return collect(options, *launcher);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "regress: {}\n", error.what());
    return 2;
  }
}
