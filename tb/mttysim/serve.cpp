// SPDX-License-Identifier: Apache-2.0
// mttysim serve: serves a guest through the bridge of mtty.ko.
#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "kernel-bridge/host/bridge_node.h"
#include "kernel-bridge/host/card_server.h"
#include "tb/dut/lockstep_card.h"
#include "tb/mttysim/commands.h"
#include "tb/mttysim/recording.h"

namespace mtty {
namespace {

/// SIGINT and SIGTERM as a descriptor, so that the recordings are completed.
int stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

PaceSetting pace_of(const ServeOptions& options) try {
  return PaceSetting::parse(options.pace);
} catch (const std::invalid_argument& unknown) {
  throw UsageError(fmt::format("--pace: {}", unknown.what()));
}

Plug plug_of(const ServeOptions& options, unsigned port, unsigned ports) {
  const auto plug = plug_named(options.plugs[port]);
  if (!plug)
    throw UsageError(
        fmt::format("--port{}: there is no plug '{}'; choose none, loopback or null-modem", port,
                    options.plugs[port]));
  if (*plug == Plug::kNullModem && ports < 2)
    throw UsageError(fmt::format("--port{}: a null modem needs a card with two ports", port));
  return *plug;
}

void plug_in(RecordedCard& recorded, unsigned port, Plug plug) {
  const Clock now = recorded.dut->now();
  recorded.dut->plug(now, port, plug);
  if (!recorded.log) return;
  Action action;
  action.kind = Action::Kind::kPlug;
  action.bar = port;
  action.plug = plug;
  recorded.log->note(action, now);
}

}  // namespace

int serve(const ServeOptions& options) {
  const PaceSetting pace = pace_of(options);
  const UniqueFd stop(stop_signals());
  const std::unique_ptr<BridgeEndpoint> endpoint = attach_card(options.uuid);
  endpoint->watch(stop.get());

  const unsigned ports = endpoint->ports();
  Plug plugs[kMaxPorts];
  for (unsigned i = 0; i < ports; ++i) plugs[i] = plug_of(options, i, ports);
  RecordedCard recorded(options.dut, ports, options.recording);
  for (unsigned i = 0; i < ports; ++i) plug_in(recorded, i, plugs[i]);

  const auto tell = [&](const std::string& event) {
    fmt::print("mttysim: {} at clock {}\n", event, recorded.dut->now());
    std::fflush(stdout);
    if (recorded.log) recorded.log->comment(event, recorded.dut->now());
  };
  CardServer server(*endpoint, *recorded.dut, recorded.card, pace, tell);
  fmt::print("mttysim: serving {} ({} port{}) with body {}, pace {}\n", options.uuid, ports,
             ports > 1 ? "s" : "", options.dut, options.pace);
  std::fflush(stdout);

  BridgeWake end;
  try {
    end = server.serve();
  } catch (const LockstepDifference& difference) {
    recorded.close();
    fmt::print(stderr, "mttysim: the bodies differ at {}\n", difference.what());
    return kDifference;
  }
  recorded.close();
  fmt::print("mttysim: {} after {} accesses, {} PCI clocks\n",
             end == BridgeWake::kClosed ? "the card was removed" : "stopped", server.accesses(),
             recorded.dut->now());
  if (const std::string breaches = recorded.dut->breaches(); !breaches.empty()) {
    fmt::print(stderr, "mttysim: rules of the bus were broken:\n{}", breaches);
    return kDifference;
  }
  return kAllAsExpected;
}

}  // namespace mtty
