// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/host/bridge_node.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>

#include <cstring>

namespace mtty {

namespace {

constexpr char kNode[] = "/dev/" MTTY_BRIDGE_NODE;

class BridgeNode : public BridgeEndpoint {
 public:
  BridgeNode(UniqueFd fd, const mtty_bridge_attach& attach)
      : BridgeEndpoint(fd.get(), BridgePage(fd.get(), MTTY_BRIDGE_REQUEST_PGOFF, false),
                       BridgePage(fd.get(), MTTY_BRIDGE_RESPONSE_PGOFF, true),
                       {attach.ports, attach.opened != 0, attach.answered}),
        fd_(std::move(fd)) {}

 private:
  void ring() override {
    if (ioctl(fd_.get(), MTTY_BRIDGE_IOC_RING) < 0 && errno == ENODEV) set_closed();
  }
  void drain() override {}  // readable as long as the request is unanswered

  UniqueFd fd_;
};

std::string open_error(int error) {
  switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return fmt::format("no {}: the module is not loaded (modprobe mtty)", kNode);
    case EACCES:
    case EPERM:
      return fmt::format("no permission to open {}: run as root, or join its group", kNode);
    default:
      return fmt::format("cannot open {}: {}", kNode, std::strerror(error));
  }
}

std::string attach_error(int error, const std::string& uuid, unsigned module_version) {
  switch (error) {
    case EINVAL:
      return fmt::format("'{}' is no UUID: it has the form 8-4-4-4-12 hexadecimal digits", uuid);
    case ENODEV:
      return fmt::format(
          "no card {}: create it (echo {} > "
          "/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-2/create)",
          uuid, uuid);
    case EBUSY:
      return fmt::format("card {} is served already: end that simulator first", uuid);
    case ENOTTY:  // the size of what attach takes is part of its number
      return "mtty.ko speaks another version of the bridge: build both from one source";
    case EPROTO:
      return fmt::format(
          "mtty.ko speaks version {} of the bridge, this program {}: build both from one source",
          module_version, MTTY_BRIDGE_VERSION);
    default:
      return fmt::format("cannot attach to card {}: {}", uuid, std::strerror(error));
  }
}

}  // namespace

std::unique_ptr<BridgeEndpoint> attach_card(const std::string& uuid, unsigned flags) {
  mtty_bridge_attach attach{};
  attach.version = MTTY_BRIDGE_VERSION;
  attach.flags = flags;
  if (uuid.size() != sizeof(attach.uuid)) throw BridgeError(attach_error(EINVAL, uuid, 0));
  std::memcpy(attach.uuid, uuid.data(), sizeof(attach.uuid));

  UniqueFd fd(open(kNode, O_RDWR | O_CLOEXEC));
  if (fd.get() < 0) throw BridgeError(open_error(errno));
  if (ioctl(fd.get(), MTTY_BRIDGE_IOC_ATTACH, &attach) < 0)
    throw BridgeError(attach_error(errno, uuid, attach.version));
  return std::make_unique<BridgeNode>(std::move(fd), attach);
}

}  // namespace mtty
