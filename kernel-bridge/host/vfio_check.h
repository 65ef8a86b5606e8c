// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel-bridge/host/vfio_card.h"

namespace mtty {

/// Checks the VFIO contract of an open card that a simulator serves, and prints TAP. The number of
/// failures. Leaves the card reset.
int check_card(const VfioCard& card);

}  // namespace mtty
