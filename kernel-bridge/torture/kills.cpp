// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "kernel-bridge/torture/bench.h"
#include "kernel-bridge/torture/raw_node.h"
#include "kernel-bridge/torture/small_card.h"
#include "kernel-bridge/torture/tests.h"
#include "kernel-bridge/torture/vfio_user.h"

namespace mtty::torture {

namespace {

constexpr uint32_t kTrigger = VFIO_IRQ_SET_ACTION_TRIGGER;
constexpr uint32_t kUnmask = VFIO_IRQ_SET_ACTION_UNMASK;

// A death ends the access under way, not the last close of the dead one's file: here this process
// has it open too, as the memory of a large simulator keeps it open for long.
void die_before_the_file(const VfioCard& card, const std::string& uuid, const Event& trigger,
                         Report& report) {
  const Parameter deadline("timeout_ms", 60'000);
  const RawNode node;
  const BridgePage request(node.get(), MTTY_BRIDGE_REQUEST_PGOFF, false);
  const Event attached;
  const pid_t simulator = fork();
  if (simulator == 0) {
    if (node.attach(uuid) == 0) {
      const BridgePage response(node.get(), MTTY_BRIDGE_RESPONSE_PGOFF, true);
      response.get()->word |= mtty_bridge_pack_response({0, 0, 1, 0});  // its line is high
      node.ring();
      attached.signal();
    }
    for (;;) pause();
  }
  bool asked = attached.wait(std::chrono::seconds(10));
  const uint64_t before = request.get()->word;
  uint32_t first = 0;
  std::thread access([&] { first = card.get(0, 5, 1); });
  const auto begin = Time::now();
  while (asked && __atomic_load_n(&request.get()->word, __ATOMIC_ACQUIRE) == before) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    asked = Time::now() - begin < std::chrono::seconds(10);
  }

  const auto killed = Time::now();
  kill(simulator, SIGKILL);
  access.join();
  const uint32_t later = card.get(0, 5, 1);
  const auto took = Time::now() - killed;
  waitpid(simulator, nullptr, 0);
  report.check(asked && first == 0xff && later == 0xff && took < std::chrono::seconds(10),
               fmt::format("death: it counts before the last close of the file, {} ms",
                           std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  const bool raised = trigger.take() != 0;
  card.set_irq(VFIO_PCI_INTX_IRQ_INDEX, kUnmask);
  report.check(raised && trigger.take() == 0, "death: INTx is low before the last close, too");
  const SmallCardProcess next({uuid});
  report.check(next.wait_ready() && card.get(0, 5, 1) == small_card_data(0, 5, 1),
               "death: another attaches before the last close");
}

}  // namespace

void kills(const Setting& setting, Report& report) {
  const std::string uuid = uuid_of(1);
  create_card(uuid);
  const auto card = open_served(uuid);
  const Event trigger;
  card->set_irq_fd(VFIO_PCI_INTX_IRQ_INDEX, kTrigger, trigger.get());

  KernelLog log;
  Life life;
  BusyUsers users(*card, life, 2, setting.seed);
  std::mt19937_64 random(setting.seed);
  uint64_t not_ready = 0, not_raised = 0, raised_after = 0, stuck = 0, lines = 0;
  Durations dying;

  for (uint64_t i = 0; i < setting.count; ++i) {
    life.enter(Life::Phase::kStarting);
    SmallCardProcess simulator({uuid, random(), static_cast<unsigned>(random() % 30), true});
    not_ready += !simulator.wait_ready();
    life.enter(Life::Phase::kAlive);
    const auto alive = std::chrono::microseconds(random() % 10'000);
    // Its line is high from its first answer on; unmasked, that is signalled.
    card->set_irq(VFIO_PCI_INTX_IRQ_INDEX, kUnmask);
    not_raised += !trigger.wait(std::chrono::seconds(10));
    std::this_thread::sleep_for(alive);

    life.enter(Life::Phase::kDying);
    const auto killed = Time::now();
    simulator.kill(SIGKILL);
    simulator.wait();
    life.enter(Life::Phase::kDead);
    dying.add(Time::now() - killed);

    // Nobody drives the line now: an unmask signals nothing.
    trigger.take();
    card->set_irq(VFIO_PCI_INTX_IRQ_INDEX, kUnmask);
    raised_after += trigger.take();
    stuck += !users.all_moved();
    lines += log.count_new("the simulator is gone");
    report.progress("kills", i + 1, setting.count);
  }
  users.stop();
  log.count_new("");
  die_before_the_file(*card, uuid, trigger, report);

  const BusyUsers::Found found = users.found();
  report.note(fmt::format("{} accesses answered; from kill to the end of the process: {}",
                          found.answered, dying.text()));
  report.check(not_ready == 0 && found.answered > setting.count,
               fmt::format("death: {} simulators attached and were killed", setting.count));
  report.check(found.wrong == 0, "death: all that was read was the card's, or all ones");
  report.check(found.failed == 0, "death: no access failed or was cut short");
  const auto in_time = [&](const Durations& durations, const char* what) {
    constexpr auto kOneMs = std::chrono::milliseconds(1);
    report.check(
        durations.size() > 0 && durations.beyond(setting.within) == 0,
        fmt::format("death: {} {}, within {} ms; {} took over 1 ms ({})", durations.size(), what,
                    setting.within.count(), durations.beyond(kOneMs), durations.text()));
  };
  in_time(found.late, "accesses were under way and ended after it");
  in_time(found.outlived, "of them, counted from the end of the process");
  in_time(found.dead, "accesses came later");
  report.check(stuck == 0, "death: no access was left waiting");
  report.check(not_raised == 0, "death: INTx was signalled before it");
  report.check(raised_after == 0, "death: INTx is low after it");
  report.check(lines == setting.count, fmt::format("death: one line in the log each, {}", lines));
  report.check(log.reports().empty(), "death: the kernel has nothing to complain about");
}

}  // namespace mtty::torture
