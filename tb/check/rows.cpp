// SPDX-License-Identifier: Apache-2.0
#include "tb/check/rows.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace mtty::check {

std::vector<Row> read_rows(std::istream& in) {
  std::vector<Row> rows;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    Row row;
    std::string where;
    words >> row.list >> row.id >> where;
    std::getline(words >> std::ws, row.says);
    if ((where != "all" && where != "pins") || row.says.empty())
      throw std::runtime_error("not a row: " + line);
    row.pins_only = where == "pins";
    rows.push_back(row);
  }
  return rows;
}

bool parse_row_test(const std::string& full_name, RowTest& test) {
  const auto slash = full_name.find('/');
  const auto dot = full_name.find('.');
  const auto last = full_name.rfind('/');
  if (slash == std::string::npos || dot == std::string::npos || slash > dot || last < dot)
    return false;
  const std::string suite = full_name.substr(slash + 1, dot - slash - 1);
  if (suite == "UartRows")
    test.list = "uart";
  else if (suite == "PciRows" || suite == "OnePortPciRows" || suite == "PciPinRows")
    test.list = "pci";
  else
    return false;
  test.name = full_name.substr(dot + 1, last - dot - 1);
  test.body = full_name.substr(last + 1);
  // ctest adds the parameter behind the name.
  test.body = test.body.substr(0, test.body.find(' '));
  return true;
}

const Row* row_of(const std::vector<Row>& rows, const RowTest& test) {
  const Row* found = nullptr;
  for (const Row& row : rows) {
    std::string prefix = row.id + '_';
    std::replace(prefix.begin(), prefix.end(), '-', '_');
    if (row.list != test.list || test.name.compare(0, prefix.size(), prefix) != 0) continue;
    if (!found || row.id.size() > found->id.size()) found = &row;
  }
  return found;
}

}  // namespace mtty::check
