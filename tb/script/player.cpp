// SPDX-License-Identifier: Apache-2.0
#include "tb/script/player.h"

#include <fmt/format.h>

#include <algorithm>

namespace mtty {
namespace {

using Kind = Action::Kind;
using When = Action::When;

// Longer than any transaction takes (PCI 2.3, 3.5.1.1: 16 clocks to the first data).
constexpr Clock kLongestAccess = 32;
constexpr std::uint32_t kFirstBar = 0xc000;

PciRequest request_of(const Action& action, const ProgrammedCard& card) {
  const bool io = action.kind == Kind::kIoRead || action.kind == Kind::kIoWrite;
  const bool write = action.kind == Kind::kIoWrite || action.kind == Kind::kConfigWrite;
  PciRequest request{};
  request.lanes = lanes_of(action.offset, action.size);
  // Configuration is addressed by dwords; I/O down to the byte (PCI 2.3, 3.2.2).
  request.address = io ? card.bar(action.bar) + action.offset : action.offset & ~3u;
  request.command = io ? (write ? PciCommand::kIoWrite : PciCommand::kIoRead)
                       : (write ? PciCommand::kConfigWrite : PciCommand::kConfigRead);
  if (write) request.data = action.value << (8 * (action.offset & 3));
  return request;
}

bool configures(const std::vector<Action>& script) {
  return std::any_of(script.begin(), script.end(),
                     [](const Action& a) { return a.kind == Kind::kConfigWrite; });
}

bool does_io(const Action& action) {
  return action.kind == Kind::kIoRead || action.kind == Kind::kIoWrite;
}

std::string bytes_text(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes)
    text += fmt::format("{}{:#04x}", text.empty() ? "" : " ", byte);
  return text.empty() ? "nothing" : text;
}

}  // namespace

Player::Player(Dut& dut, ProgrammedCard& card, AccessLog* log, Print print)
    : dut_(dut), card_(card), log_(log), print_(std::move(print)) {
  dut_.observe(*this);
}

unsigned Player::play(const Actions& script, const std::string& file) {
  file_ = file;
  const bool sets_up = !configures(script);
  bool set_up = !sets_up;
  for (std::size_t i = 0; i < script.size(); ++i) {
    if (i < played_ahead_ && (script[i].kind == Kind::kPin || script[i].kind == Kind::kPlug))
      continue;
    const Action& action = script[i];
    if (does_io(action) && !set_up) set_up_card();
    if (does_io(action)) set_up = true;
    Clock begin = begin_of(action);
    if (action.uses_bus()) {
      begin = std::max(begin, dut_.bus_free());
      play_ahead(script, i + 1, begin);
      play_bus(action, begin);
      if (action.kind == Kind::kReset) set_up = !sets_up;
    } else {
      play_line(action, begin);
    }
    last_begin_ = begin;
  }
  return failures_;
}

Clock Player::begin_of(const Action& action) const {
  const Clock free = std::max({dut_.bus_free(), free_, last_begin_});
  switch (action.when) {
    case When::kAt:
      return std::max(action.time, last_begin_);
    case When::kAfter:
      return last_begin_ + action.time;
    case When::kFree:
      break;
  }
  return free;
}

/// Pins and plugs with a clock of their own may move while an access is under way: an access that
/// is done in one step must know of them before.
void Player::play_ahead(const Actions& script, std::size_t next, Clock begin) {
  Clock last = begin;
  for (std::size_t i = std::max(next, played_ahead_); i < script.size(); ++i) {
    const Action& action = script[i];
    if (action.when == When::kFree || action.uses_bus() || action.kind == Kind::kReceive) return;
    const Clock at = action.when == When::kAt ? std::max(action.time, last) : last + action.time;
    if (at > begin + kLongestAccess) return;
    if (action.kind == Kind::kPin || action.kind == Kind::kPlug) play_line(action, at);
    last = at;
    played_ahead_ = i + 1;
  }
}

void Player::set_up_card() {
  Action write;
  write.kind = Kind::kConfigWrite;
  write.size = 4;
  for (unsigned i = 0; i < dut_.ports(); ++i) {
    write.offset = pci::kBar0 + 4 * i;
    write.value = kFirstBar + pci::kBarBytes * i;
    play_bus(write, dut_.bus_free());
  }
  write.offset = pci::kCommandStatus;
  write.size = 2;
  write.value = pci::kCommandIo;
  play_bus(write, dut_.bus_free());
}

void Player::play_bus(const Action& action, Clock at) {
  if (action.kind == Kind::kReset) {
    dut_.reset(at);
    return report(action, at, true, {});
  }
  const PciRequest request = request_of(action, card_);
  const PciResult result = dut_.access(request, at);
  Action seen = action_of(request, result, card_);
  seen.bar = action.bar;
  seen.line = action.line;
  const bool as_expected = !action.checked || seen.value == action.value;
  report(seen, result.address_clock, as_expected,
         fmt::format("{:#0{}x}", action.value, 2 + 2 * action.size));
}

void Player::play_line(const Action& action, Clock at) {
  switch (action.kind) {
    case Kind::kIntx:
      return check_intx(action, at);
    case Kind::kTransmitted:
      return check_transmitted(action, at);
    case Kind::kWait:
      free_ = at + action.clocks;
      dut_.advance_to(std::max(free_, dut_.now()));
      return report(action, at, true, {});
    case Kind::kReceive:
      at = std::max(at, dut_.now());
      receive(action, at);
      break;
    case Kind::kPin:
      at = std::max(at, dut_.now());
      dut_.force(at, action.bar, action.pin, action.level);
      break;
    case Kind::kPlug:
      at = std::max(at, dut_.now());
      dut_.plug(at, action.bar, action.plug);
      break;
    default:
      return;
  }
  if (log_) log_->note(action, at);
  report(action, at, true, {});
}

void Player::receive(const Action& action, Clock at) {
  const LineSettings settings = card_.line(action.bar);
  if (settings.divisor == 0)
    throw ScriptError(
        fmt::format("{}:{}: port {} has no baud rate yet: write its divisor before rx", file_,
                    action.line, action.bar));
  senders_[action.bar].send(dut_, action.bar, at, settings, action.bytes);
}

void Player::check_intx(const Action& action, Clock at) {
  if (at > dut_.now()) dut_.advance_to(at);
  const auto behind =
      std::upper_bound(intx_changes_.begin(), intx_changes_.end(), at,
                       [](Clock clock, const auto& change) { return clock < change.first; });
  Action seen = action;
  seen.level = std::prev(behind)->second;
  report(seen, at, seen.level == action.level, fmt::format("{:d}", action.level));
}

void Player::check_transmitted(const Action& action, Clock at) {
  if (at > dut_.now()) dut_.advance_to(at);
  Action seen = action;
  seen.bytes = readers_[action.bar].take(at);
  report(seen, at, seen.bytes == action.bytes, bytes_text(action.bytes));
  if (log_) log_->note(seen, at);
}

void Player::report(const Action& seen, Clock at, bool as_expected, const std::string& expected) {
  std::string line = format_action(seen, at);
  if (!as_expected) {
    ++failures_;
    line += fmt::format("  # expected {} ({}:{})", expected, file_, seen.line);
  }
  print_(line);
}

void Player::intx(Clock at, bool asserted) { intx_changes_.emplace_back(at, asserted); }

void Player::outputs(Clock at, unsigned port, OutputPins pins) {
  const bool sout = pins & kSout;
  if (sout == sout_[port]) return;
  sout_[port] = sout;
  readers_[port].edge(at, sout, card_.line(port));
}

}  // namespace mtty
