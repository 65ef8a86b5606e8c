// SPDX-License-Identifier: Apache-2.0
#include "tb/mutate/source_mutants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtty {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// What becomes of the body of a function with each mutant alone.
std::vector<std::string> mutants_of(const std::string& body) {
  const std::string head = "void f() {\n", source = head + body + "\n}\n";
  std::vector<std::string> all;
  for (const SourceMutant& mutant : find_mutants(source)) {
    std::string planted = plant(source, {mutant}, 7);
    planted = planted.substr(planted.find(head) + head.size());
    all.push_back(planted.substr(0, planted.rfind("\n}")));
  }
  return all;
}

TEST(SourceMutants, of_an_operator_reach_over_what_binds_tighter) {
  EXPECT_THAT(mutants_of("return a + b * c == d;"),
              ElementsAre("return (mutant(7) ? (a - b * c) : (a + b * c)) == d;",
                          "return a + (mutant(7) ? (b / c) : (b * c)) == d;",
                          "return (mutant(7) ? (a + b * c != d) : (a + b * c == d));"));
}

TEST(SourceMutants, of_a_condition) {
  EXPECT_THAT(mutants_of("if (f(x)) return g(y);"),
              ElementsAre("if ((mutant(7) ? !(f(x)) : static_cast<bool>(f(x)))) return g(y);"));
}

TEST(SourceMutants, leave_statements_out) {
  EXPECT_THAT(mutants_of("x = y;\nelse ++z;\nf(a)->b(c);"),
              ElementsAre("mutant(7) ? void() : void(x = y);\nelse ++z;\nf(a)->b(c);",
                          "x = y;\nelse mutant(7) ? void() : void(++z);\nf(a)->b(c);",
                          "x = y;\nelse ++z;\nmutant(7) ? void() : void(f(a)->b(c));"));
}

TEST(SourceMutants, of_numbers_negations_and_enumerators) {
  EXPECT_THAT(mutants_of("return !a.b(c);"),
              ElementsAre("return (mutant(7) ? (static_cast<bool>(a.b(c))) : (!a.b(c)));"));
  EXPECT_THAT(mutants_of("return 0;"), ElementsAre("return (mutant(7) ? (0 + 1) : (0));"));
  EXPECT_THAT(mutants_of("g(S::kA, S::kB);").front(),
              "mutant(7) ? void() : void(g(S::kA, S::kB));");
  EXPECT_THAT(mutants_of("g(S::kA, S::kB);").at(1), "g((mutant(7) ? (S::kB) : (S::kA)), S::kB);");
}

TEST(SourceMutants, of_initial_values) {
  const std::string source = "class C {\n  bool on_ = true;\n  static constexpr int kN = 3;\n};\n";
  const auto mutants = find_mutants(source);
  ASSERT_EQ(mutants.size(), 1u);
  EXPECT_EQ(mutants[0].name, "bool on_ = true;: true becomes false");
  EXPECT_EQ(mutants[0].line, 2u);
}

TEST(SourceMutants, leave_alone_what_the_compiler_computes) {
  EXPECT_THAT(mutants_of("constexpr int kA = 1 + 2;"), IsEmpty());
  EXPECT_THAT(mutants_of("switch (x) {\n  case 1 + 2:\n    break;\n}"), IsEmpty());
  EXPECT_THAT(mutants_of("std::array<int, 3> a;\nconst Foo& b = *c;\nBar* d;"), IsEmpty());
}

TEST(SourceMutants, nest) {
  const std::string source = "bool f() { return a == b && c; }\n";
  EXPECT_EQ(plant(source, find_mutants(source), 1),
            "#include \"tb/mutate/mutant.h\"\nbool f() { return (mutant(2) ? (a == b || c) : "
            "((mutant(1) ? (a != b) : (a == b)) && c)); }\n");
}

TEST(SourceMutants, a_sample_does_not_change_with_other_lines) {
  const std::string line = "  a = b + 1 - c;\n";
  const auto some = sample(find_mutants("void f() {\n" + line + "}\n"), 0.5, 3);
  const auto more = sample(find_mutants("void f() {\n" + line + "  g(h);\n}\n"), 0.99, 3);
  ASSERT_FALSE(some.empty());
  for (const SourceMutant& mutant : some)
    EXPECT_TRUE(std::any_of(more.begin(), more.end(),
                            [&](const SourceMutant& m) { return m.name == mutant.name; }));
}

}  // namespace
}  // namespace mtty
