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

bool holds(const Row& row, double ratio) {
  return row.bar == 0 || (row.figure == Figure::kTime ? ratio <= row.bar : ratio >= row.bar);
}

/// Medians over the rounds; the ratio is the median of the rounds' ratios, of which each compares
/// neighbours in time.
Json measure(const Row& row) {
  std::vector<Contender> contenders{row.value};
  contenders.insert(contenders.end(), row.references.begin(), row.references.end());
  const std::vector<Laps> laps = contest(contenders, row.rounds);

  const std::vector<double> values = in_unit(row, laps[0]);
  std::vector<double> references;
  for (std::size_t i = 1; i < laps.size(); ++i) {
    const std::vector<double> other = in_unit(row, laps[i]);
    if (references.empty() || slower(row, median(other), median(references))) references = other;
  }
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
    result["met"] = holds(row, ratio);
  }
  result["measures"] = row.measures;
  result["against"] = row.against;
  return result;
}

std::string number(double value) {
  return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string bar_text(const Json& result) {
  if (!result.contains("bar")) return "";
  return fmt::format("{} {} {}",
                     result["less_is_better"].get<bool>() ? "<=" : ">=", number(result["bar"]),
                     result["met"].get<bool>() ? "met" : "MISSED");
}

void print(const Json& result) {
  fmt::print("{:<24} {:>9} {:<9} {:>9} {:>7}  {:<14} {}, against {}\n",
             result["name"].get<std::string>(), number(result["value"]),
             result["unit"].get<std::string>(), number(result["reference"]),
             number(result["ratio"]), bar_text(result), result["measures"].get<std::string>(),
             result["against"].get<std::string>());
  std::fflush(stdout);
}

std::vector<Row> all_rows() {
  std::vector<Row> rows;
  for (auto part : {bridge_rows, access_rows, clock_rows, wave_rows})
    for (Row& row : part()) rows.push_back(std::move(row));
  return rows;
}

/// What other programs have measured: a JSON list as this one writes it.
Json read(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file));
  return Json::parse(in);
}

void write(const std::string& file, const Json& results) {
  std::ofstream out(file);
  out << results.dump(1) << '\n';
  if (!out.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", file));
}

int run(const std::vector<std::string>& filters, const std::vector<std::string>& more,
        const std::string& file) {
  const auto wanted = [&](const std::string& name) {
    return filters.empty() || std::any_of(filters.begin(), filters.end(), [&](const auto& filter) {
             return name.find(filter) != name.npos;
           });
  };
  Json results = Json::array();
  fmt::print("{:<24} {:>9} {:<9} {:>9} {:>7}  {:<14}\n", "name", "value", "unit", "reference",
             "ratio", "bar");
  const auto add = [&](const Json& result) {
    print(result);
    results.push_back(result);
  };
  const bool terminal = isatty(STDERR_FILENO);
  for (const Row& row : all_rows()) {
    if (!wanted(row.name)) continue;
    if (terminal) fmt::print(stderr, "{} ...\r", row.name);
    add(measure(row));
  }
  for (const std::string& other : more)
    for (const Json& result : read(other))
      if (wanted(result["name"])) add(result);
  if (results.empty()) {
    fmt::print(stderr, "mtty_bench: no row has such a name\n");
    return kWrongUse;
  }
  if (!file.empty()) write(file, results);
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
  std::vector<std::string> filters, more;
  std::string file;
  app.add_option("--filter", filters, "only rows whose name holds this; may be repeated");
  app.add_option("--json", file, "write the results to this file");
  app.add_option("--add", more, "results of other programs, as --json writes them");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : mtty::bench::kWrongUse;
  }
  try {
    return mtty::bench::run(filters, more, file);
  } catch (const std::exception& error) {
    fmt::print(stderr, "mtty_bench: {}\n", error.what());
    return 3;
  }
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", true);
  return sc_core::sc_elab_and_sim(argc, argv);
}
