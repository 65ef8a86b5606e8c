// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "kernel-bridge/host/os_handles.h"

namespace mtty {

/// The stand-in's INTx, as driver/intx.c has it: level triggered, masked by signalling, signalled
/// again on unmask while high. Any thread.
class IntxLine {
 public:
  /// Throws std::system_error.
  IntxLine();

  /// Takes over the level of the response word, after an answer and after a ring alike.
  void follow(const mtty_bridge_page& response);
  /// Without a simulator nobody drives the line.
  void drop();
  void mask();
  void unmask();
  bool level() const { return level_.load(); }
  /// An eventfd: signalled when the line is high and not masked.
  int trigger_fd() const { return trigger_.get(); }

 private:
  void fire();

  std::mutex lock_;  // guards masked_, and level_ for writing
  std::atomic<bool> level_{false};
  bool masked_ = false;
  UniqueFd trigger_;
};

}  // namespace mtty
