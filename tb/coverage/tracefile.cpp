// SPDX-License-Identifier: Apache-2.0
#include "tb/coverage/tracefile.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace mtty {
namespace {

namespace fs = std::filesystem;

std::ifstream open(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("cannot read {}", file.string()));
  return in;
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in = open(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string trimmed(const std::string& line) {
  const auto first = line.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t") - first + 1);
}

/// A point of Verilator's: C '\1key\2value\1key\2value...' count
struct Point {
  std::map<std::string, std::string> fields;
  std::uint64_t count;

  const std::string& operator[](const char* key) const {
    static const std::string kNone;
    const auto found = fields.find(key);
    return found == fields.end() ? kNone : found->second;
  }
  unsigned line() const { return unsigned(std::stoul((*this)["l"])); }
  /// v_line, v_branch or v_toggle
  std::string kind() const { return (*this)["page"].substr(0, (*this)["page"].find('/')); }
};

bool parse(const std::string& line, Point& point) {
  const auto begin = line.find('\''), end = line.rfind('\'');
  if (line.compare(0, 2, "C ") != 0 || begin == end) return false;
  point.fields.clear();
  std::istringstream fields(line.substr(begin + 2, end - begin - 2));
  for (std::string field; std::getline(fields, field, '\1');)
    point.fields[field.substr(0, field.find('\2'))] = field.substr(field.find('\2') + 1);
  point.count = std::stoull(line.substr(end + 1));
  return true;
}

/// "3,7-9" as numbers; Verilator's list of the lines that a point stands for.
std::vector<unsigned> numbers(const std::string& list) {
  std::vector<unsigned> all;
  std::istringstream parts(list);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto dash = part.find('-');
    const auto first = unsigned(std::stoul(part));
    const auto last =
        dash == std::string::npos ? first : unsigned(std::stoul(part.substr(dash + 1)));
    for (unsigned n = first; n <= last; ++n) all.push_back(n);
  }
  return all;
}

/// A source with the lines that are excluded.
struct Source {
  std::set<unsigned> excluded;
  std::set<unsigned> reached;  // of those
};

void exclude_bits(const Exclusion& exclusion, SourceCoverage& source,
                  std::vector<std::string>& wrong) {
  std::istringstream names(exclusion.text);
  for (std::string name; names >> name;) {
    const auto bit = source.functions.find(name);
    if (bit == source.functions.end())
      wrong.push_back(fmt::format("{} has no bit '{}'", exclusion.source, name));
    else if (bit->second.second)
      wrong.push_back(
          fmt::format("{}: bit {} is excluded, but it toggled", exclusion.source, name));
    source.functions.erase(name);
  }
}

}  // namespace

void write_tracefile(const fs::path& file, const Tracefile& coverage) {
  std::ofstream out(file);
  out << "TN:\n";
  for (const auto& [path, source] : coverage) {
    out << "SF:" << path << '\n';
    for (const auto& [name, at] : source.functions)
      out << fmt::format("FN:{},{}\n", at.first, name);
    for (const auto& [name, at] : source.functions)
      out << fmt::format("FNDA:{},{}\n", at.second, name);
    for (const auto& [at, count] : source.branches)
      out << fmt::format("BRDA:{},{},{},{}\n", std::get<0>(at), std::get<1>(at), std::get<2>(at),
                         count);
    for (const auto& [line, count] : source.lines) out << fmt::format("DA:{},{}\n", line, count);
    out << "end_of_record\n";
  }
  if (!out.flush()) throw std::runtime_error(fmt::format("cannot write {}", file.string()));
}

Tracefile read_tracefile(const fs::path& file) {
  Tracefile coverage;
  SourceCoverage* source = nullptr;
  for (std::string line : lines_of(file)) {
    const std::string key = line.substr(0, line.find(':'));
    if (key == "SF") source = &coverage[line.substr(3)];
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream fields(line.substr(std::min(line.size(), key.size() + 1)));
    unsigned at, block, branch;
    std::string text;
    if (key == "DA" && fields >> at >> text) source->lines[at] += std::stoull(text);
    if (key == "BRDA" && fields >> at >> block >> branch >> text)
      source->branches[{at, block, branch}] += text == "-" ? 0 : std::stoull(text);
    if (key == "FN" && fields >> at >> text) source->functions[text].first = at;
    if (key == "FNDA" && fields >> at >> text) source->functions[text].second += at;
  }
  return coverage;
}

