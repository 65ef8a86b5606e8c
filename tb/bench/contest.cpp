// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/contest.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>

#include "kernel-bridge/host/os_handles.h"

namespace mtty::bench {
namespace {

constexpr unsigned kWarmUp = 2;

double seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

Lap lap(clockid_t clock, const std::function<double()>& work) {
  const double begin = seconds(clock);
  const double done = work();
  return {done, seconds(clock) - begin};
}

/// A contender in its process: a byte asks for a lap. Between laps the process stands still, with
/// all its threads, so that none of them spins while others are measured.
class Runner {
 public:
  explicit Runner(const Contender& contender) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::runtime_error("no socket pair");
    ours_ = UniqueFd(ends[0]);
    UniqueFd theirs(ends[1]);
    std::fflush(nullptr);
    child_ = fork();
    if (child_ < 0) throw std::runtime_error("no process");
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      // The parent's ends, its own and those of the others, or nobody would see them closed.
      close_range(3, unsigned(theirs.get()) - 1, 0);
      _exit(serve(contender, theirs.get()));
    }
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner() {
    ours_ = UniqueFd();
    kill(child_, SIGCONT);
    waitpid(child_, nullptr, 0);
  }

  Lap run() {
    const char go = 0;
    Lap lap;
    kill(child_, SIGCONT);
    if (write(ours_.get(), &go, 1) != 1 || read(ours_.get(), &lap, sizeof lap) != sizeof lap)
      throw std::runtime_error("a contender has ended early");
    kill(child_, SIGSTOP);
    return lap;
  }

 private:
  static int serve(const Contender& contender, int socket) try {
    const auto round = contender.set_up();
    char go;
    while (read(socket, &go, 1) == 1) {
      const Lap lap = round();
      if (write(socket, &lap, sizeof lap) != sizeof lap) return 1;
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "\n%s\n", error.what());
    return 1;
  }

  UniqueFd ours_;
  pid_t child_;
};

}  // namespace

Lap cpu_lap(const std::function<double()>& work) { return lap(CLOCK_PROCESS_CPUTIME_ID, work); }
Lap wall_lap(const std::function<double()>& work) { return lap(CLOCK_MONOTONIC, work); }

double rate(const Lap& lap) { return lap.work / lap.seconds; }

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<Laps> contest(const std::vector<Contender>& contenders, unsigned rounds) {
  std::vector<std::unique_ptr<Runner>> runners;
  runners.reserve(contenders.size());
  for (const Contender& contender : contenders)
    runners.push_back(std::make_unique<Runner>(contender));
  std::vector<Laps> laps(contenders.size());
  for (unsigned round = 0; round < rounds + kWarmUp; ++round)
    for (std::size_t i = 0; i < runners.size(); ++i) {
      const Lap lap = runners[i]->run();
      if (round >= kWarmUp) laps[i].push_back(lap);
    }
  return laps;
}

}  // namespace mtty::bench
