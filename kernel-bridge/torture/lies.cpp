// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <fstream>
#include <random>

#include "kernel-bridge/torture/bench.h"
#include "kernel-bridge/torture/raw_node.h"
#include "kernel-bridge/torture/small_card.h"
#include "kernel-bridge/torture/tests.h"
#include "kernel-bridge/torture/vfio_user.h"

namespace mtty::torture {

namespace {

using Random = std::mt19937_64;

// --- what a liar does, in a process of its own ---

// Words that are nearly right are worse than random ones.
uint64_t lie(Random& random, uint64_t request) {
  const uint64_t seq = uint64_t{mtty_bridge_seq(request)} << 48;
  switch (random() % 8) {
    case 0:
      return random();
    case 1:
      return 0;
    case 2:
      return ~uint64_t{0};
    case 3:
      return seq | (random() & 0xffff'ffff'ffff);
    case 4:
      return seq + (uint64_t{1} << 48);
    case 5:
      return seq - (uint64_t{1} << 48);
    case 6:
      return seq | uint64_t{1} << 40;
    default:
      return request;
  }
}

void lie_in_words(const RawNode& node, uint64_t seed) {
  Random random(seed);
  const BridgePage request(node.get(), MTTY_BRIDGE_REQUEST_PGOFF, false);
  const BridgePage response(node.get(), MTTY_BRIDGE_RESPONSE_PGOFF, true);
  auto* bytes = reinterpret_cast<volatile uint8_t*>(response.get());
  for (;;) {
    const uint64_t word = lie(random, __atomic_load_n(&request.get()->word, __ATOMIC_ACQUIRE));
    switch (random() % 4) {
      case 0:  // in pieces
        bytes[random() % sizeof(mtty_bridge_page)] = static_cast<uint8_t>(word);
        break;
      case 1:
        bytes[random() % BridgePage::size()] = static_cast<uint8_t>(word);
        break;
      case 2:
        __atomic_store_n(&response.get()->want_ring, static_cast<uint32_t>(word), __ATOMIC_RELAXED);
        break;
      default:
        __atomic_store_n(&response.get()->word, word, __ATOMIC_RELEASE);
    }
    if (random() % 16 == 0) node.ring();
  }
}

void call_at_random(const RawNode& node, const std::string& uuid, uint64_t seed) {
  Random random(seed);
  std::vector<uint8_t> buffer(2 * BridgePage::size());
  for (;;) {
    // Half of the numbers are ones that the node has, or near them.
    unsigned long request = random();
    if (random() & 1)
      request = _IOC(random() & 3, 0xeb, random() & 3,
                     random() & 1 ? sizeof(mtty_bridge_attach) : random() & 0x3fff);
    for (size_t i = 0; i < 64; ++i) buffer[i] = static_cast<uint8_t>(random());
    void* const places[] = {nullptr, buffer.data(), buffer.data() + random() % BridgePage::size(),
                            MAP_FAILED, static_cast<uint8_t*>(MAP_FAILED) - random()};
    ioctl(node.get(), request, places[random() % 5]);
    node.attach(uuid);
    char unused[16];
    (void)!read(node.get(), unused, sizeof unused);
    (void)!write(node.get(), unused, sizeof unused);
    lseek(node.get(), static_cast<off_t>(random()), static_cast<int>(random() % 6));
    pollfd fd{node.get(), static_cast<short>(random()), 0};
    poll(&fd, 1, 0);
    const RawNode other;
    other.attach(random() & 1 ? uuid : uuid_of(random() % 4),
                 random() & 1 ? MTTY_BRIDGE_VERSION : 7);
  }
}

void map_at_random(const RawNode& node, uint64_t seed) {
  Random random(seed);
  const size_t page = BridgePage::size();
  for (;;) {
    const size_t length = (random() % 4) * page + (random() & 1 ? random() % page : 0);
    const int kinds[] = {MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE,
                         static_cast<int>(random() & 0xfffff & ~MAP_FIXED)};
    const off_t offset = random() & 3 ? static_cast<off_t>((random() % 4) * page)
                                      : static_cast<off_t>(random() & ~(page - 1));
    void* at = mmap(nullptr, length, static_cast<int>(random() & 15),
                    kinds[random() % 4] & ~(MAP_FIXED | MAP_HUGETLB), node.get(), offset);
    if (at == MAP_FAILED) continue;
    mprotect(at, page, static_cast<int>(random() & 7));
    madvise(at, page, static_cast<int>(random() % 26));
    const size_t next = (1 + random() % 3) * page;
    void* moved = mremap(at, length, next, MREMAP_MAYMOVE);
    if (moved != MAP_FAILED) at = moved;
    if (random() % 64 == 0) {
      const pid_t child = fork();
      if (child == 0) _exit(0);
      waitpid(child, nullptr, 0);
    }
    munmap(at, moved != MAP_FAILED ? next : length);
  }
}

/// Attaches and lies from four threads until it is killed.
class Liar : public Child {
 public:
  Liar(const std::string& uuid, uint64_t seed)
      : Child([&](const std::function<void()>& ready) {
          const RawNode node;
          if (node.attach(uuid, MTTY_BRIDGE_VERSION, seed & 3) != 0) return;
          ready();
          std::thread words([&] { lie_in_words(node, seed); });
          std::thread more_words([&] { lie_in_words(node, seed + 1); });
          std::thread calls([&] { call_at_random(node, uuid, seed + 2); });
          map_at_random(node, seed + 3);
        }) {}
};

// --- what must hold meanwhile ---

/// Accesses of a card whose simulator lies: values mean nothing, but each must end in time.
class PatientUsers {
 public:
  PatientUsers(const VfioCard& card, unsigned threads, uint64_t seed) : card_(card) {
    for (unsigned i = 0; i < threads; ++i)
      threads_.emplace_back([this, seed, i] { run(seed + i); });
  }
  ~PatientUsers() { stop(); }
  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  uint64_t accesses() const { return accesses_; }
  uint64_t failed() const { return failed_; }
  std::chrono::nanoseconds longest() const { return std::chrono::nanoseconds(longest_); }

