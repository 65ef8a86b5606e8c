// SPDX-License-Identifier: Apache-2.0
// Included by sources in which source_mutants has planted mutants: which one is alive in this
// process.
#pragma once

#include <cstdlib>

namespace mtty {

/// The number in the environment variable MTTY_MUTANT; 0 for none.
inline const int g_mutant = [] {
  const char* number = std::getenv("MTTY_MUTANT");
  return number ? std::atoi(number) : 0;
}();

/// What is computed by the compiler stays as it was written.
constexpr bool mutant(int number) {
  return !__builtin_is_constant_evaluated() && g_mutant == number;
}

}  // namespace mtty
