// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/host/bridge_endpoint.h"

#include <algorithm>
#include <thread>

namespace mtty {

using std::chrono::nanoseconds;

namespace {

constexpr nanoseconds kSpinMost = std::chrono::microseconds(200);
constexpr int kLooksPerClockRead = 64;
// A look at the descriptors is also how the driver knows that this process runs.
constexpr nanoseconds kDescriptorsEvery = std::chrono::milliseconds(10);

timespec to_timespec(nanoseconds t) {
  return {static_cast<time_t>(t.count() / 1'000'000'000),
          static_cast<long>(t.count() % 1'000'000'000)};
}

}  // namespace

BridgeEndpoint::BridgeEndpoint(int fd, BridgePage request, BridgePage response, Attached attached)
    : fd_(fd),
      request_(std::move(request)),
      response_(std::move(response)),
      attached_(attached),
      taken_(attached.answered),
      answer_{uint16_t(attached.answered), MTTY_BRIDGE_OK, 0, 0} {}

void BridgeEndpoint::hear(short events) {
  if (events & (POLLHUP | POLLERR | POLLNVAL)) closed_ = true;
  if (events & POLLIN) drain();
  beat();
}

BridgeWait::BridgeWait(std::vector<BridgeEndpoint*> ends) : ends_(std::move(ends)) {
  for (const BridgeEndpoint* end : ends_) watch(end->fd());
  // Looking is of no use where the driver needs this very CPU to make its request.
  set_spin(std::thread::hardware_concurrency() > 1 ? kSpinMost : nanoseconds(0));
}

void BridgeWait::set_spin(nanoseconds most) { spin_most_ = spin_ = most; }

void BridgeWait::leave(const BridgeEndpoint& end) {
  const auto found = std::find(ends_.begin(), ends_.end(), &end);
  fds_.erase(fds_.begin() + (found - ends_.begin()));
  ends_.erase(found);
}

BridgeWake BridgeWait::wait(Clock::time_point deadline) {
  if (closed()) return BridgeWake::kClosed;
  // Most requests of a busy card come within these looks: reading the clock first would delay them.
  if (seen_soon()) return BridgeWake::kRequest;

  const auto begin = Clock::now();
  if (spin(begin, deadline)) {
    adapt(nanoseconds(0));
    return BridgeWake::kRequest;
  }
  // A ring may be left over from a request that was seen without it: then there is nothing yet.
  do sleep(deadline);
  while (!closed() && !pending() && !watched_readable() && Clock::now() < deadline);
  const auto took = Clock::now() - begin;
  // A deadline that ended the wait early says nothing about when the request would have come.
  if (pending() || took > spin_most_) adapt(took);

  if (closed()) return BridgeWake::kClosed;
  if (pending()) return BridgeWake::kRequest;
  return watched_readable() ? BridgeWake::kWatched : BridgeWake::kDeadline;
}

BridgeWake BridgeWait::look() {
  const timespec none{};
  poll_fds(&none);
  if (closed()) return BridgeWake::kClosed;
  if (watched_readable()) return BridgeWake::kWatched;
  return pending() ? BridgeWake::kRequest : BridgeWake::kDeadline;
}

bool BridgeWait::pending() const {
  return std::any_of(ends_.begin(), ends_.end(),
                     [](const BridgeEndpoint* end) { return end->pending(); });
}

bool BridgeWait::closed() const {
  return std::any_of(ends_.begin(), ends_.end(),
                     [](const BridgeEndpoint* end) { return end->closed(); });
}

bool BridgeWait::watched_readable() const {
  return std::any_of(fds_.begin() + static_cast<std::ptrdiff_t>(ends_.size()), fds_.end(),
                     [](const pollfd& fd) { return fd.revents != 0; });
}

bool BridgeWait::seen_soon() const {
  for (int i = 0; i < kLooksPerClockRead; ++i) {
    if (pending()) return true;
    cpu_relax();
  }
  return false;
}

bool BridgeWait::spin(Clock::time_point begin, Clock::time_point deadline) {
  const auto end = std::min(begin + spin_, deadline);
  for (auto now = begin; now < end; now = Clock::now()) {
    if (now - looked_ >= kDescriptorsEvery) {
      looked_ = now;
      const BridgeWake wake = look();
      if (wake == BridgeWake::kClosed || wake == BridgeWake::kWatched) return false;
    }
    if (seen_soon()) return true;
  }
  return false;
}

void BridgeWait::sleep(Clock::time_point deadline) {
  for (BridgeEndpoint* end : ends_) end->ask_to_be_rung(true);
  if (!pending()) {
    if (deadline == Clock::time_point::max()) {
      poll_fds(nullptr);
    } else {
      const nanoseconds left = std::max<nanoseconds>(deadline - Clock::now(), nanoseconds(0));
      const timespec timeout = to_timespec(left);
      poll_fds(&timeout);
    }
  }
  for (BridgeEndpoint* end : ends_) end->ask_to_be_rung(false);
}

void BridgeWait::poll_fds(const timespec* timeout) {
  for (pollfd& fd : fds_) fd.revents = 0;
  // An interrupted wait is one that ends early: the caller looks again anyway.
  if (ppoll(fds_.data(), fds_.size(), timeout, nullptr) <= 0) return;
  for (std::size_t i = 0; i < ends_.size(); ++i) ends_[i]->hear(fds_[i].revents);
}

// A request that came no later than the longest look makes that the next look, a later one halves
// it: an idle card costs next to nothing, a busy one is answered at once.
void BridgeWait::adapt(Clock::duration took) {
  spin_ = took <= spin_most_ ? spin_most_ : std::max(spin_ / 2, spin_most_ / 16);
}

}  // namespace mtty
