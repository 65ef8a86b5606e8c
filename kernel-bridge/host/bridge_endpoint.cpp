// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/host/bridge_endpoint.h"

#include <algorithm>
#include <thread>

namespace mtty {

using std::chrono::nanoseconds;

namespace {

constexpr nanoseconds kSpinMost = std::chrono::microseconds(200);
constexpr int kLooksPerClockRead = 64;

timespec to_timespec(nanoseconds t) {
  return {static_cast<time_t>(t.count() / 1'000'000'000),
          static_cast<long>(t.count() % 1'000'000'000)};
}

}  // namespace

BridgeEndpoint::BridgeEndpoint(int fd, BridgePage request, BridgePage response, Attached attached)
    : request_(std::move(request)),
      response_(std::move(response)),
      attached_(attached),
      taken_(attached.answered),
      answer_{uint16_t(attached.answered), MTTY_BRIDGE_OK, 0, 0},
      fds_{{fd, POLLIN, 0}} {
  // Looking is of no use where the driver needs this very CPU to make its request.
  set_spin(std::thread::hardware_concurrency() > 1 ? kSpinMost : nanoseconds(0));
}

void BridgeEndpoint::set_spin(nanoseconds most) { spin_most_ = spin_ = most; }

BridgeWake BridgeEndpoint::wait(Clock::time_point deadline) {
  if (closed_) return BridgeWake::kClosed;
  // Most requests of a busy card come within these looks: reading the clock first would delay them.
  if (seen_soon()) return BridgeWake::kRequest;

  const auto begin = Clock::now();
  if (spin(begin, deadline)) {
    adapt(nanoseconds(0));
    return BridgeWake::kRequest;
  }
  // A ring may be left over from a request that was seen without it: then there is nothing yet.
  do sleep(deadline);
  while (!closed_ && !pending() && !watched_readable() && Clock::now() < deadline);
  const auto took = Clock::now() - begin;
  // A deadline that ended the wait early says nothing about when the request would have come.
  if (pending() || took > spin_most_) adapt(took);

  if (closed_) return BridgeWake::kClosed;
  if (pending()) return BridgeWake::kRequest;
  return watched_readable() ? BridgeWake::kWatched : BridgeWake::kDeadline;
}

BridgeWake BridgeEndpoint::look() {
  const timespec none{};
  poll_fds(&none);
  if (closed_) return BridgeWake::kClosed;
  if (watched_readable()) return BridgeWake::kWatched;
  return pending() ? BridgeWake::kRequest : BridgeWake::kDeadline;
}

bool BridgeEndpoint::watched_readable() const {
  return std::any_of(fds_.begin() + 1, fds_.end(),
                     [](const pollfd& fd) { return fd.revents != 0; });
}

bool BridgeEndpoint::seen_soon() const {
  for (int i = 0; i < kLooksPerClockRead; ++i) {
    if (pending()) return true;
    cpu_relax();
  }
  return false;
}

bool BridgeEndpoint::spin(Clock::time_point begin, Clock::time_point deadline) const {
  const auto end = std::min(begin + spin_, deadline);
  while (Clock::now() < end)
    if (seen_soon()) return true;
  return false;
}

void BridgeEndpoint::sleep(Clock::time_point deadline) {
  uint32_t& want_ring = response_.get()->want_ring;
  __atomic_store_n(&want_ring, 1, __ATOMIC_SEQ_CST);
  if (!pending()) {
    if (deadline == Clock::time_point::max()) {
      poll_fds(nullptr);
    } else {
      const nanoseconds left = std::max<nanoseconds>(deadline - Clock::now(), nanoseconds(0));
      const timespec timeout = to_timespec(left);
      poll_fds(&timeout);
    }
  }
  __atomic_store_n(&want_ring, 0, __ATOMIC_RELAXED);
}

void BridgeEndpoint::poll_fds(const timespec* timeout) {
  for (pollfd& fd : fds_) fd.revents = 0;
  // An interrupted wait is one that ends early: the caller looks again anyway.
  if (ppoll(fds_.data(), fds_.size(), timeout, nullptr) <= 0) return;
  const short events = fds_.front().revents;
  if (events & (POLLHUP | POLLERR | POLLNVAL)) closed_ = true;
  if (events & POLLIN) drain();
}

// A request that came no later than the longest look makes that the next look, a later one halves
// it: an idle card costs next to nothing, a busy one is answered at once.
void BridgeEndpoint::adapt(Clock::duration took) {
  spin_ = took <= spin_most_ ? spin_most_ : std::max(spin_ / 2, spin_most_ / 16);
}

}  // namespace mtty
