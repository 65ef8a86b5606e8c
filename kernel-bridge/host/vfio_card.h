// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/vfio.h>

#include <cstdint>
#include <string>

#include "kernel-bridge/host/os_handles.h"

namespace mtty {

/// A card opened as a VM monitor opens it: container, group, TYPE1, device.
///
/// Calls return what the system call returned, with errno; the constructor throws
/// std::runtime_error with one line that says what is wrong.
class VfioCard {
 public:
  explicit VfioCard(const std::string& uuid);

  vfio_device_info device_info() const;
  vfio_region_info region_info(uint32_t index) const;
  vfio_irq_info irq_info(uint32_t index) const;

  /// Where a region begins in the device's file.
  static uint64_t position(uint32_t region, uint64_t offset) {
    return uint64_t{region} << 40 | offset;
  }
  ssize_t read(uint32_t region, uint64_t offset, void* to, size_t count) const;
  ssize_t write(uint32_t region, uint64_t offset, const void* from, size_t count) const;
  /// 1, 2 or 4 bytes; std::system_error where not all of them came or went.
  uint32_t get(uint32_t region, uint64_t offset, unsigned size) const;
  void put(uint32_t region, uint64_t offset, unsigned size, uint32_t value) const;

  int reset() const;
  /// VFIO_DEVICE_SET_IRQS with start 0: no data, one byte, one eventfd.
  int set_irq(uint32_t index, uint32_t action, uint32_t count = 1) const;
  int set_irq_bool(uint32_t index, uint32_t action, uint8_t value) const;
  int set_irq_fd(uint32_t index, uint32_t action, int fd) const;
  int set_irq_raw(uint32_t index, uint32_t flags, uint32_t start, uint32_t count, const void* data,
                  size_t size) const;

 private:
  UniqueFd container_;
  UniqueFd group_;
  UniqueFd device_;
};

}  // namespace mtty
