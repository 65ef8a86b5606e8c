// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/torture/vfio_user.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <random>

#include "kernel-bridge/torture/small_card.h"

namespace mtty::torture {

std::unique_ptr<VfioCard> open_served(const std::string& uuid) {
  SmallCardProcess simulator({uuid});
  simulator.require_ready("no simulator attaches to " + uuid);
  return std::make_unique<VfioCard>(uuid);
}

Event::Event() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_.get() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Event::signal() const { eventfd_write(get(), 1); }

uint64_t Event::take() const {
  eventfd_t count = 0;
  return eventfd_read(get(), &count) == 0 ? count : 0;
}

bool Event::wait(std::chrono::milliseconds wait) const {
  pollfd fd{get(), POLLIN, 0};
  return poll(&fd, 1, static_cast<int>(wait.count())) == 1;
}

void BusyUsers::Found::add(const Found& more) {
  answered += more.answered;
  wrong += more.wrong;
  failed += more.failed;
  late.add(more.late);
  outlived.add(more.outlived);
  dead.add(more.dead);
}

BusyUsers::BusyUsers(const VfioCard& card, const Life& life, unsigned threads, uint64_t seed)
    : card_(card), life_(life) {
  for (unsigned i = 0; i < threads; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker& worker = *workers_.back();
    worker.thread = std::thread([this, &worker, seed, i] { run(worker, seed + i); });
  }
}

BusyUsers::~BusyUsers() { stop(); }

void BusyUsers::stop() {
  stop_ = true;
  for (const auto& worker : workers_)
    if (worker->thread.joinable()) worker->thread.join();
}

bool BusyUsers::all_moved() const {
  const auto end = Time::now() + std::chrono::seconds(10);
  for (const auto& worker : workers_) {
    // One may have begun before: two ends make a whole access in between.
    const uint64_t wanted = worker->moves + 2;
    while (worker->moves < wanted) {
      if (Time::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }
  return true;
}

BusyUsers::Found BusyUsers::found() const {
  Found all;
  for (const auto& worker : workers_) all.add(worker->found);
  return all;
}

void BusyUsers::run(Worker& worker, uint64_t seed) {
  std::mt19937_64 random(seed);
  while (!stop_) {
    access(worker, random());
    ++worker.moves;
    // Users that never rest would keep from the CPUs whoever is to be watched.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
  }
}

void BusyUsers::access(Worker& worker, uint64_t random) {
  const auto size = static_cast<uint8_t>(1u << (random % 3));
  constexpr uint8_t kConfig = VFIO_PCI_CONFIG_REGION_INDEX;
  const uint8_t region = random >> 8 & 1 ? kConfig : static_cast<uint8_t>(random >> 9 & 1);
  const uint8_t length = region == kConfig ? 255 : 7;
  const auto offset = static_cast<uint8_t>((random >> 16 & length) & ~(size - 1u));
  const bool write = (random >> 10 & 3) == 0;

  uint32_t value = 0;
  const Life::Stamp before = life_.now();
  const auto begin = Time::now();
  const ssize_t done =
      write ? card_.write(region, offset, &value, size) : card_.read(region, offset, &value, size);
  const auto end = Time::now();
  const Life::Stamp after = life_.now();

  Found& found = worker.found;
  found.failed += done != size;
  if (before == after && before.phase() == Life::Phase::kDead) found.dead.add(end - begin);
  if (before.phase() == Life::Phase::kAlive && after.phase() != Life::Phase::kAlive) {
    constexpr Time::duration kNone{0};
    found.late.add(std::max(end - life_.killed(), kNone));
    found.outlived.add(after.phase() == Life::Phase::kDying ? kNone
                                                            : std::max(end - life_.ended(), kNone));
  }
  if (write) return;

  const bool ones = value == mtty_bridge_all_ones(size);
  const bool known = value == small_card_data(region, offset, size);
  const bool may_be_ones = !(before == after && before.phase() == Life::Phase::kAlive);
  const bool may_be_known = !(before == after && before.phase() == Life::Phase::kDead);
  found.answered += known;
  found.wrong += !(ones && may_be_ones) && !(known && may_be_known);
}

}  // namespace mtty::torture
