// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <optional>
#include <random>

#include "kernel-bridge/host/bridge_node.h"
#include "kernel-bridge/torture/bench.h"
#include "kernel-bridge/torture/raw_node.h"
#include "kernel-bridge/torture/small_card.h"
#include "kernel-bridge/torture/tests.h"
#include "kernel-bridge/torture/vfio_user.h"

namespace mtty::torture {

namespace {

/// Opens the card, uses it a little, and closes it, over and over.
class ComingAndGoing {
 public:
  ComingAndGoing(const std::string& uuid, uint64_t seed)
      : thread_([this, uuid, seed] { run(uuid, seed); }) {}
  ~ComingAndGoing() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  uint64_t opened() const { return opened_; }
  uint64_t refused() const { return refused_; }

 private:
  void run(const std::string& uuid, uint64_t seed) {
    std::mt19937_64 random(seed);
    while (!stop_) {
      try {
        const VfioCard card(uuid);
        const Event trigger;
        card.set_irq_fd(VFIO_PCI_INTX_IRQ_INDEX, VFIO_IRQ_SET_ACTION_TRIGGER, trigger.get());
        for (uint64_t i = random() % 20; i > 0; --i) card.get(random() % 2, random() % 8, 1);
        ++opened_;
      } catch (const std::runtime_error&) {
        ++refused_;  // nobody serves it, or it does not answer
      }
    }
  }

  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> opened_{0};
  std::atomic<uint64_t> refused_{0};
  std::thread thread_;
};

// A simulator that keeps the rules, for a while.
void serve_for(const std::string& uuid, std::chrono::microseconds length, bool intx) {
  const auto endpoint = attach_card(uuid);
  const auto end = Time::now() + length;
  while (Time::now() < end) {
    endpoint->wait(end);
    if (const auto request = endpoint->poll())
      endpoint->respond(*request, small_card_data(request->region, request->offset, request->size),
                        MTTY_BRIDGE_OK, intx);
    else
      endpoint->set_intx(intx = !intx);
  }
}

// Attaches and goes, with its pages mapped or not, in either order. True where each call gave what
// the header promises.
bool attach_and_go(const std::string& uuid, uint64_t random) {
  std::optional<RawNode> node(std::in_place);
  std::optional<BridgePage> request, response;
  bool good = true;
  if (random & 1) request.emplace(node->get(), MTTY_BRIDGE_REQUEST_PGOFF, false);
  if (random & 2) response.emplace(node->get(), MTTY_BRIDGE_RESPONSE_PGOFF, true);
  good &= node->ring() == ENOTCONN;
  good &= node->attach(uuid) == 0 && node->attach(uuid) == EISCONN;
  good &= RawNode().attach(uuid) == EBUSY;
  if (random & 4) good &= node->ring() == 0;
  if (random & 8) {
    node.reset();
    // A mapping is a hold on the file too.
    good &= RawNode().attach(uuid) == (request || response ? EBUSY : 0);
  }
  if (random & 16) request.reset();
  return good;
}

// Pages of sessions that the kernel has not freed.
unsigned pages_left() {
  std::ifstream info("/proc/vmallocinfo");
  unsigned left = 0;
  for (std::string line; std::getline(info, line);)
    left +=
        line.find("[mtty]") != std::string::npos && line.find("mtty_session") != std::string::npos;
  return left;
}

}  // namespace

void cycles(const Setting& setting, Report& report) {
  const std::string uuid = uuid_of(1);
  create_card(uuid);
  const Parameter deadline("timeout_ms", 30);
  KernelLog log;
  std::mt19937_64 random(setting.seed);
  uint64_t broken = 0, served = 0;
  {
    ComingAndGoing first(uuid, setting.seed + 1), second(uuid, setting.seed + 2);
    for (uint64_t i = 0; i < setting.count; ++i) {
      if (random() % 2) {
        serve_for(uuid, std::chrono::microseconds(random() % 5000), random() & 1);
        ++served;
      } else {
        broken += !attach_and_go(uuid, random());
      }
      log.count_new("");
      report.progress("attach and detach", i + 1, setting.count);
    }
    // The last ones find a card that is served, so that there is something to count.
    serve_for(uuid, std::chrono::seconds(1), false);
    first.stop();
    second.stop();
    report.note(fmt::format("{} simulators served, users opened {} times and were refused {} times",
                            served, first.opened() + second.opened(),
                            first.refused() + second.refused()));
    report.check(first.opened() + second.opened() > 0, "cycles: users could open the card");
  }
  report.check(broken == 0,
               fmt::format("cycles: {} simulators came and went, each call as the header says",
                           setting.count));
  report.check(remove_card(uuid) == 0 && !card_exists(uuid), "cycles: the card can be removed");
  report.check(pages_left() == 0, fmt::format("cycles: {} shared pages are left", pages_left()));
  log.count_new("");
  report.check(log.reports().empty(), "cycles: the kernel has nothing to complain about");
}

}  // namespace mtty::torture
