// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "kernel-bridge/host/bridge_endpoint.h"

namespace mtty {

/// Why a card cannot be served; what() is one line that says what to do.
class BridgeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Attaches to the card of mtty.ko whose mdev has this UUID, until the result is destroyed; `flags`
/// are of mtty_bridge_attach_flags. Throws BridgeError: no such card, served already, module not
/// loaded, no permission.
std::unique_ptr<BridgeEndpoint> attach_card(const std::string& uuid, unsigned flags = 0);

}  // namespace mtty
