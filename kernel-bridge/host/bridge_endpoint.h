// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernel-bridge/host/os_handles.h"
#include "kernel-bridge/uapi/mtty_bridge.h"

namespace mtty {

using BridgeRequest = mtty_bridge_request;

/// Why a wait ended.
enum class BridgeWake {
  kRequest,   ///< poll() has a request
  kDeadline,  ///< the deadline passed (look(): nothing happened)
  kWatched,   ///< a watched file descriptor is readable
  kClosed,    ///< the card is gone, for good
};

/// Tells the CPU that this is a loop that waits for another CPU's store.
inline void cpu_relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

class BridgeEndpoint;

/// Waits for the requests of several cards in one thread: looks for a while, then sleeps.
class BridgeWait {
 public:
  using Clock = std::chrono::steady_clock;

  /// No look before sleeping on a machine with one CPU, else up to 200 us; see set_spin().
  explicit BridgeWait(std::vector<BridgeEndpoint*> ends);

  /// Until `deadline` at the most. A request that is there at once may be seen before the end of a
  /// card and before a watched descriptor.
  BridgeWake wait(Clock::time_point deadline = Clock::time_point::max());
  /// What there is without waiting: kClosed before kWatched before kRequest. One system call. For
  /// loops that are never idle, so that they see a signal or the end of a card too.
  BridgeWake look();

  /// Ends wait() with kWatched while `fd` is readable, as a signalfd or a terminal.
  void watch(int fd) { fds_.push_back({fd, POLLIN, 0}); }
  /// A card that is closed is waited for no more.
  void leave(const BridgeEndpoint& end);
  /// Longest look before sleeping; 0: none. It adapts itself below that.
  void set_spin(std::chrono::nanoseconds most);

 private:
  bool pending() const;
  bool closed() const;
  bool watched_readable() const;
  bool seen_soon() const;
  bool spin(Clock::time_point begin, Clock::time_point deadline);
  void sleep(Clock::time_point deadline);
  void poll_fds(const timespec* timeout);
  void adapt(Clock::duration took);

  std::vector<BridgeEndpoint*> ends_;
  std::vector<pollfd> fds_;  // of the ends first, then the watched ones
  std::chrono::nanoseconds spin_most_;
  std::chrono::nanoseconds spin_;
  Clock::time_point looked_;  // at what spin() does not see: descriptors, bells
};

/// The simulator's end of the bridge to one card; see uapi/mtty_bridge.h for the protocol.
///
/// Used by one thread at a time. The usual loop: poll(), answer with respond(), and wait() where
/// nothing was there. A level that changes between accesses goes out with set_intx().
class BridgeEndpoint {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~BridgeEndpoint() = default;
  BridgeEndpoint(const BridgeEndpoint&) = delete;
  BridgeEndpoint& operator=(const BridgeEndpoint&) = delete;

  /// The outstanding request, once. One load where there is none.
  std::optional<BridgeRequest> poll() {
    const uint64_t word = __atomic_load_n(&request_.get()->word, __ATOMIC_ACQUIRE);
    if (mtty_bridge_seq(word) == uint16_t(taken_)) return std::nullopt;
    ++taken_;
    return mtty_bridge_unpack_request(word);
  }

  /// Answers a request that poll() gave: data in the low `request.size` bytes, and the level of
  /// INTx (true: asserted) that the card has with it.
  void respond(const BridgeRequest& request, uint32_t data, mtty_bridge_status status, bool intx) {
    answer_ = {request.seq, static_cast<uint8_t>(status), intx, data};
    publish();
    if (__atomic_load_n(&request_.get()->want_ring, __ATOMIC_SEQ_CST) != 0) ring();
    beat();
  }

  /// Tells the driver the level of INTx. A system call where it changes, else nothing.
  void set_intx(bool level) {
    if (answer_.intx == level) return;
    answer_.intx = level;
    publish();
    ring();
  }

  /// The level of INTx as the driver was told it.
  bool intx() const { return answer_.intx != 0; }

  /// BridgeWait of this end alone.
  BridgeWake wait(Clock::time_point deadline = Clock::time_point::max()) {
    return alone_.wait(deadline);
  }
  BridgeWake look() { return alone_.look(); }
  void watch(int fd) { alone_.watch(fd); }
  void set_spin(std::chrono::nanoseconds most) { alone_.set_spin(most); }

  /// There is a request that poll() has not given yet.
  bool pending() const {
    return mtty_bridge_seq(__atomic_load_n(&request_.get()->word, __ATOMIC_SEQ_CST)) !=
           uint16_t(taken_);
  }
  /// Readable while a request waits and this end asked to be woken; hung up once the card is gone.
  int fd() const { return fd_; }
  bool closed() const { return closed_; }
  /// 1 or 2.
  unsigned ports() const { return attached_.ports; }
  /// Whether a VFIO user had the card open at attach.
  bool opened() const { return attached_.opened; }
  /// How many requests of this card poll() gave and earlier simulators answered.
  uint64_t requests() const { return taken_; }

 protected:
  /// What attaching has told.
  struct Attached {
    unsigned ports = 2;
    bool opened = false;
    uint64_t answered = 0;  ///< requests that earlier simulators answered
  };
  BridgeEndpoint(int fd, BridgePage request, BridgePage response, Attached attached);

  /// Tells the driver that the response word has changed.
  virtual void ring() = 0;
  /// Makes fd() quiet again after it was readable.
  virtual void drain() = 0;

  void set_closed() { closed_ = true; }

 private:
  friend class BridgeWait;

  void ask_to_be_rung(bool asked) {
    __atomic_store_n(&response_.get()->want_ring, asked,
                     asked ? __ATOMIC_SEQ_CST : __ATOMIC_RELAXED);
  }
  /// What poll(2) says of fd().
  void hear(short events);
  // Sequentially consistent, and so is the load of want_ring behind it: of our answer and the
  // driver's wish to be rung, one side sees the other's.
  void publish() {
    __atomic_store_n(&response_.get()->word, mtty_bridge_pack_response(answer_), __ATOMIC_SEQ_CST);
  }
  // The heartbeat that the driver asks for: what runs this runs.
  void beat() {
    const uint32_t asked = __atomic_load_n(&request_.get()->beat, __ATOMIC_RELAXED);
    uint32_t& done = response_.get()->beat;
    if (done != asked) __atomic_store_n(&done, asked, __ATOMIC_RELAXED);
  }
  const int fd_;
  BridgePage request_;
  BridgePage response_;
  Attached attached_;
  uint64_t taken_;  // requests so far; the seq is its low bits
  mtty_bridge_response answer_{};
  bool closed_ = false;
  BridgeWait alone_{{this}};
};

}  // namespace mtty
