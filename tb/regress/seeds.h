// SPDX-License-Identifier: Apache-2.0
// One seed of a regression: random traffic into each pair of bodies. Its outcome is a file, so that
// it does not matter which process, on which machine, has found it out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mtty {

struct SeedOptions {
  std::filesystem::path program;  ///< mttysim
  std::filesystem::path results;  ///< a folder, seen by all machines
  std::uint64_t clocks = 700'000;
};

struct Difference {
  std::string command;  ///< that shows it again
  std::string output;
};
struct SeedResult {
  std::uint64_t clocks = 0;  ///< without a difference, of all pairs
  unsigned runs = 0;
  std::vector<Difference> differences;
};

/// Plays a seed, and leaves its result, whole or not at all. Throws std::runtime_error where that
/// is not possible.
void play_seed(std::uint64_t seed, const SeedOptions& options);
/// Nothing where it has not been played to its end.
std::optional<SeedResult> result_of(std::uint64_t seed, const SeedOptions& options);

}  // namespace mtty
