// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "kernel-bridge/host/bridge_node.h"
#include "kernel-bridge/torture/bench.h"
#include "kernel-bridge/torture/tests.h"
#include "kernel-bridge/torture/vfio_user.h"

namespace mtty::torture {

namespace {

using Random = std::mt19937_64;

constexpr uint32_t kIntx = VFIO_PCI_INTX_IRQ_INDEX;
constexpr uint32_t kTrigger = VFIO_IRQ_SET_ACTION_TRIGGER;
constexpr uint32_t kUnmask = VFIO_IRQ_SET_ACTION_UNMASK;
constexpr uint32_t kMask = VFIO_IRQ_SET_ACTION_MASK;
constexpr auto kLost = std::chrono::seconds(10);

// The card of this test: reading port 0's register 0 gives how many events there were (their low
// byte), and takes the interrupt away; anything else changes nothing.
constexpr uint8_t kEvents = 0;

/// The simulator: raises the next event once the last one was taken, in an answer or between
/// accesses, as it falls.
class Source {
 public:
  Source(const std::string& uuid, uint64_t count, uint64_t seed)
      : endpoint_(attach_card(uuid)), count_(count), random_(seed) {
    thread_ = std::thread([this] { run(); });
  }
  ~Source() {
    stop_ = true;
    thread_.join();
  }
  uint64_t raised() const { return raised_; }
  bool done() const { return done_; }
  /// An event was not taken in time.
  bool lost() const { return lost_; }

 private:
  void run() {
    auto since = Time::now();
    while (!stop_) {
      // With an event on its way it only answers; without one, half of the time raises one now.
      if (!level_ && raised_ < count_ && random_() % 2) {
        raise();
        since = Time::now();
        endpoint_->set_intx(true);
      }
      const auto wake = endpoint_->wait(Time::now() + std::chrono::milliseconds(level_ ? 100 : 0));
      if (wake == BridgeWake::kClosed) return;
      if (const auto request = endpoint_->poll()) {
        if (answer(*request)) since = Time::now();
      } else if (level_ && Time::now() - since > kLost) {
        lost_ = true;
        return;
      }
      done_ = !level_ && raised_ == count_;
    }
  }

  void raise() {
    ++raised_;
    level_ = true;
  }

  // True where an event was raised with the answer.
  bool answer(const BridgeRequest& request) {
    uint32_t data = 0;
    bool raises = false;
    if (request.op == MTTY_BRIDGE_READ && request.region == 0 && request.offset == kEvents) {
      data = static_cast<uint8_t>(raised_);
      level_ = false;
      // The next one may come so soon that the line never looks low.
      if (raised_ < count_ && random_() % 4 == 0) {
        raise();
        raises = true;
      }
    } else if (!level_ && raised_ < count_ && random_() % 2) {
      raise();
      raises = true;
    }
    endpoint_->respond(request, data, MTTY_BRIDGE_OK, level_);
    return raises;
  }

  std::unique_ptr<BridgeEndpoint> endpoint_;
  const uint64_t count_;
  Random random_;
  bool level_ = false;
  std::atomic<uint64_t> raised_{0};
  std::atomic<bool> done_{false};
  std::atomic<bool> lost_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// The VM monitor's side: one thread takes interrupts, others mask and unmask meanwhile.
class Monitor {
 public:
  Monitor(const VfioCard& card, const Source& source, bool disturbed, uint64_t seed)
      : card_(card), source_(source) {
    card.set_irq_fd(kIntx, kTrigger, trigger_.get());
    card.set_irq_fd(kIntx, kUnmask, unmask_.get());
    if (disturbed)
      for (uint64_t i = 0; i < 2; ++i)
        disturbers_.emplace_back([this, seed, i] { disturb(Random(seed + i)); });
  }
  ~Monitor() {
    stop();
    card_.set_irq(kIntx, kTrigger, 0);
  }
  void stop() {
    stop_ = true;
    for (std::thread& thread : disturbers_)
      if (thread.joinable()) thread.join();
  }

  // Until the source is done, or lost one.
  void take_all(uint64_t count, uint64_t seed, Report& report) {
    Random random(seed);
    uint8_t last = 0;
    while (!source_.done() && !source_.lost()) {
      if (!trigger_.wait(std::chrono::milliseconds(100))) continue;
      signals_ += trigger_.take();
      const auto now = static_cast<uint8_t>(card_.get(0, kEvents, 1));
      taken_ += static_cast<uint8_t>(now - last);
      last = now;
      end_of_interrupt(random());
      report.progress("interrupts", taken_, count);
    }
  }

