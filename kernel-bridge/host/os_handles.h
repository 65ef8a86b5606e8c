// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "kernel-bridge/uapi/mtty_bridge.h"

namespace mtty {

/// A file descriptor that closes itself.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// One shared page of the bridge, mapped. `index`: which page of the file. Throws
/// std::system_error.
class BridgePage {
 public:
  BridgePage(int fd, int index, bool writable) {
    void* at = mmap(nullptr, size(), writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd,
                    static_cast<off_t>(index * size()));
    if (at == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    page_ = static_cast<mtty_bridge_page*>(at);
  }
  BridgePage(BridgePage&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  BridgePage& operator=(BridgePage&&) = delete;
  ~BridgePage() {
    if (page_ != nullptr) munmap(page_, size());
  }
  mtty_bridge_page* get() const { return page_; }
  static size_t size() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

 private:
  mtty_bridge_page* page_ = nullptr;
};

}  // namespace mtty
