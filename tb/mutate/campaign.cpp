// SPDX-License-Identifier: Apache-2.0
#include "tb/mutate/campaign.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace mtty {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

/// Several times what the longest test takes.
constexpr rlim_t kCpuSeconds = 20;

struct Step {
  const char* name;
  const char* command;                // for sh, in the folder of the programs
  const char* not_for = "no module";  // mutants of these modules it cannot see
};

// Quick ones first: most mutants end there. Three rows that take three quarters of the time of all
// rows are left out.
constexpr Step kRtlSteps[] = {
    {"lockstep", "./mttysim lockstep --a pins --b rtl --seed 1 --clocks 200000 --log /dev/null"},
    {"rtl_test", "./rtl_test --gtest_fail_fast"},
    {"lockstep, 1 M clocks",
     "./mttysim lockstep --a pins --b rtl --seed 2 --clocks 1000000 --log /dev/null"},
    {"PCI rows", "./check_card --gtest_fail_fast '--gtest_filter=*Pci*/rtl'"},
    {"UART rows",
     "./check_card --gtest_fail_fast "
     "'--gtest_filter=*Uart*/rtl-*SKEW*:*DIV_no_drift*:*DIV_bit_time*'",
     "rtl/pci_"},
};
constexpr Step kModelSteps[] = {
    {"unit tests",
     "ulimit -S -t 4; ./model_test --gtest_fail_fast && ./pin_dut_test --gtest_fail_fast"},
    {"lockstep", "./mttysim lockstep --a tlm --b rtl --seed 1 --clocks 200000 --log /dev/null"},
    {"lockstep of pins",
     "./mttysim lockstep --a pins --b rtl --seed 1 --clocks 200000 --log /dev/null"},
    {"lockstep, 1 M clocks",
     "for pair in 'tlm --b rtl' 'pins --b rtl'; do"
     "  ./mttysim lockstep --a $pair --seed 2 --clocks 1000000 --log /dev/null || exit 1; "
     "done"},
    {"rows",
     "ctest --test-dir .. -R '^Card.*/(tlm|pins)|^SerialCard|^Unheard|^Intx' -E "
     "'SKEW|DIV_no_drift|DIV_bit_time' --stop-on-failure"},
    {"restoring", "ctest --test-dir ../tb/script --stop-on-failure"},
};

std::vector<Step> steps_of(const std::string& kind) {
  if (kind == "rtl") return {std::begin(kRtlSteps), std::end(kRtlSteps)};
  if (kind == "model") return {std::begin(kModelSteps), std::end(kModelSteps)};
  throw std::runtime_error(fmt::format("there is no kind of mutants '{}'", kind));
}

volatile sig_atomic_t g_stop = 0;

std::ifstream open(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("cannot read {}", file.string()));
  return in;
}

/// Verdicts in a file, appended to as they come in: what killed it (or "-"), and the mutant's name.
class Results {
 public:
  Results(const fs::path& file, const std::string& key, bool keep_killed) {
    const bool begun = fs::exists(file);
    bool same = false;
    if (begun) {
      std::string line;
      std::ifstream in = open(file);
      same = std::getline(in, line) && line == key;
    }
    if (begun && (same || keep_killed)) verdicts = read_verdicts(file);
    if (!same)
      for (auto it = verdicts.begin(); it != verdicts.end();)
        it = it->second.killed ? std::next(it) : verdicts.erase(it);
    out_.open(file, std::ios::trunc);
    out_ << key << '\n';
    for (const auto& [name, verdict] : verdicts) out_ << verdict.by << '\t' << name << '\n';
    if (!out_.flush()) throw std::runtime_error(fmt::format("cannot write {}", file.string()));
  }
  void add(const std::string& name, const Verdict& verdict) {
    verdicts[name] = verdict;
    out_ << verdict.by << '\t' << name << std::endl;
  }
  Verdicts verdicts;

 private:
  std::ofstream out_;
};

/// A mutant under one of its tests.
class Trial {
 public:
  Trial(const Mutant& mutant, std::size_t step, const fs::path& folder, fs::path log)
      : mutant_(mutant), step_(step), log_(std::move(log)) {
    start(folder, steps_of(mutant.kind).at(step));
  }

  pid_t process() const { return process_; }
  const Mutant& mutant() const { return mutant_; }
  std::size_t step() const { return step_; }
  const fs::path& log() const { return log_; }
  void kill() const { ::kill(-process_, SIGKILL); }

  /// With the status that its process has ended with: what has killed the mutant, or "-".
  std::string outcome(int status) const {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "-";
    const bool hangs = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
    return std::string(steps_of(mutant_.kind)[step_].name) + (hangs ? ", hangs" : "");
  }