  uint64_t signals() const { return signals_; }
  uint64_t taken() const { return taken_; }

  // With the line low and nothing raised an unmask signals nothing, however often.
  bool silent() const {
    trigger_.take();
    for (int i = 0; i < 100; ++i) card_.set_irq(kIntx, kUnmask);
    unmask_.signal();
    return !trigger_.wait(std::chrono::milliseconds(50));
  }

 private:
  // By the ioctl, as QEMU does it, or by the eventfd, as KVM does it.
  void end_of_interrupt(uint64_t random) const {
    switch (random % 3) {
      case 0:
        unmask_.signal();
        break;
      case 1:
        card_.set_irq_bool(kIntx, kUnmask, 1);
        break;
      default:
        card_.set_irq(kIntx, kUnmask);
    }
  }

  // Whatever it does it leaves unmasked, so that nothing that it does can excuse a loss. Another
  // eventfd is rare, for it waits for an RCU grace period, and everybody else with it.
  void disturb(Random random) const {
    while (!stop_) {
      switch (random() % 128) {
        case 0:
          change_unmask();
          break;
        case 1:
          change_trigger();
          break;
        default:
          disturb_briefly(random());
      }
      if (random() % 2) std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
    }
  }

  void disturb_briefly(uint64_t random) const {
    switch (random % 4) {
      case 0:
        card_.set_irq(kIntx, kMask);
        card_.set_irq(kIntx, kUnmask);
        break;
      case 1:
        unmask_.signal();
        break;
      default:
        card_.get(random / 4 % 2, 1 + random / 8 % 7, 1);
    }
  }

  // As QEMU when it changes between KVM's INTx and its own.
  void change_unmask() const {
    card_.set_irq(kIntx, kMask);
    card_.set_irq_fd(kIntx, kUnmask, -1);
    card_.set_irq_fd(kIntx, kUnmask, unmask_.get());
    card_.set_irq(kIntx, kUnmask);
  }

  void change_trigger() const {
    card_.set_irq(kIntx, kTrigger, 0);
    card_.set_irq_fd(kIntx, kTrigger, trigger_.get());
    card_.set_irq_fd(kIntx, kUnmask, unmask_.get());
  }

  const VfioCard& card_;
  const Source& source_;
  const Event trigger_, unmask_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> disturbers_;
  uint64_t signals_ = 0;
  uint64_t taken_ = 0;
};

void race(const std::string& uuid, const Setting& setting, bool disturbed, Report& report) {
  Source source(uuid, setting.count, setting.seed);
  const VfioCard card(uuid);
  Monitor monitor(card, source, disturbed, setting.seed + 1);
  const auto begin = Time::now();
  monitor.take_all(setting.count, setting.seed + 9, report);
  monitor.stop();
  const std::chrono::duration<double> took = Time::now() - begin;
  const char* how = disturbed ? "under races" : "undisturbed";
  report.note(fmt::format("intx: {} raised, {} signals, {} taken, {:.0f} a second", source.raised(),
                          monitor.signals(), monitor.taken(), monitor.taken() / took.count()));
  report.check(
      !source.lost() && source.raised() == setting.count && monitor.taken() == setting.count,
      fmt::format("intx: {} interrupts {}, none lost", setting.count, how));
  report.check(monitor.silent(), fmt::format("intx: none stuck {}", how));
  if (!disturbed)
    report.check(monitor.signals() == monitor.taken(), "intx: undisturbed, one signal each");
}

}  // namespace

void intx_races(const Setting& setting, Report& report) {
  const std::string uuid = uuid_of(1);
  create_card(uuid);
  KernelLog log;
  Setting plain = setting;
  plain.count = std::max<uint64_t>(setting.count / 10, 1);
  race(uuid, plain, false, report);
  race(uuid, setting, true, report);
  remove_card(uuid);
  log.count_new("");
  report.check(log.reports().empty(), "intx: the kernel has nothing to complain about");
  for (const std::string& line : log.reports()) report.note(line);
}

}  // namespace mtty::torture
