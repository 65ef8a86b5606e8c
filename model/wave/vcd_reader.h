// SPDX-License-Identifier: Apache-2.0
// Reads a value change dump back: for tests and pictures.
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mtty {

/// Times are in units of the file's timescale.
struct RecordedSignal {
  unsigned width = 0;
  /// Values as `width` digits of 01xz, from their time on.
  std::vector<std::pair<std::uint64_t, std::string>> changes;

  /// The value at a time; all x before the first.
  std::string at(std::uint64_t time) const;
};

struct RecordedWaves {
  std::map<std::string, RecordedSignal> signals;  ///< by path, "card.uart0.sout"
  std::uint64_t begin = 0, end = 0;               ///< the first and the last time in the file
};

/// Throws std::runtime_error where the text is no value change dump.
RecordedWaves read_vcd(std::istream& in);

}  // namespace mtty