 private:
  void start(const fs::path& folder, const Step& step) {
    const pid_t parent = getpid();
    process_ = fork();
    if (process_ < 0) throw std::runtime_error("cannot start a process");
    if (process_ > 0) return;
    // A group of its own: Ctrl-C is the campaign's business.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    const int out = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    const rlimit limit{kCpuSeconds, kCpuSeconds + 5}, no_core{0, 0};
    setrlimit(RLIMIT_CPU, &limit);
    setrlimit(RLIMIT_CORE, &no_core);
    setenv("MTTY_MUTANT", std::to_string(mutant_.number).c_str(), 1);
    if (chdir(folder.c_str()) == 0) execl("/bin/sh", "sh", "-c", step.command, nullptr);
    _exit(1);
  }

  Mutant mutant_;
  std::size_t step_;
  fs::path log_;
  pid_t process_ = 0;
};

/// A line every second on a terminal, written over the one before; every 30 seconds elsewhere.
class Progress {
 public:
  Progress(std::size_t done, std::size_t all) : before_(done), all_(all) {}
  void show(std::size_t done, std::size_t survived) {
    const auto now = steady_clock::now();
    if (now - shown_ < (terminal_ ? std::chrono::seconds(1) : std::chrono::seconds(30))) return;
    shown_ = now;
    const double rate =
        double(done - before_) / std::chrono::duration<double>(now - begin_).count();
    const auto left = std::chrono::seconds(rate > 0 ? long(double(all_ - done) / rate) : 0);
    const std::string forecast =
        rate > 0 ? fmt::format(", {:.1f} a second, {:%H:%M:%S} to go", rate, left) : "";
    fmt::print(stderr, "{}{} of {} mutants, {} survive{} {}", terminal_ ? "\r" : "", done, all_,
               survived, forecast, terminal_ ? "" : "\n");
  }
  void end() const {
    if (terminal_) fmt::print(stderr, "\r{:70}\r", "");
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO);
  const std::size_t before_, all_;
  const steady_clock::time_point begin_ = steady_clock::now();
  steady_clock::time_point shown_;  // long ago: at once
};

class Campaign {
 public:
  Campaign(const std::vector<Mutant>& mutants, const CampaignOptions& options)
      : options_(options), results_(options.results, options.key, options.keep_killed) {
    std::map<std::string, bool> kinds;
    for (const Mutant& mutant : mutants) {
      const auto known = results_.verdicts.find(mutant.full_name());
      if (known != results_.verdicts.end()) {
        ++done_;
        survived_ += !known->second.killed;
        continue;
      }
      // First of all the tests must pass without a mutant.
      const Mutant none{0, mutant.kind, mutant.kind, "no mutant"};
      if (!kinds[mutant.kind] && !results_.verdicts.count(none.full_name()))
        waiting_.push_front({none, 0});
      kinds[mutant.kind] = true;
      waiting_.push_back({mutant, 0});
    }
    all_ = mutants.size();
  }
  ~Campaign() {
    for (const Trial& trial : trials_) trial.kill();
    for (const Trial& trial : trials_) waitpid(trial.process(), nullptr, 0);
  }

  void run() {
    Progress progress(done_, all_);
    progress.show(done_, survived_);
    while (!waiting_.empty() || !trials_.empty()) {
      if (g_stop) throw Stopped();
      while (may_start()) start_next();
      int status;
      const pid_t ended = waitpid(-1, &status, 0);
      const auto trial = std::find_if(trials_.begin(), trials_.end(),
                                      [&](const Trial& t) { return t.process() == ended; });
      if (trial == trials_.end()) continue;
      finish(*trial, trial->outcome(status));
      trials_.erase(trial);
      progress.show(done_, survived_);
    }
    progress.end();
  }

 private:
  /// A mutant not before the tests have passed without one.
  bool may_start() const {
    if (waiting_.empty() || trials_.size() >= options_.jobs) return false;
    return waiting_.front().mutant.number == 0 ||
           std::none_of(trials_.begin(), trials_.end(),
                        [](const Trial& trial) { return trial.mutant().number == 0; });
  }

  void start_next() {
    const fs::path log = options_.results.parent_path() /
                         fmt::format("trial-{}.log", started_++ % (2 * options_.jobs));
    const Turn& turn = waiting_.front();
    trials_.emplace_back(turn.mutant, turn.step, options_.build / "bin", log);
    waiting_.pop_front();
  }

  void finish(const Trial& trial, const std::string& by) {
    const Mutant& mutant = trial.mutant();
    const bool none = mutant.number == 0, killed = by != "-";
    if (none && killed)
      throw std::runtime_error(
          fmt::format("'{}' fails without a mutant: see {}", by, trial.log().string()));
    const auto steps = steps_of(mutant.kind);
    std::size_t next = trial.step() + 1;
    while (next < steps.size() && mutant.module.rfind(steps[next].not_for, 0) == 0) ++next;
    if (!killed && next < steps.size()) {
      // All go through a quick test before the first one goes through a slow one.
      none ? waiting_.push_front({mutant, next}) : waiting_.push_back({mutant, next});
      return;
    }
    results_.add(mutant.full_name(), {killed, by});
    done_ += !none;
    survived_ += !none && !killed;
  }

