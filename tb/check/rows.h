// SPDX-License-Identifier: Apache-2.0
// The rows of the acceptance lists, and which test is for which of them (see rows.txt).
#pragma once

#include <istream>
#include <string>
#include <vector>

namespace mtty::check {

struct Row {
  std::string list;  ///< uart, pci
  std::string id;
  bool pins_only;
  std::string says;

  bool applies_to(const std::string& body) const { return !pins_only || body != "tlm"; }
};

/// Throws std::runtime_error for a line that is none of a row.
std::vector<Row> read_rows(std::istream& in);

/// A test of the suites that run on every body, taken from its full name
/// "Card/UartRows.THRE_2_what_it_says/tlm".
struct RowTest {
  std::string list;
  std::string name;  ///< THRE_2_what_it_says
  std::string body;
};
/// False where the name is not of this kind.
bool parse_row_test(const std::string& full_name, RowTest& test);

/// The row the test is for, the one with the longest id that its name begins with; null for none.
const Row* row_of(const std::vector<Row>& rows, const RowTest& test);

}  // namespace mtty::check
