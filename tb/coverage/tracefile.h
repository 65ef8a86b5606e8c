// SPDX-License-Identifier: Apache-2.0
// Coverage as lcov writes it down (man geninfo, "tracefile"), which genhtml makes pages of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace mtty {

struct SourceCoverage {
  std::map<unsigned, std::uint64_t> lines;  ///< by line number
  std::map<std::tuple<unsigned, unsigned, unsigned>, std::uint64_t>
      branches;  ///< by line, block and branch
  /// lcov knows functions; for RTL these are the bits of signals, counted when they toggle.
  std::map<std::string, std::pair<unsigned, std::uint64_t>> functions;  ///< line and count by name
};
using Tracefile = std::map<std::string, SourceCoverage>;  ///< by path

void write_tracefile(const std::filesystem::path& file, const Tracefile& coverage);
Tracefile read_tracefile(const std::filesystem::path& file);

/// What cannot be reached, and why.
struct Exclusion {
  enum Kind { kLine, kBranch, kBits } kind = kLine;
  std::string source;  ///< path in the project
  std::string text;    ///< of the line; names of bits
  std::string reason;
  unsigned way = 0;   ///< kBranch: which of the line's branches, from 1 on
  unsigned ways = 0;  ///< how many it has
};
/// Lines "PATH: TEXT", "PATH branch 2 of 4: TEXT" or "PATH bits: NAME[0] NAME[1]", and below them,
/// indented, the reason.
std::vector<Exclusion> read_exclusions(const std::filesystem::path& file);
/// The numbers of a source's lines with this text.
std::vector<unsigned> lines_with(const std::string& text, const std::filesystem::path& source);

/// What Verilator counted (files of VerilatedCov::write), added up, without what is excluded.
/// Appends to `wrong` what is excluded and was reached all the same, or does not exist.
Tracefile read_verilated(const std::vector<std::filesystem::path>& files,
                         const std::filesystem::path& root,
                         const std::vector<Exclusion>& exclusions, std::vector<std::string>& wrong);

}  // namespace mtty
