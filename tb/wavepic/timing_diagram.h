// SPDX-License-Identifier: Apache-2.0
// A piece of recorded waves as a timing diagram.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/time/clock.h"
#include "model/wave/vcd_reader.h"

namespace mtty {

/// A signal under a label, or a heading where there is no path.
struct DiagramRow {
  std::string label;
  std::string path;                          ///< "card.bus.ad"
  std::map<std::string, std::string> words;  ///< shown instead of a value, by its hex digits
};

/// A line at an edge of the clock, with what happens there.
struct DiagramMark {
  Clock clock;
  std::string text;
};

struct TimingDiagram {
  std::string title;
  Clock from, to;  ///< in PCI clocks
  std::vector<DiagramRow> rows;
  std::vector<DiagramMark> marks;
};

/// The diagram as SVG. Throws std::runtime_error where the waves lack a signal or a part of the
/// time.
std::string draw(const TimingDiagram& diagram, const RecordedWaves& waves);

}  // namespace mtty