 private:
  void run(uint64_t seed) {
    Random random(seed);
    while (!stop_) {
      const unsigned size = 1u << (random() % 3);
      const uint64_t offset = random() % 8 & ~(size - 1);
      uint32_t value = static_cast<uint32_t>(random());
      const auto begin = Time::now();
      const ssize_t done = random() & 1 ? card_.read(random() % 2, offset, &value, size)
                                        : card_.write(random() % 2, offset, &value, size);
      const std::chrono::nanoseconds took = Time::now() - begin;
      ++accesses_;
      failed_ += done != static_cast<ssize_t>(size);
      int64_t most = longest_;
      while (took.count() > most && !longest_.compare_exchange_weak(most, took.count())) {
      }
    }
  }

  const VfioCard& card_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> accesses_{0};
  std::atomic<uint64_t> failed_{0};
  std::atomic<int64_t> longest_{0};
  std::vector<std::thread> threads_;
};

// The request page, which only the driver writes, by each way there is to write memory.
bool request_page_is_safe(const std::string& uuid) {
  const RawNode node;
  if (node.attach(uuid) != 0) return false;
  const size_t page = BridgePage::size();
  if (mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, node.get(), 0) != MAP_FAILED ||
      mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, node.get(), 0) != MAP_FAILED)
    return false;
  const BridgePage request(node.get(), MTTY_BRIDGE_REQUEST_PGOFF, false);
  if (mprotect(request.get(), page, PROT_READ | PROT_WRITE) == 0) return false;
  // A debugger's way, which forces what the mapping does not allow.
  const UniqueFd memory(open("/proc/self/mem", O_RDWR | O_CLOEXEC));
  const uint64_t word = 0xdead;
  if (pwrite(memory.get(), &word, sizeof word, reinterpret_cast<off_t>(request.get())) > 0)
    return false;
  // The kernel as the writer, by a call that fills a buffer.
  const UniqueFd zero(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  if (read(zero.get(), request.get(), sizeof word) > 0) return false;
  const UniqueFd read_only(open("/dev/" MTTY_BRIDGE_NODE, O_RDONLY | O_CLOEXEC));
  return read_only.get() >= 0 && mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED,
                                      read_only.get(), page) == MAP_FAILED;
}

}  // namespace

