// SPDX-License-Identifier: Apache-2.0
// Measures each part against what bounds it.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <systemc>

#include "tb/bench/picture.h"
#include "tb/bench/rows.h"

namespace mtty::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMissed = 1, kWrongUse = 2;

double in_unit(const Row& row, const Lap& lap) {
  return (row.figure == Figure::kTime ? 1 / rate(lap) : rate(lap)) * row.scale;
}

std::vector<double> in_unit(const Row& row, const Laps& laps) {
  std::vector<double> values;
  for (const Lap& lap : laps) values.push_back(in_unit(row, lap));
  return values;
}

bool slower(const Row& row, double a, double b) {
  return row.figure == Figure::kTime ? a > b : a < b;
}

/// Medians over the rounds; the ratio is the median of the rounds' ratios, of which each compares
/// neighbours in time.
Json summary(const Row& row, const std::vector<double>& values,
             const std::vector<double>& references) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < values.size(); ++i) ratios.push_back(values[i] / references[i]);
  const double ratio = median(ratios);
  Json result{{"name", row.name},
              {"value", median(values)},
              {"unit", row.unit},
              {"reference", median(references)},
              {"ratio", ratio}};
  if (row.bar != 0) {
    result["bar"] = row.bar;
    result["less_is_better"] = row.figure == Figure::kTime;
    result["met"] = row.figure == Figure::kTime ? ratio <= row.bar : ratio >= row.bar;
  }
  result["measures"] = row.measures;
  result["against"] = row.against;
  return result;
}

Json measure(const Row& row) {
  std::vector<Contender> contenders{row.value};
  contenders.insert(contenders.end(), row.references.begin(), row.references.end());
  const std::vector<Laps> laps = contest(contenders, row.rounds);
  std::vector<double> references;
  for (std::size_t i = 1; i < laps.size(); ++i) {
    const std::vector<double> other = in_unit(row, laps[i]);
    if (references.empty() || slower(row, median(other), median(references))) references = other;
  }
  return summary(row, in_unit(row, laps[0]), references);
}

/// Of a row that was measured elsewhere: NAME.rounds in `folder`, a line "VALUE REFERENCE" a round.
/// Null where it was not.
Json read_rounds(const Row& row, const std::string& folder) {
  std::ifstream in(folder + "/" + row.name + ".rounds");
  std::vector<double> values, references;
  for (double value, reference; in >> value >> reference;) {
    values.push_back(value);
    references.push_back(reference);
  }
  return values.empty() ? Json() : summary(row, values, references);
}

void print(const Json& result) {
  const char* verdict = !result.contains("met") ? "" : result["met"].get<bool>() ? "met" : "MISSED";
  fmt::print("{:<24} {:>9} {:<9} {:>9} {:>7}  {:<7} {:<7} {}, against {}\n",
             result["name"].get<std::string>(), number(result["value"]),
             result["unit"].get<std::string>(), number(result["reference"]),
             number(result["ratio"]), bar_text(result), verdict,
             result["measures"].get<std::string>(), result["against"].get<std::string>());
  std::fflush(stdout);
}

std::vector<Row> all_rows() {
  std::vector<Row> rows;
  for (auto part : {bridge_rows, vm_rows, access_rows, clock_rows, wave_rows})
    for (Row& row : part()) rows.push_back(std::move(row));
  return rows;
}

void write(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  if (!out.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", file));
}

struct Options {
  std::vector<std::string> filters;
  std::string rounds;
  std::string from;
  std::string json;
  std::string picture;
  bool growth = false;

  bool wants(const std::string& name) const {
    return filters.empty() || std::any_of(filters.begin(), filters.end(), [&](const auto& filter) {
             return name.find(filter) != name.npos;
           });
  }
};

Json measure_all(const Options& options) {
  Json results = Json::array();
  const bool terminal = isatty(STDERR_FILENO);
  for (const Row& row : all_rows()) {
    if (!options.wants(row.name)) continue;
    if (terminal) fmt::print(stderr, "{} ...\r", row.name);
    const Json result = row.value.set_up ? measure(row) : read_rounds(row, options.rounds);
    if (result.is_null()) continue;
    print(result);
    results.push_back(result);
  }
  return results;
}

Json read(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file));
  Json results = Json::parse(in);
  for (const Json& result : results) print(result);
  return results;
}

/// Medians, a line a series.
int print_growth() {
  for (auto part : {clock_growth, wave_growth})
    for (const Series& series : part()) {
      std::vector<Contender> contenders;
      for (const Series::Point& point : series.points) contenders.push_back(point.value);
      const std::vector<Laps> laps = contest(contenders, Row().rounds);
      fmt::print("{}: {}\n", series.name, series.cost);
      for (std::size_t i = 0; i < laps.size(); ++i) {
        std::vector<double> costs;
        for (const Lap& lap : laps[i]) costs.push_back(series.scale / rate(lap));
        fmt::print("  {:>8} {:>9}\n", series.points[i].at, number(median(costs)));
      }
      std::fflush(stdout);
    }
  return 0;
}

int run(const Options& options) {
  if (options.growth) return print_growth();
  fmt::print("{:<24} {:>9} {:<9} {:>9} {:>7}  bar\n", "name", "value", "unit", "reference",
             "ratio");
  const Json results = options.from.empty() ? measure_all(options) : read(options.from);
  if (results.empty()) {
    fmt::print(stderr, "mtty_bench: no row has such a name\n");
    return kWrongUse;
  }
  if (!options.json.empty()) write(options.json, results.dump(1) + '\n');
  if (!options.picture.empty()) write(options.picture, draw(results));
  const auto missed = std::count_if(results.begin(), results.end(), [](const Json& result) {
    return result.contains("met") && !result["met"].get<bool>();
  });
  if (missed == 0) return 0;
  fmt::print("{} of {} rows miss their bar\n", missed, results.size());
  return kMissed;
}

}  // namespace
}  // namespace mtty::bench

int sc_main(int argc, char** argv) {
  CLI::App app(
      "Measures each part of the card against what bounds it, in turns, each in a process of its "
      "own. Prints medians; ends with 1 where a row misses its bar.");
  mtty::bench::Options options;
  app.add_option("--filter", options.filters, "only rows whose name holds this; may be repeated");
  app.add_option("--rounds", options.rounds,
                 "the folder in which vm_bench.sh has left what it measured");
  app.add_option("--from", options.from, "take the results from this file, and measure nothing");
  app.add_option("--json", options.json, "write the results to this file");
  app.add_flag("--growth", options.growth,
               "instead: how costs grow with traffic, ports, cards, idle time and signals");
  app.add_option("--picture", options.picture, "draw the results to this file, as SVG");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : mtty::bench::kWrongUse;
  }
  try {
    return mtty::bench::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "mtty_bench: {}\n", error.what());
    return 3;
  }
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", true);
  return sc_core::sc_elab_and_sim(argc, argv);
}
