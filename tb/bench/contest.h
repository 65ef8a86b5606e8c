// SPDX-License-Identifier: Apache-2.0
// Two or more contenders, measured in turns.
#pragma once

#include <functional>
#include <vector>

namespace mtty::bench {

/// What a round has done, and the seconds that it counts.
struct Lap {
  double work;
  double seconds;
};

/// One that is measured. `set_up` runs in a process of its own (SystemC elaborates once in a
/// process) and returns what does a round, of some ten milliseconds.
struct Contender {
  std::function<std::function<Lap()>()> set_up;
};

/// Laps of a contender, one a round.
using Laps = std::vector<Lap>;

/// All contenders round by round, so that what the machine does besides meets all alike. The first
/// rounds, in which caches and pages warm up, do not count. Throws std::runtime_error where a
/// contender fails.
std::vector<Laps> contest(const std::vector<Contender>& contenders, unsigned rounds);

/// Work of a lap per second.
double rate(const Lap& lap);
double median(std::vector<double> values);

/// Runs `work`, which returns how much it has done, and counts the CPU time of this process: other
/// processes that get in between do not count.
Lap cpu_lap(const std::function<double()>& work);
/// The same with the wall clock, for what waits for other threads.
Lap wall_lap(const std::function<double()>& work);

}  // namespace mtty::bench
