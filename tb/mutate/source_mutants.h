// SPDX-License-Identifier: Apache-2.0
// Finds what could be written wrongly in a C++ source, and writes a copy that holds all of it, each
// behind a number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mtty {

/// One wrong writing. It is put in by inserting texts only, so any number of them share one copy:
///     a < b    becomes    (mutant(7) ? (a <= b) : (a < b))
struct SourceMutant {
  std::size_t begin, end;  ///< what it replaces, offsets in the source
  std::string before;      ///< "%" stands for the number
  std::string behind;
  unsigned line;
  std::string name;  ///< what becomes of what, with the text of its line; unique in its file
};

/// All mutants of a source in the project's format (clang-format's spaces tell a binary operator
/// from a reference, a pointer or a template). Operators, conditions, numbers, enumerators, initial
/// values, and statements left out; not in what the compiler computes: constexpr variables, case
/// labels, template arguments, array bounds.
std::vector<SourceMutant> find_mutants(const std::string& source);

/// The source with the mutants in it, under the numbers first, first + 1, ...
std::string plant(const std::string& source, const std::vector<SourceMutant>& mutants,
                  unsigned first);

/// `share` (0 to 1) of the mutants. Which ones depends on seed and name only, so an edit elsewhere
/// in the file changes nothing about them.
std::vector<SourceMutant> sample(std::vector<SourceMutant> mutants, double share,
                                 std::uint64_t seed);

}  // namespace mtty