  const CampaignOptions options_;
  Results results_;
  struct Turn {
    Mutant mutant;
    std::size_t step;
  };
  std::deque<Turn> waiting_;
  std::deque<Trial> trials_;
  std::size_t all_ = 0, done_ = 0, survived_ = 0, started_ = 0;
};

struct Count {
  unsigned all = 0, killed = 0, equivalent = 0;
  double score() const { return all > equivalent ? 100.0 * killed / (all - equivalent) : 100; }
};

void print_line(const std::string& name, const Count& count) {
  fmt::print("{:32}{:8}{:8}{:12}{:10}{:8.1f} %\n", name, count.all, count.killed, count.equivalent,
             count.all - count.killed - count.equivalent, count.score());
}

}  // namespace

std::vector<Mutant> read_mutants(const fs::path& list) {
  std::ifstream in = open(list);
  std::vector<Mutant> mutants;
  Mutant mutant;
  for (std::string number; std::getline(in, number, '\t');) {
    mutant.number = unsigned(std::stoul(number));
    std::getline(in, mutant.kind, '\t');
    std::getline(in, mutant.module, '\t');
    if (!std::getline(in, mutant.name))
      throw std::runtime_error(fmt::format("{} is not complete", list.string()));
    mutants.push_back(mutant);
  }
  return mutants;
}

namespace {

void add_equivalent(const fs::path& file, std::map<std::string, std::string>& equivalent) {
  std::ifstream in = open(file);
  std::vector<std::string> names;  // one reason may stand for several
  bool reason = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == ' ') {
      for (const std::string& name : names) equivalent[name] += line.substr(1);
      reason = true;
      continue;
    }
    if (reason) names.clear();
    reason = false;
    names.push_back(line);
  }
  if (!names.empty() && !reason)
    throw std::runtime_error(fmt::format("{}: '{}' has no reason", file.string(), names.back()));
}

}  // namespace

std::map<std::string, std::string> read_equivalent(const std::vector<fs::path>& files) {
  std::map<std::string, std::string> equivalent;
  for (const fs::path& file : files) add_equivalent(file, equivalent);
  return equivalent;
}

Verdicts read_verdicts(const fs::path& results) {
  std::ifstream in = open(results);
  Verdicts verdicts;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const auto tab = line.find('\t');
    if (tab == std::string::npos || in.eof()) break;  // its end is missing
    const std::string by = line.substr(0, tab);
    verdicts[line.substr(tab + 1)] = {by != "-", by};
  }
  return verdicts;
}

std::vector<const Mutant*> survivors(const std::vector<Mutant>& mutants, const Verdicts& verdicts,
                                     const std::map<std::string, std::string>& equivalent) {
  std::vector<const Mutant*> alive;
  for (const Mutant& mutant : mutants) {
    const auto verdict = verdicts.find(mutant.full_name());
    if (verdict != verdicts.end() && !verdict->second.killed &&
        !equivalent.count(mutant.full_name()))
      alive.push_back(&mutant);
  }
  return alive;
}

void try_all(const std::vector<Mutant>& mutants, const CampaignOptions& options) {
  struct sigaction action {};  // without SA_RESTART: it ends waitpid
  action.sa_handler = [](int) { g_stop = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  Campaign(mutants, options).run();
}

bool report(const std::vector<Mutant>& mutants, const Verdicts& verdicts,
            const std::map<std::string, std::string>& equivalent, double bar) {
  std::map<std::string, std::map<std::string, Count>> modules;  // by kind and name
  std::vector<std::string> wrong;
  std::size_t untried = 0;
  for (const Mutant& mutant : mutants) {
    const std::string name = mutant.full_name();
    if (!verdicts.count(name)) {
      ++untried;
      continue;
    }
    const bool killed = verdicts.at(name).killed, same = equivalent.count(name);
    Count& count = modules[mutant.kind][mutant.module];
    ++count.all;
    count.killed += killed;
    count.equivalent += same && !killed;
    if (killed && same) wrong.push_back(name);
  }
  fmt::print("{:32}{:>8}{:>8}{:>12}{:>10}{:>10}\n", "", "mutants", "killed", "equivalent",
             "survived", "killed");
  bool good = wrong.empty() && untried == 0;
  for (const auto& [kind, counts] : modules) {
    Count total;
    for (const auto& [module, count] : counts) {
      print_line(module, count);
      total.all += count.all, total.killed += count.killed, total.equivalent += count.equivalent;
    }
    print_line("all of " + kind, total);
    good &= total.score() >= bar;
  }
  const auto alive = survivors(mutants, verdicts, equivalent);
  if (!alive.empty()) fmt::print("\nsurvivors; MTTY_MUTANT=NUMBER runs one:\n");
  for (const Mutant* mutant : alive) fmt::print("{:5} {}\n", mutant->number, mutant->full_name());
  if (untried) fmt::print("\n{} mutants have not been tried\n", untried);
  for (const std::string& name : wrong) fmt::print("killed, so it is not equivalent: {}\n", name);
  return good;
}

}  // namespace mtty
