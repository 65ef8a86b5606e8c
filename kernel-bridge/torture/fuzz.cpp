// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <random>

#include "kernel-bridge/torture/bench.h"
#include "kernel-bridge/torture/small_card.h"
#include "kernel-bridge/torture/tests.h"
#include "kernel-bridge/torture/vfio_user.h"

namespace mtty::torture {

namespace {

using Random = std::mt19937_64;

/// The three files of a VFIO user, to be closed in any order.
struct OpenCard {
  std::array<UniqueFd, 3> fds;  // container, group, device
  int device() const { return fds[2].get(); }
};

// Without a device where the card cannot be opened.
OpenCard open_card(const std::string& uuid) {
  OpenCard card;
  std::error_code error;
  const auto link =
      std::filesystem::read_symlink("/sys/bus/mdev/devices/" + uuid + "/iommu_group", error);
  if (error) return card;
  const std::string group = "/dev/vfio/" + link.filename().string();
  card.fds[0] = UniqueFd(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
  card.fds[1] = UniqueFd(open(group.c_str(), O_RDWR | O_CLOEXEC));
  const int container = card.fds[0].get();
  ioctl(card.fds[1].get(), VFIO_GROUP_SET_CONTAINER, &container);
  ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU);
  card.fds[2] = UniqueFd(ioctl(card.fds[1].get(), VFIO_GROUP_GET_DEVICE_FD, uuid.c_str()));
  return card;
}

/// One thread's calls on a device, which it holds open by a descriptor of its own.
class Fuzzer {
 public:
  Fuzzer(int device, uint64_t seed) : device_(dup(device)), random_(seed) {
    thread_ = std::thread([this] { run(); });
  }
  ~Fuzzer() { join(); }
  void join() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  uint64_t calls() const { return calls_; }
  uint64_t broken() const { return broken_; }

 private:
  void run() {
    while (!stop_) {
      switch (random_() % 4) {
        case 0:
          transfer();
          break;
        case 1:
          set_irqs();
          break;
        case 2:
          ask();
          break;
        default:
          event();
      }
      ++calls_;
    }
    device_ = UniqueFd();
  }

  uint64_t position() {
    switch (random_() % 4) {
      case 0:
        return random_();
      case 1:
        return VfioCard::position(random_() % 12, random_());
      default:
        return VfioCard::position(random_() % 9, random_() % 300);
    }
  }

  // What is not within the count that came back is as it was.
  void transfer() {
    constexpr uint8_t kUntouched = 0xa5;
    std::array<uint8_t, 1024> buffer;
    buffer.fill(kUntouched);
    const size_t count = random_() % 3 == 0 ? random_() % 800 : random_() % 9;
    const auto at = static_cast<off_t>(position());
    if (random_() & 1) {
      (void)!pwrite(device_.get(), buffer.data(), count, at);
      return;
    }
    void* const places[] = {buffer.data(), buffer.data(), buffer.data(), nullptr};
    const ssize_t done = pread(device_.get(), places[random_() % 4], count, at);
    const auto changed = std::find_if(buffer.rbegin(), buffer.rend(),
                                      [](uint8_t byte) { return byte != kUntouched; });
    broken_ +=
        done > static_cast<ssize_t>(count) || buffer.rend() - changed > std::max(done, ssize_t{0});
  }

  int32_t some_fd() {
    switch (random_() % 6) {
      case 0:
        return -1;
      case 1:
        return static_cast<int32_t>(random_());
      case 2:
        return device_.get();
      default:
        return events_[random_() % events_.size()].get();
    }
  }

  void set_irqs() {
    constexpr size_t kHead = sizeof(vfio_irq_set) / 4;
    std::array<int32_t, kHead + 16> words{};
    auto& set = *reinterpret_cast<vfio_irq_set*>(words.data());
    const bool valid = random_() & 1;
    set.argsz = static_cast<uint32_t>(random_() % 4 ? sizeof words : random_() % sizeof words);
    set.flags = valid ? 1u << (random_() % 3) | 8u << (random_() % 3) : random_() % 128;
    set.index = random_() % 4 ? 0 : random_() % 7;  // 0: INTx
    set.start = valid ? 0 : random_() % 3;
    set.count = random_() % 16 ? random_() % 2 : static_cast<uint32_t>(random_());
    std::generate(words.begin() + kHead, words.end(), [this] { return some_fd(); });
    ioctl(device_.get(), VFIO_DEVICE_SET_IRQS, random_() % 16 ? words.data() : nullptr);
  }

  void ask() {
    std::array<uint32_t, 64> words;
    for (uint32_t& word : words) word = static_cast<uint32_t>(random_());
    words[0] = random_() % 128;  // argsz
    words[2] = random_() % 12;   // index, of a region
    const unsigned long known[] = {VFIO_DEVICE_GET_INFO, VFIO_DEVICE_GET_REGION_INFO,
                                   VFIO_DEVICE_GET_IRQ_INFO, VFIO_DEVICE_RESET,
                                   _IO(VFIO_TYPE, VFIO_BASE + random_() % 40)};
    ioctl(device_.get(), known[random_() % 5], random_() % 8 ? words.data() : nullptr);
  }

