// SPDX-License-Identifier: Apache-2.0
// Threads that use a card as the CPUs of a guest do, and know what they may see.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "kernel-bridge/host/vfio_card.h"
#include "kernel-bridge/torture/report.h"

namespace mtty::torture {

/// Opens a card, for which a simulator has to be there; that one is gone again. Throws.
std::unique_ptr<VfioCard> open_served(const std::string& uuid);

/// An eventfd.
class Event {
 public:
  Event();
  int get() const { return fd_.get(); }
  void signal() const;
  /// What is in it, taken out; 0 where it is empty.
  uint64_t take() const;
  /// Whether it is signalled within `wait`; leaves it as it is.
  bool wait(std::chrono::milliseconds wait) const;

 private:
  UniqueFd fd_;
};

/// What is known of the simulator of a card, with the moment since when.
///
/// Between kAlive and kDead, both ways, there is a time in which it may be either; kDying begins
/// just before the fatal signal is sent.
class Life {
 public:
  enum class Phase : uint64_t { kDead, kAlive, kStarting, kDying };
  struct Stamp {
    uint64_t word;
    Phase phase() const { return static_cast<Phase>(word & 3); }
    bool operator==(const Stamp& other) const { return word == other.word; }
  };

  Stamp now() const { return {word_.load()}; }
  void enter(Phase phase) {
    if (phase == Phase::kDying) killed_.store(Time::now().time_since_epoch().count());
    if (phase == Phase::kDead) ended_.store(Time::now().time_since_epoch().count());
    word_.store(((word_.load() >> 2) + 1) << 2 | static_cast<uint64_t>(phase));
  }
  /// The last time that kDying began, just before the signal.
  Time::time_point killed() const { return Time::time_point(Time::duration(killed_.load())); }
  /// The last time that kDead began, just after the process was waited for.
  Time::time_point ended() const { return Time::time_point(Time::duration(ended_.load())); }

 private:
  std::atomic<uint64_t> word_{static_cast<uint64_t>(Phase::kDead)};
  std::atomic<Time::rep> killed_{0};
  std::atomic<Time::rep> ended_{0};
};

/// Random aligned reads and writes of a card that a SmallCard serves, each judged by what is known
/// of the simulator's life before and after it.
class BusyUsers {
 public:
  BusyUsers(const VfioCard& card, const Life& life, unsigned threads, uint64_t seed);
  ~BusyUsers();

  /// Waits until each thread has begun an access after this call and ended it. False where one did
  /// not within ten seconds.
  bool all_moved() const;
  void stop();

  struct Found {
    uint64_t answered = 0;  ///< accesses that the simulator answered
    uint64_t wrong = 0;     ///< values that are neither the card's nor, where nobody is, all ones
    uint64_t failed = 0;    ///< accesses that did not give their full count
    Durations late;         ///< of accesses that were under way at a kill: their end after it
    Durations outlived;     ///< of those: their end after that of the process; 0 where before it
    Durations dead;         ///< of accesses to a dead card: their length
    void add(const Found& more);
  };
  /// Of all threads; after stop().
  Found found() const;

 private:
  struct Worker {
    std::thread thread;
    std::atomic<uint64_t> moves{0};
    Found found;
  };

  void run(Worker& worker, uint64_t seed);
  void access(Worker& worker, uint64_t random);

  const VfioCard& card_;
  const Life& life_;
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace mtty::torture
