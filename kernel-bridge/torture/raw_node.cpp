// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/torture/raw_node.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace mtty::torture {

RawNode::RawNode() : fd_(open("/dev/" MTTY_BRIDGE_NODE, O_RDWR | O_CLOEXEC)) {
  if (fd_.get() < 0) throw std::system_error(errno, std::generic_category(), MTTY_BRIDGE_NODE);
}

int RawNode::attach(const std::string& uuid, unsigned version, unsigned flags) const {
  mtty_bridge_attach attach{};
  attach.version = version;
  attach.flags = flags;
  std::copy_n(uuid.data(), std::min(uuid.size(), sizeof attach.uuid), attach.uuid);
  return ioctl(get(), MTTY_BRIDGE_IOC_ATTACH, &attach) == 0 ? 0 : errno;
}

int RawNode::ring() const { return ioctl(get(), MTTY_BRIDGE_IOC_RING) == 0 ? 0 : errno; }

}  // namespace mtty::torture
