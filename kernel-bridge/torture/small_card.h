// SPDX-License-Identifier: Apache-2.0
// A simulator so small that it is quickly there and quickly dead, and whose answers are known.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "kernel-bridge/host/bridge_endpoint.h"

namespace mtty::torture {

/// What a read of this card gives: all of its bytes are known from where they are, and none is ff.
uint32_t small_card_data(uint8_t region, uint8_t offset, uint8_t size);

struct SmallCard {
  std::string uuid;
  uint64_t seed = 0;
  unsigned slow_percent = 0;  ///< of the answers come only after up to 2 ms
  bool intx = false;          ///< the line is high from the first answer on
};

/// Serves until the card is removed. Throws BridgeError.
void serve(const SmallCard& card);

/// A process of its own, with none of this one's descriptors but a pipe that says that it is ready.
class Child {
 public:
  /// `body` runs in the child, which ends with 0 after it; it calls its argument once it is ready.
  explicit Child(const std::function<void(const std::function<void()>& ready)>& body);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// False where it ended before, or is not ready within ten seconds.
  bool wait_ready() const;
  /// Throws std::runtime_error with `what` where wait_ready() is false.
  void require_ready(const std::string& what) const;
  void kill(int signal) const;
  /// Waits for its end: the status of waitpid(2).
  int wait();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int ready_ = -1;
};

/// serve() in a child; it is ready once it is attached.
class SmallCardProcess : public Child {
 public:
  explicit SmallCardProcess(const SmallCard& card);
};

}  // namespace mtty::torture