void lies(const Setting& setting, Report& report) {
  const std::string uuid = uuid_of(1), beside = uuid_of(2);
  create_card(uuid);
  create_card(beside);
  KernelLog log;
  constexpr unsigned kUsers = 2;
  constexpr unsigned kTimeoutMs = 500;  // the honest one shares its CPUs with the liars
  const Parameter deadline("timeout_ms", kTimeoutMs);

  report.check(request_page_is_safe(uuid), "lies: a simulator cannot write the request page");

  Random random(setting.seed);
  uint64_t liars = 0, interrupts = 0, accesses = 0, failed = 0, late = 0, missed = 0;
  std::chrono::nanoseconds longest{0};
  BusyUsers::Found neighbour;
  {
    // Another card, whose simulator keeps the rules and must not notice anything.
    SmallCardProcess honest({beside});
    honest.wait_ready();
    const VfioCard second(beside);
    std::unique_ptr<VfioCard> card;
    {
      SmallCardProcess opener({uuid});
      opener.wait_ready();
      card = std::make_unique<VfioCard>(uuid);
    }
    const Event trigger;
    card->set_irq_fd(VFIO_PCI_INTX_IRQ_INDEX, VFIO_IRQ_SET_ACTION_TRIGGER, trigger.get());
    PatientUsers users(*card, kUsers, setting.seed);
    const auto begin = Time::now();
    while (Time::now() - begin < setting.length) {
      Liar liar(uuid, random());
      if (!liar.wait_ready()) break;
      ++liars;
      const auto until = Time::now() + std::chrono::milliseconds(200 + random() % 800);
      while (Time::now() < until) {
        interrupts += trigger.wait(std::chrono::milliseconds(5)) ? trigger.take() : 0;
        card->set_irq(VFIO_PCI_INTX_IRQ_INDEX, VFIO_IRQ_SET_ACTION_UNMASK);
        uint32_t value = 0;
        const ssize_t done = second.read(0, 5, &value, 1);
        neighbour.failed += done != 1;
        neighbour.answered += value == small_card_data(0, 5, 1);
        late += value == 0xff;
        neighbour.wrong += value != small_card_data(0, 5, 1) && value != 0xff;
      }
      log.count_new("");
      report.progress("lies, s",
                      std::chrono::duration_cast<std::chrono::seconds>(Time::now() - begin).count(),
                      setting.length.count());
    }
    missed = figure(beside, "timeouts") + figure(beside, "unanswered");
    users.stop();
    accesses = users.accesses();
    failed = users.failed();
    longest = users.longest();
  }
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(longest).count();
  report.check(liars > 0 && accesses > 0, fmt::format("lies: {} liars, {} accesses, {} interrupts",
                                                      liars, accesses, interrupts));
  report.check(failed == 0, "lies: each access gave its full count");
  // One access at a time: it waits for those of the others, for a simulator to return, for the
  // answer.
  constexpr unsigned kLongestMs = (kUsers + 1) * kTimeoutMs + 1000;
  report.check(ms < kLongestMs,
               fmt::format("lies: the longest took {} ms, at most {}", ms, kLongestMs));
  report.check(
      neighbour.answered > 0 && neighbour.wrong == 0 && neighbour.failed == 0 && late == missed,
      fmt::format("lies: the card beside was right {} times, never wrong, and all ones {} "
                  "times, for so often its simulator got no CPU within {} ms",
                  neighbour.answered, late, kTimeoutMs));
  report.check(remove_card(uuid) == 0 && remove_card(beside) == 0,
               "lies: the cards can be removed");
  log.count_new("");
  report.check(log.reports().empty(), "lies: the kernel has nothing to complain about");
  for (const std::string& line : log.reports()) report.note(line);
}

}  // namespace mtty::torture
