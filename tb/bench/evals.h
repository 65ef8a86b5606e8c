// SPDX-License-Identifier: Apache-2.0
// Verilated designs without anything around them. Apart from the other rows because Verilator's
// headers and SystemC's do not go together in one file.
#pragma once

#include "tb/bench/contest.h"

namespace mtty::bench {

/// A round is so many clocks, two evals each.
std::function<Lap()> card_evals();
std::function<Lap()> uart_evals();

}  // namespace mtty::bench
