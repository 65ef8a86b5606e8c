// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/host/intx_line.h"

#include <sys/eventfd.h>

namespace mtty {

namespace {

bool level_of(const mtty_bridge_page& response) {
  return mtty_bridge_unpack_response(__atomic_load_n(&response.word, __ATOMIC_SEQ_CST)).intx != 0;
}

}  // namespace

IntxLine::IntxLine() : trigger_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (trigger_.get() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

// The level is read under the lock, so that of two callers the later one has the newer level.
void IntxLine::follow(const mtty_bridge_page& response) {
  {
    const std::lock_guard<std::mutex> lock(lock_);
    const bool level = level_of(response);
    if (level == level_) return;
    level_ = level;
  }
  fire();
}

void IntxLine::drop() {
  const std::lock_guard<std::mutex> lock(lock_);
  level_ = false;
}

void IntxLine::mask() {
  const std::lock_guard<std::mutex> lock(lock_);
  masked_ = true;
}

void IntxLine::unmask() {
  {
    const std::lock_guard<std::mutex> lock(lock_);
    masked_ = false;
  }
  fire();
}

void IntxLine::fire() {
  {
    const std::lock_guard<std::mutex> lock(lock_);
    if (!level_ || masked_) return;
    masked_ = true;
  }
  eventfd_write(trigger_.get(), 1);
}

}  // namespace mtty
