// SPDX-License-Identifier: Apache-2.0
#include "tb/mttysim/served_card.h"

#include <fmt/format.h>

#include "kernel-bridge/host/bridge_node.h"

namespace mtty {
namespace {

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

}  // namespace

ServedCard::ServedCard(const std::string& uuid, const ServeOptions& options)
    : uuid_(uuid), options_(options), prefix_(options.uuids.size() > 1 ? uuid + ": " : "") {
  if (!options_.state.empty()) state_.emplace(options_.state, "card " + uuid_);
  attach();
  for (unsigned i = 0; i < ports(); ++i) plugs_[i] = plug_of(options_, i, ports());
}

/// With a state file: goes on where the last simulator ended, if the file has the state that the
/// guest has seen last. Where no guest has the card open, the newest state is as good as any.
void ServedCard::attach() {
  const unsigned returns = state_ ? MTTY_BRIDGE_RETURNS : 0;
  if (state_ && !state_->empty()) {
    endpoint_ = attach_card(uuid_, returns | MTTY_BRIDGE_RESTORED);
    restored_ = state_->find(endpoint_->requests());
    if (!restored_ && !endpoint_->opened()) {
      state_->take_newest();
      restored_ = true;
    }
    if (restored_) return;
    say(
        fmt::format("{} is not where the guest is, which another simulator has served since: a "
                    "fresh card",
                    options_.state));
    endpoint_.reset();
  }
  endpoint_ = attach_card(uuid_, returns);
}

template <class Archive>
void ServedCard::visit(Archive& archive) {
  for (Plug& plug : plugged_) archive.limit(plug, Plug::kNullModem);
  archive(recorded_->card, *recorded_->dut);
}

void ServedCard::keep() {
  if (state_) state_->keep(endpoint_->requests(), [this](StateWriter& state) { visit(state); });
}

void ServedCard::begin(std::unique_ptr<Dut> dut, PaceSetting pace) {
  recorded_.emplace(std::move(dut));
  if (restored_) state_->restore([this](StateReader& state) { visit(state); });
  recorded_->record(options_.recording);
  server_.emplace(*endpoint_, *recorded_->dut, recorded_->card, pace,
                  [this](const std::string& event) { note(event); });
  say(fmt::format("serving {} ({} port{}) with body {}, pace {}", uuid_, ports(),
                  ports() > 1 ? "s" : "", options_.dut, options_.pace));
  if (restored_) note(fmt::format("the card goes on from {}", options_.state));
  if (!restored_ || plugged_ != plugs_) plug_in();
  keep();
  if (state_) server_->keep_by([this] { keep(); });
}

void ServedCard::plug_in() {
  const Clock now = recorded_->dut->now();
  for (unsigned port = 0; port < ports(); ++port) {
    recorded_->dut->plug(now, port, plugs_[port]);
    if (!recorded_->log) continue;
    Action action;
    action.kind = Action::Kind::kPlug;
    action.bar = port;
    action.plug = plugs_[port];
    recorded_->log->note(action, now);
  }
  plugged_ = plugs_;
}

/// To the user, and into the log.
void ServedCard::note(const std::string& event) {
  say(fmt::format("{} at clock {}", event, recorded_->dut->now()));
  if (recorded_->log) recorded_->log->comment(event, recorded_->dut->now());
}

void ServedCard::say(const std::string& what) const {
  fmt::print("mttysim: {}{}\n", prefix_, what);
  std::fflush(stdout);
}

ExitCode ServedCard::close(const std::string& reason) {
  keep();
  if (state_) state_->sync();
  recorded_->close();
  say(fmt::format("{} after {} accesses, {} PCI clocks", reason, server_->accesses(),
                  recorded_->dut->now()));
  const std::string breaches = recorded_->dut->breaches();
  if (breaches.empty()) return kAllAsExpected;
  fmt::print(stderr, "mttysim: rules of the bus were broken:\n{}", breaches);
  return kDifference;
}

}  // namespace mtty
