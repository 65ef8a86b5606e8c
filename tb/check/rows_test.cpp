// SPDX-License-Identifier: Apache-2.0
// Every row has a test on every body, and every test is for a row.
#include "tb/check/rows.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "tb/dut/dut.h"

namespace mtty::check {
namespace {

TEST(Rows, every_row_has_a_test_on_every_body) {
  std::ifstream file(ROWS_FILE);
  ASSERT_TRUE(file) << ROWS_FILE;
  const std::vector<Row> rows = read_rows(file);
  ASSERT_FALSE(rows.empty());

  std::map<const Row*, std::set<std::string>> bodies_tested;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const std::string name = std::string(suite.name()) + "." + suite.GetTestInfo(t)->name();
      RowTest test;
      if (!parse_row_test(name, test)) continue;
      const Row* row = row_of(rows, test);
      EXPECT_NE(row, nullptr) << name << " is for no row of rows.txt";
      bodies_tested[row].insert(test.body);
    }
  }
  for (const Row& row : rows)
    for (const std::string& body : dut_names())
      EXPECT_TRUE(!row.applies_to(body) || bodies_tested[&row].count(body))
          << "row " << row.id << " of the " << row.list << " list has no test on " << body;
}

}  // namespace
}  // namespace mtty::check
