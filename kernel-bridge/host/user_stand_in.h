// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "kernel-bridge/host/bridge_endpoint.h"
#include "kernel-bridge/host/intx_line.h"

namespace mtty {

/// What mtty.ko does, in user space: the driver's side of the bridge for tests and benchmarks,
/// without a module or a VM.
///
/// It follows driver/bus.c and driver/intx.c step by step. A socket pair stands for the node: a
/// byte is a ring, hang-up is death, so that the simulator may be a thread or another process. The
/// thread that serves the driver's end of it does what the simulator's ioctl and close do in the
/// kernel.
class UserStandIn {
 public:
  struct Options {
    unsigned ports = 2;
    std::chrono::nanoseconds timeout = std::chrono::seconds(3);  ///< 0: for ever
    std::chrono::nanoseconds spin = std::chrono::microseconds(100);
  };
  enum class Outcome { kAnswered, kNoSimulator, kTimeout };
  struct Result {
    Outcome outcome;
    uint32_t data;  ///< all ones of the access's size where nobody answered
  };

  UserStandIn();
  explicit UserStandIn(Options options);
  ~UserStandIn();

  /// A simulator's end, for this process or for a child that is forked afterwards (the parent then
  /// destroys its own). The one before must be gone: see wait_detached(). `flags` are of
  /// mtty_bridge_attach_flags.
  std::unique_ptr<BridgeEndpoint> attach(unsigned flags = 0);

  /// False where a simulator is still there at the deadline.
  bool wait_detached(std::chrono::steady_clock::time_point deadline);

  /// One access of the VFIO user; its seq is filled in. Any thread.
  Result access(BridgeRequest request);
  Result read(uint8_t region, uint8_t offset, uint8_t size);
  Result write(uint8_t region, uint8_t offset, uint8_t size, uint32_t data);
  Result reset(mtty_bridge_reset_cause cause);
  /// Tells the simulator, and does not wait for the answer. False where it is not listening.
  bool post(BridgeRequest request);

  /// INTx as the VFIO user has it.
  IntxLine& intx() { return intx_; }

  /// Accesses that slept because looking was not enough.
  uint64_t sleeps() const { return sleeps_.load(); }

 private:
  struct Session;

  bool await_return(std::unique_lock<std::mutex>& lock,
                    std::chrono::steady_clock::time_point deadline);
  Outcome forward(BridgeRequest request, uint32_t* data);
  Outcome settle();
  Outcome wait_answer();
  bool answered_soon() const;
  bool spin(std::chrono::steady_clock::time_point begin) const;
  void publish(BridgeRequest request, bool want_ring);
  void serve(const std::shared_ptr<Session>& session);

  const Options options_;

  std::mutex bus_;  // one access at a time; guards what follows
  std::condition_variable detached_, attached_;
  std::shared_ptr<Session> session_;
  unsigned attaches_ = 0;
  uint64_t answered_ = 0;  // by simulators before this one
  bool returns_ = false;
  bool stuck_ = false;
  std::chrono::nanoseconds spin_;

  IntxLine intx_;
  std::atomic<uint64_t> sleeps_{0};
  std::thread server_;
};

}  // namespace mtty
