// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>

#include "kernel-bridge/torture/bench.h"
#include "kernel-bridge/torture/raw_node.h"
#include "kernel-bridge/torture/small_card.h"
#include "kernel-bridge/torture/tests.h"
#include "kernel-bridge/torture/vfio_user.h"

namespace mtty::torture {

namespace {

constexpr std::chrono::seconds kPatience{10};

// The user cannot clear what is high on a card that does not answer: its handler would be called
// for as long as the line stays up.
void line_of_the_hung(const std::string& uuid, Report& report) {
  const SmallCardProcess simulator({uuid, 1, 0, true});
  simulator.require_ready("no simulator attaches to " + uuid);
  const VfioCard card(uuid);
  const Event trigger;
  card.set_irq_fd(VFIO_PCI_INTX_IRQ_INDEX, VFIO_IRQ_SET_ACTION_TRIGGER, trigger.get());
  report.check(trigger.wait(kPatience), "hang: INTx was signalled before it");

  const Parameter deadline("timeout_ms", 200);
  simulator.kill(SIGSTOP);
  waitpid(simulator.pid(), nullptr, WUNTRACED);
  report.check(card.get(0, 5, 1) == 0xff, "hang: all ones at the deadline");
  trigger.take();
  card.set_irq(VFIO_PCI_INTX_IRQ_INDEX, VFIO_IRQ_SET_ACTION_UNMASK);
  report.check(trigger.take() == 0, "hang: INTx is low after it");
  simulator.kill(SIGCONT);
  report.check(trigger.wait(kPatience), "hang: INTx is high again with the late answer");
}

// An access has its time once, however many simulators come, are asked, and go without an answer.
void one_deadline(const std::string& uuid, Report& report) {
  const auto silent = [&uuid] {
    auto simulator = std::make_unique<Child>([&uuid](const std::function<void()>& ready) {
      const RawNode node;
      if (node.attach(uuid, MTTY_BRIDGE_VERSION, MTTY_BRIDGE_RETURNS) == 0) ready();
      for (;;) pause();
    });
    simulator->require_ready("no simulator attaches to " + uuid);
    return simulator;
  };
  const auto card = open_served(uuid);
  const Parameter deadline("timeout_ms", 1000);
  auto next = silent();
  const auto begin = Time::now();
  const auto access = std::async(std::launch::async, [&card] { return card->get(0, 5, 1); });
  while (access.wait_for(std::chrono::milliseconds(600)) != std::future_status::ready &&
         Time::now() - begin < kPatience) {
    next.reset();
    next = silent();
  }
  access.wait();
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(Time::now() - begin).count();
  report.check(took >= 1000 && took < 5000,
               fmt::format("hang: one deadline of 1000 ms for all, {} ms", took));
}

}  // namespace

void hangs(const Setting& /*setting*/, Report& report) {
  const std::string uuid = uuid_of(1);
  create_card(uuid);
  KernelLog log;
  line_of_the_hung(uuid, report);
  one_deadline(uuid, report);
  report.check(log.reports().empty(), "hang: the kernel has nothing to complain about");
}

}  // namespace mtty::torture
