// SPDX-License-Identifier: Apache-2.0
// wavepic: a picture of a piece of a VCD file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tb/wavepic/timing_diagram.h"

namespace {

using namespace mtty;

std::ifstream open(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("cannot read {}: {}", file, std::strerror(errno)));
  return in;
}

/// A translate filter file of GTKWave: a line "VALUE WORDS" each, # comments.
std::map<std::string, std::string> read_words(const std::string& file) {
  std::ifstream in = open(file);
  std::map<std::string, std::string> words;
  for (std::string line; std::getline(in, line);) {
    const auto space = line.find(' ');
    if (line.empty() || line[0] == '#' || space == line.npos) continue;
    words[line.substr(0, space)] = line.substr(space + 1);
  }
  return words;
}

/// HEADING or LABEL=SIGNAL or LABEL=SIGNAL@WORDS
DiagramRow parse_row(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == text.npos) return {text, "", {}};
  DiagramRow row{text.substr(0, equals), text.substr(equals + 1), {}};
  if (const auto at = row.path.find('@'); at != row.path.npos) {
    row.words = read_words(row.path.substr(at + 1));
    row.path.resize(at);
  }
  return row;
}

/// CLOCK=TEXT
DiagramMark parse_mark(const std::string& text) {
  const auto equals = text.find('=');
  const std::string clock = text.substr(0, equals);
  if (equals == text.npos || clock.empty() || clock.find_first_not_of("0123456789") != clock.npos)
    throw std::runtime_error(fmt::format("--mark {}: give it as CLOCK=TEXT", text));
  return {std::stoull(clock), text.substr(equals + 1)};
}

void write(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text << std::flush;
  if (!out)
    throw std::runtime_error(fmt::format("cannot write {}: {}", file, std::strerror(errno)));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("wavepic - draws a piece of a VCD file as a timing diagram");
  std::string waves, picture;
  std::vector<std::string> rows, marks;
  TimingDiagram diagram{};
  app.add_option("waves", waves, "VCD file of mttysim")->required();
  app.add_option("picture", picture, "SVG file to write")->required();
  app.add_option("rows", rows, "HEADING, or LABEL=SIGNAL[@FILE] with GTKWave's words for values")
      ->required();
  app.add_option("--title", diagram.title, "above the picture");
  app.add_option("--from", diagram.from, "first PCI clock")->required();
  app.add_option("--to", diagram.to, "last PCI clock")->required();
  app.add_option("--mark", marks, "CLOCK=TEXT: a line at an edge, and what happens there")
      ->expected(1)
      ->take_all();
  CLI11_PARSE(app, argc, argv);
  try {
    for (const std::string& row : rows) diagram.rows.push_back(parse_row(row));
    for (const std::string& mark : marks) diagram.marks.push_back(parse_mark(mark));
    std::ifstream in = open(waves);
    write(picture, draw(diagram, read_vcd(in)));
  } catch (const std::exception& error) {
    fmt::print(stderr, "wavepic: {}\n", error.what());
    return 2;
  }
  return 0;
}
