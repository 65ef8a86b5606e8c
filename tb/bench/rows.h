// SPDX-License-Identifier: Apache-2.0
// The rows of the benchmark table.
#pragma once

#include <string>
#include <vector>

#include "tb/bench/contest.h"

namespace mtty::bench {

/// How a row's figure comes from laps.
enum class Figure {
  kTime,  ///< time per unit of work: less is better; the ratio is value / reference
  kRate,  ///< work per second: more is better
};

struct Row {
  std::string name;
  std::string measures;
  std::string against;
  Figure figure;
  std::string unit;
  double scale;  ///< from seconds, or from work per second, to the unit
  double bar;    ///< of the ratio, at the most (kTime) or at the least (kRate); 0: only a report
  Contender value{};  ///< none: it is measured elsewhere, see vm_bench.sh
  /// More than one: the slowest counts.
  std::vector<Contender> references{};
  unsigned rounds = 21;
};

/// How a cost grows with something.
struct Series {
  std::string name;
  std::string cost;  ///< and of what
  double scale;      ///< from seconds for a unit of work
  struct Point {
    std::string at;
    Contender value;
  };
  std::vector<Point> points;
};
std::vector<Series> clock_growth();
std::vector<Series> wave_growth();

/// Each in a file of its own.
std::vector<Row> access_rows();  ///< tlm_read, tlm_write, tlm_idle
std::vector<Row> clock_rows();   ///< tlm_busy, pins_clocks, rtl_..., lockstep_clocks, cards_...
std::vector<Row> wave_rows();    ///< wave_...
std::vector<Row> bridge_rows();  ///< shm_...
std::vector<Row> vm_rows();      ///< vfio_read, vfio_write, guest_throughput

}  // namespace mtty::bench
