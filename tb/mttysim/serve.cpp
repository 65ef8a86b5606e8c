// SPDX-License-Identifier: Apache-2.0
// mttysim serve: serves guests through the bridge of mtty.ko.
#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <filesystem>
#include <list>

#include "kernel-bridge/host/os_handles.h"
#include "tb/dut/lockstep_card.h"
#include "tb/mttysim/commands.h"
#include "tb/mttysim/served_card.h"

namespace mtty {
namespace {

using Cards = std::list<ServedCard>;

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
  PaceSetting pace = PaceSetting::parse(options.pace);
  pace.patience = std::chrono::milliseconds(options.patience_ms);
  return pace;
} catch (const std::invalid_argument& unknown) {
  throw UsageError(fmt::format("--pace: {}", unknown.what()));
}

/// As the kernel spells it, so that a card's files are the same however the user does.
std::string lower_case(std::string uuid) {
  for (char& c : uuid)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  return uuid;
}

/// DIR/NAME.EXT -> DIR/NAME-UUID.EXT
void add_uuid(std::string& file, const std::string& uuid) {
  if (file.empty()) return;
  std::filesystem::path path(file);
  path.replace_filename(path.stem().string() + "-" + uuid + path.extension().string());
  file = path.string();
}

/// The options of one card: of several, each has files of its own.
ServeOptions options_of(ServeOptions options, const std::string& uuid) {
  if (options.uuids.size() > 1)
    for (std::string* file : {&options.recording.wave, &options.recording.log, &options.state})
      add_uuid(*file, uuid);
  return options;
}

std::vector<std::unique_ptr<Dut>> make(const ServeOptions& options, const Cards& cards) try {
  std::vector<unsigned> ports;
  for (const ServedCard& card : cards) ports.push_back(card.ports());
  return make_duts(options.dut, ports);
} catch (const std::invalid_argument& unknown) {
  throw UsageError(fmt::format("--dut: {}", unknown.what()));
}

/// Until a signal comes or the last card is gone.
ExitCode serve_all(Cards& cards, BridgeWait& wait) {
  ExitCode code = kAllAsExpected;
  const auto close = [&](Cards::iterator card, const char* reason) {
    wait.leave(card->server().endpoint());
    try {
      code = std::max(code, card->close(reason));
    } catch (const std::exception& error) {  // the others have files to complete, too
      fmt::print(stderr, "mttysim: {}\n", error.what());
      code = kBadInput;
    }
    return cards.erase(card);
  };
  while (!cards.empty()) {
    std::vector<CardServer*> servers;
    for (ServedCard& card : cards) servers.push_back(&card.server());
    const bool stopped = serve_cards(servers, wait) == BridgeWake::kWatched;
    for (auto card = cards.begin(); card != cards.end();) {
      const bool removed = card->server().endpoint().closed();
      if (stopped || removed)
        card = close(card, removed ? "the card was removed" : "stopped");
      else
        ++card;
    }
  }
  return code;
}

}  // namespace

int serve(const ServeOptions& options) {
  const PaceSetting pace = pace_of(options);
  if (!options.state.empty() && options.dut != "tlm")
    throw UsageError(
        fmt::format("--state: the body {} cannot be kept in a file; tlm can", options.dut));
  const UniqueFd stop(stop_signals());
  Cards cards;
  for (const std::string& name : options.uuids) {
    const std::string uuid = lower_case(name);
    cards.emplace_back(uuid, options_of(options, uuid));
  }
  auto duts = make(options, cards);
  std::vector<BridgeEndpoint*> ends;
  for (ServedCard& card : cards) {
    card.begin(std::move(duts[ends.size()]), pace);
    ends.push_back(&card.server().endpoint());
  }
  BridgeWait wait(ends);
  wait.watch(stop.get());
  if (options.spin_us) wait.set_spin(std::chrono::microseconds(*options.spin_us));
  try {
    return serve_all(cards, wait);
  } catch (const LockstepDifference& difference) {
    cards.front().close("ended");
    fmt::print(stderr, "mttysim: the bodies differ at {}\n", difference.what());
    return kDifference;
  }
}

}  // namespace mtty