  // Signals an eventfd, perhaps one that unmasks; or closes it, while the driver may have it.
  void event() {
    Event& event = events_[random_() % events_.size()];
    if (random_() % 4)
      event.signal();
    else
      event = Event();
    event.take();
  }

  UniqueFd device_;
  Random random_;
  std::array<Event, 4> events_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> calls_{0};
  std::atomic<uint64_t> broken_{0};
  std::thread thread_;
};

bool in_time(const std::function<bool()>& what) {
  const auto end = Time::now() + std::chrono::seconds(10);
  while (!what()) {
    if (Time::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

struct Counts {
  uint64_t rounds = 0, calls = 0, broken = 0, closed_orders = 0, removed = 0, unloaded = 0;
  uint64_t stays = 0;        // a card or a module that should have gone away
  uint64_t gone_in_use = 0;  // and one that should not have
};

// One user's life: opens the card, does everything at once, and lets go in a random order, while
// somebody may be removing the card.
void use(const std::string& uuid, Random& random, Counts& counts) {
  OpenCard card = open_card(uuid);
  if (card.device() < 0) return;
  std::thread remover;
  {
    std::array<std::unique_ptr<Fuzzer>, 3> fuzzers;
    for (auto& fuzzer : fuzzers) fuzzer = std::make_unique<Fuzzer>(card.device(), random());
    if (random() % 2) remover = std::thread([&] { remove_card(uuid); });
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 100));
    counts.gone_in_use += unload_module() == 0;
    // Some let go before the threads do, some after.
    std::array<int, 3> order{0, 1, 2};
    std::shuffle(order.begin(), order.end(), random);
    const size_t before = random() % 4;
    for (size_t i = 0; i < before; ++i) card.fds[order[i]] = UniqueFd();
    for (const auto& fuzzer : fuzzers) {
      fuzzer->join();
      counts.calls += fuzzer->calls();
      counts.broken += fuzzer->broken();
    }
    for (size_t i = before; i < 3; ++i) card.fds[order[i]] = UniqueFd();
  }
  ++counts.closed_orders;
  if (!remover.joinable()) return;
  remover.join();
  ++counts.removed;
  counts.stays += !in_time([&] { return !card_exists(uuid); });
}

// Unloads the module in the state in which it is found, and loads it again.
void reload(const std::string& module, bool served, Counts& counts) {
  if (served) {
    counts.gone_in_use += unload_module() == 0;
    return;
  }
  counts.stays += !in_time([] { return unload_module() == 0; });
  ++counts.unloaded;
  if (const int error = load_module(module))
    throw std::system_error(error, std::generic_category(), module);
}

}  // namespace

void fuzz(const Setting& setting, Report& report) {
  const std::string uuid = uuid_of(1);
  KernelLog log;
  Random random(setting.seed);
  Counts counts;
  const auto begin = Time::now();
  while (Time::now() - begin < setting.length) {
    create_card(uuid);
    {
      SmallCardProcess simulator({uuid, random(), 5, (random() & 1) != 0});
      simulator.require_ready("no simulator attaches to " + uuid);
      std::thread killer;
      if (random() % 4 == 0)
        killer = std::thread([&simulator, ms = random() % 100] {
          std::this_thread::sleep_for(std::chrono::milliseconds(ms));
          simulator.kill(SIGKILL);
        });
      use(uuid, random, counts);
      if (killer.joinable())
        killer.join();
      else if (!setting.module.empty() && card_exists(uuid) && random() % 2)
        reload(setting.module, true, counts);
    }
    // No simulator now, and no user; with or without a card.
    if (random() % 2) counts.stays += remove_card(uuid) != 0 && card_exists(uuid);
    if (!setting.module.empty() && random() % 4 == 0) reload(setting.module, false, counts);
    ++counts.rounds;
    log.count_new("");
    report.progress("fuzz, s",
                    std::chrono::duration_cast<std::chrono::seconds>(Time::now() - begin).count(),
                    setting.length.count());
  }
  report.check(counts.rounds > 0 && counts.calls > 0,
               fmt::format("fuzz: {} users made {} calls and let go in any order", counts.rounds,
                           counts.calls));
  report.check(counts.broken == 0, "fuzz: no read gave more than it said");
  report.check(counts.stays == 0,
               fmt::format("fuzz: {} cards removed in use, {} modules unloaded, none stayed",
                           counts.removed, counts.unloaded));
  report.check(counts.gone_in_use == 0, "fuzz: the module never went while it was in use");
  remove_card(uuid);
  log.count_new("");
  report.check(log.reports().empty(), "fuzz: the kernel has nothing to complain about");
  for (const std::string& line : log.reports()) report.note(line);
}

}  // namespace mtty::torture
