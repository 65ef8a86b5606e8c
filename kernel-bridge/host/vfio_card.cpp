// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/host/vfio_card.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace mtty {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

UniqueFd open_or_fail(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (fd.get() < 0) fail("cannot open " + path);
  return fd;
}

std::string group_of(const std::string& uuid) {
  std::error_code error;
  const auto link =
      std::filesystem::read_symlink("/sys/bus/mdev/devices/" + uuid + "/iommu_group", error);
  if (error) throw std::runtime_error("no mdev " + uuid + ": create it first");
  return "/dev/vfio/" + link.filename().string();
}

template <typename Info>
Info query(int device, unsigned long request, Info info) {
  info.argsz = sizeof(info);
  if (ioctl(device, request, &info) < 0)
    throw std::system_error(errno, std::generic_category(), "VFIO_DEVICE_GET_...INFO");
  return info;
}

}  // namespace

VfioCard::VfioCard(const std::string& uuid)
    : container_(open_or_fail("/dev/vfio/vfio")), group_(open_or_fail(group_of(uuid))) {
  const int container = container_.get();
  if (ioctl(group_.get(), VFIO_GROUP_SET_CONTAINER, &container) < 0)
    fail("VFIO_GROUP_SET_CONTAINER");
  if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) < 0)
    fail("VFIO_SET_IOMMU (modprobe vfio_iommu_type1)");
  device_ = UniqueFd(ioctl(group_.get(), VFIO_GROUP_GET_DEVICE_FD, uuid.c_str()));
  if (device_.get() < 0) fail("cannot open card " + uuid);
}

vfio_device_info VfioCard::device_info() const {
  return query(device_.get(), VFIO_DEVICE_GET_INFO, vfio_device_info{});
}

vfio_region_info VfioCard::region_info(uint32_t index) const {
  vfio_region_info info{};
  info.index = index;
  return query(device_.get(), VFIO_DEVICE_GET_REGION_INFO, info);
}

vfio_irq_info VfioCard::irq_info(uint32_t index) const {
  vfio_irq_info info{};
  info.index = index;
  return query(device_.get(), VFIO_DEVICE_GET_IRQ_INFO, info);
}

ssize_t VfioCard::read(uint32_t region, uint64_t offset, void* to, size_t count) const {
  return pread(device_.get(), to, count, static_cast<off_t>(position(region, offset)));
}

ssize_t VfioCard::write(uint32_t region, uint64_t offset, const void* from, size_t count) const {
  return pwrite(device_.get(), from, count, static_cast<off_t>(position(region, offset)));
}

uint32_t VfioCard::get(uint32_t region, uint64_t offset, unsigned size) const {
  uint32_t value = 0;
  const ssize_t done = read(region, offset, &value, size);
  if (done != static_cast<ssize_t>(size))
    throw std::system_error(done < 0 ? errno : EIO, std::generic_category(), "pread");
  return value;
}

void VfioCard::put(uint32_t region, uint64_t offset, unsigned size, uint32_t value) const {
  const ssize_t done = write(region, offset, &value, size);
  if (done != static_cast<ssize_t>(size))
    throw std::system_error(done < 0 ? errno : EIO, std::generic_category(), "pwrite");
}

int VfioCard::reset() const { return ioctl(device_.get(), VFIO_DEVICE_RESET); }

int VfioCard::set_irq(uint32_t index, uint32_t action, uint32_t count) const {
  return set_irq_raw(index, VFIO_IRQ_SET_DATA_NONE | action, 0, count, nullptr, 0);
}

int VfioCard::set_irq_bool(uint32_t index, uint32_t action, uint8_t value) const {
  return set_irq_raw(index, VFIO_IRQ_SET_DATA_BOOL | action, 0, 1, &value, sizeof(value));
}

int VfioCard::set_irq_fd(uint32_t index, uint32_t action, int fd) const {
  const int32_t value = fd;
  return set_irq_raw(index, VFIO_IRQ_SET_DATA_EVENTFD | action, 0, 1, &value, sizeof(value));
}

int VfioCard::set_irq_raw(uint32_t index, uint32_t flags, uint32_t start, uint32_t count,
                          const void* data, size_t size) const {
  std::vector<uint32_t> words((sizeof(vfio_irq_set) + size + 3) / 4);
  auto* set = reinterpret_cast<vfio_irq_set*>(words.data());
  set->argsz = static_cast<uint32_t>(sizeof(vfio_irq_set) + size);
  set->flags = flags;
  set->index = index;
  set->start = start;
  set->count = count;
  if (size != 0) std::memcpy(set->data, data, size);
  return ioctl(device_.get(), VFIO_DEVICE_SET_IRQS, set);
}

}  // namespace mtty
