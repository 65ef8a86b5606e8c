// SPDX-License-Identifier: Apache-2.0
// In a build with MTTY_COVERAGE: what Verilator counted, into files.
#pragma once

#include <fmt/format.h>
#include <unistd.h>
#include <verilated.h>
#include <verilated_cov.h>

#include <cstdlib>

namespace mtty {

/// Into a new file in the folder of the environment variable MTTY_COUNTS; nowhere without it. The
/// counters belong to the card, so it is called while there is one.
inline void write_counts(VerilatedContext& context) {
  static unsigned written = 0;
  if (const char* folder = std::getenv("MTTY_COUNTS"))
    context.coveragep()->write(fmt::format("{}/{}-{}.dat", folder, getpid(), written++).c_str());
}

}  // namespace mtty
