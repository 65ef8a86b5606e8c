// SPDX-License-Identifier: Apache-2.0
// The Verilated SystemVerilog card behind the pins that all pin bodies share.
#pragma once

#include <memory>

#include "model/card/pin_level_card.h"

namespace mtty {

/// A card with 1 or 2 ports from rtl/.
std::unique_ptr<PinLevelCard> make_rtl_card(unsigned ports);

}  // namespace mtty