std::vector<Exclusion> read_exclusions(const fs::path& file) {
  std::vector<Exclusion> exclusions;
  std::size_t explained = 0;  // of those, by earlier reasons; one reason may stand for several
  bool in_reason = false;
  for (const std::string& line : lines_of(file)) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == ' ') {
      for (std::size_t i = explained; i < exclusions.size(); ++i)
        exclusions[i].reason += trimmed(line) + " ";
      in_reason = true;
    } else {
      if (in_reason) explained = exclusions.size();
      in_reason = false;
      const auto colon = line.find(": ");
      Exclusion exclusion;
      exclusion.text = trimmed(line.substr(std::min(line.size(), colon + 2)));
      std::istringstream where(line.substr(0, colon));
      std::string kind, of;
      where >> exclusion.source >> kind >> exclusion.way >> of >> exclusion.ways;
      if (kind == "bits")
        exclusion.kind = Exclusion::kBits;
      else if (kind == "branch" && where && exclusion.way)
        exclusion.kind = Exclusion::kBranch;
      else if (!kind.empty())
        throw std::runtime_error(fmt::format("{}: '{}' is no place", file.string(), line));
      exclusions.push_back(exclusion);
    }
  }
  for (const Exclusion& exclusion : exclusions)
    if (exclusion.reason.empty())
      throw std::runtime_error(
          fmt::format("{}: '{}' has no reason", file.string(), exclusion.text));
  return exclusions;
}

std::vector<unsigned> lines_with(const std::string& text, const fs::path& source) {
  std::vector<unsigned> found;
  unsigned number = 0;
  for (const std::string& line : lines_of(source)) {
    ++number;
    if (trimmed(line) == text) found.push_back(number);
  }
  return found;
}

Tracefile read_verilated(const std::vector<fs::path>& files, const fs::path& root,
                         const std::vector<Exclusion>& exclusions,
                         std::vector<std::string>& wrong) {
  std::map<std::string, Source> sources;
  for (const Exclusion& exclusion : exclusions) {
    if (exclusion.kind != Exclusion::kLine) continue;
    const std::string path = root / exclusion.source;
    const auto lines = lines_with(exclusion.text, path);
    sources[path].excluded.insert(lines.begin(), lines.end());
    if (lines.empty())
      wrong.push_back(fmt::format("{} has no line '{}'", exclusion.source, exclusion.text));
  }
  Tracefile coverage;
  Point point;
  for (const fs::path& file : files)
    for (const std::string& line : lines_of(file)) {
      if (!parse(line, point)) continue;
      Source& source = sources[point["f"]];
      SourceCoverage& covered = coverage[point["f"]];
      const unsigned at = point.line();
      if (source.excluded.count(at)) {
        if (point.count && point.kind() != "v_toggle") source.reached.insert(at);
        continue;
      }
      if (point.kind() == "v_toggle") {
        auto& bit = covered.functions[point["o"]];
        bit.first = at;
        bit.second += point.count;
        continue;
      }
      if (point.kind() == "v_branch") {
        const auto column = unsigned(std::stoul(point["n"]));
        covered.branches[{at, column, point["o"] == "else"}] += point.count;
      }
      covered.lines[at] += point.count;
      for (const unsigned n : numbers(point["S"]))
        if (n != at && !source.excluded.count(n)) covered.lines[n] += point.count;
    }
  for (const auto& [path, source] : sources)
    for (const unsigned line : source.reached)
      wrong.push_back(fmt::format("{}:{} is excluded, but it was reached", path, line));
  for (const Exclusion& exclusion : exclusions)
    if (exclusion.kind == Exclusion::kBits)
      exclude_bits(exclusion, coverage[root / exclusion.source], wrong);
  return coverage;
}

}  // namespace mtty
