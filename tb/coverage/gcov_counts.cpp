// SPDX-License-Identifier: Apache-2.0
#include "tb/coverage/gcov_counts.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace mtty {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// How often each way on from the decisions of a line was taken. gcov counts two behind a call: the
/// statement goes on, or an exception ends it. Neither is a decision of the line.
std::vector<std::uint64_t> ways_on(const json& branches) {
  std::vector<std::uint64_t> ways;
  for (const json& branch : branches) {
    if (!branch.at("throw"))
      ways.push_back(branch.at("count"));
    else if (!ways.empty())
      ways.pop_back();
  }
  return ways;
}

void add(const json& line, SourceCoverage& source) {
  const unsigned number = line.at("line_number");
  source.lines[number] += line.at("count").get<std::uint64_t>();
  unsigned way = 0;
  for (const std::uint64_t count : ways_on(line.at("branches")))
    source.branches[{number, 0, ++way}] += count;
}

unsigned count_ways(const SourceCoverage& source, unsigned line) {
  unsigned ways = 0;
  while (source.branches.count({line, 0, ways + 1})) ++ways;
  return ways;
}

}  // namespace

Tracefile read_gcov(const fs::path& file, const fs::path& root,
                    const std::vector<Exclusion>& exclusions, std::vector<std::string>& wrong) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("cannot read {}", file.string()));
  const std::string model = (root / "model/").string(), waves = (root / "model/wave/").string();
  Tracefile all;
  for (std::string text; std::getline(in, text);) {
    const json object_file = json::parse(text);
    for (const json& source : object_file.at("files")) {
      const std::string path = source.at("file");
      if (path.rfind(model, 0) != 0 || path.rfind(waves, 0) == 0 || ends_with(path, "_test.cpp"))
        continue;
      for (const json& line : source.at("lines")) add(line, all[path]);
    }
  }
  Tracefile coverage = all;
  for (const Exclusion& exclusion : exclusions) {
    if (exclusion.kind != Exclusion::kBranch) continue;
    const std::string path = root / exclusion.source;
    bool found = false;
    for (const unsigned line : lines_with(exclusion.text, path)) {
      if (count_ways(all[path], line) != exclusion.ways) continue;
      found = true;
      if (all[path].branches[{line, 0, exclusion.way}])
        wrong.push_back(fmt::format("{}:{}: branch {} is excluded, but it was taken", path, line,
                                    exclusion.way));
      coverage[path].branches.erase({line, 0, exclusion.way});
    }
    if (!found)
      wrong.push_back(fmt::format("{} has no line '{}' with {} branches", exclusion.source,
                                  exclusion.text, exclusion.ways));
  }
  return coverage;
}

}  // namespace mtty
