// SPDX-License-Identifier: Apache-2.0
// The node as system calls, for simulators that do not keep the rules.
#pragma once

#include <string>

#include "kernel-bridge/host/os_handles.h"

namespace mtty::torture {

/// An open /dev/mtty-bridge; its calls give 0 or errno.
class RawNode {
 public:
  RawNode();
  int get() const { return fd_.get(); }
  int attach(const std::string& uuid, unsigned version = MTTY_BRIDGE_VERSION,
             unsigned flags = 0) const;
  int ring() const;

 private:
  UniqueFd fd_;
};

}  // namespace mtty::torture
