// SPDX-License-Identifier: Apache-2.0
// Prints the table row x body from the results of a test run:
//     ctest --output-junit FILE ...; rows_table FILE
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <regex>

#include "tb/check/rows.h"

namespace mtty::check {
namespace {

struct Count {
  unsigned passed = 0, failed = 0;
};
struct Results {
  std::vector<std::string> bodies;  // in the order of their first test
  std::map<const Row*, std::map<std::string, Count>> counts;
};

std::string slurp(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("cannot read {}", path));
  return {std::istreambuf_iterator<char>(file), {}};
}

/// ctest's JUnit file: <testcase name="..." ... status="run|fail|...">.
Results count(const std::vector<Row>& rows, const std::string& junit) {
  static const std::regex kTestcase("<testcase name=\"([^\"]*)\"[^>]* status=\"([a-z]*)\"");
  Results results;
  for (std::sregex_iterator match(junit.begin(), junit.end(), kTestcase), end; match != end;
       ++match) {
    RowTest test;
    if (!parse_row_test((*match)[1], test)) continue;
    const Row* row = row_of(rows, test);
    if (!row) continue;
    auto& bodies = results.bodies;
    if (std::find(bodies.begin(), bodies.end(), test.body) == bodies.end())
      bodies.push_back(test.body);
    Count& c = results.counts[row][test.body];
    ++((*match)[2] == "run" ? c.passed : c.failed);
  }
  return results;
}

std::string cell(const Row& row, const std::string& body, const Count& count) {
  if (count.failed) return fmt::format("FAIL {}/{}", count.failed, count.failed + count.passed);
  if (count.passed) return fmt::format("pass {}", count.passed);
  return row.applies_to(body) ? "NONE" : "-";
}

/// Returns whether every row passes on every body that shows it.
bool print(const std::vector<Row>& rows, Results results) {
  fmt::print("{:5}{:19}", "list", "row");
  for (const std::string& body : results.bodies) fmt::print("{:11}", body);
  fmt::print("what\n");
  bool good = !results.bodies.empty();
  for (const Row& row : rows) {
    fmt::print("{:5}{:19}", row.list, row.id);
    for (const std::string& body : results.bodies) {
      const Count& c = results.counts[&row][body];
      good &= !c.failed && (c.passed || !row.applies_to(body));
      fmt::print("{:11}", cell(row, body, c));
    }
    fmt::print("{}\n", row.says);
  }
  return good;
}

}  // namespace
}  // namespace mtty::check

int main(int argc, char** argv) {
  using namespace mtty::check;
  CLI::App app(
      "Prints the table row x body of the acceptance lists. Exit 1 where a row has failed or "
      "has no test.");
  std::string results, rows_file = ROWS_FILE;
  app.add_option("RESULTS", results, "what ctest --output-junit has written")->required();
  app.add_option("--rows", rows_file, "the list of rows");
  CLI11_PARSE(app, argc, argv);
  try {
    std::ifstream file(rows_file);
    if (!file) throw std::runtime_error(fmt::format("cannot read {}", rows_file));
    const std::vector<Row> rows = read_rows(file);
    return print(rows, count(rows, slurp(results))) ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "rows_table: " << error.what() << '\n';
    return 2;
  }
}
