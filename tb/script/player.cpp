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
  if (action.kind == Kind::kBus) {
    PciRequest request = action.request;
    request.manners.back_to_back =
        false;  // unless it is played behind a write, see play_back_to_back()
    return request;
  }
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

/// The action with what was read.
Action seen_in(const Action& action, const PciRequest& request, const PciResult& result) {
  Action seen = action;
  if (request.is_write()) return seen;
  seen.checked = true;
  seen.value = result.data;
  if (action.kind != Kind::kBus)
    seen.value = (result.data & bits_of(request.lanes)) >> (8 * (action.offset & 3));
  return seen;
}

bool configures(const std::vector<Action>& script) {
  return std::any_of(script.begin(), script.end(),
                     [](const Action& a) { return a.kind == Kind::kConfigWrite; });
}

/// The next action is to follow this one without an idle clock.
bool leads_back_to_back(const std::vector<Action>& script, std::size_t index) {
  return index + 1 < script.size() && script[index + 1].kind == Kind::kBus &&
         script[index + 1].request.manners.back_to_back;
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

/// What was expected and not seen, as text; empty where all is as expected.
std::string expectation_missed(const Action& seen, const Action& expected) {
  switch (expected.kind) {
    case Kind::kConfigRead:
    case Kind::kIoRead:
    case Kind::kBus:
      if (!expected.checked || seen.value == expected.value) return {};
      return fmt::format("{:#0{}x}", expected.value, 2 + 2 * expected.size);
    case Kind::kIntx:
      return seen.level == expected.level ? std::string() : fmt::format("{:d}", expected.level);
    case Kind::kTransmitted:
      return seen.bytes == expected.bytes ? std::string() : bytes_text(expected.bytes);
    default:
      return {};
  }
}

}  // namespace

Player::Player(Dut& dut, ProgrammedCard& card, AccessLog* log, Print print)
    : dut_(dut), card_(card), log_(log), print_(std::move(print)) {
  dut_.observe(*this);
}

unsigned Player::play(const Actions& script, const std::string& file) {
  file_ = file;
  driven_.clear();
  for (const Action& action : script)
    if (action.needs_pins() && !dut_.has_pins())
      throw ScriptError(fmt::format(
          "{}:{}: only a body with pins can do this; choose another --dut", file, action.line));
  const bool sets_up = !configures(script);
  bool set_up = !sets_up;
  for (std::size_t i = 0; i < script.size(); ++i) {
    const Action& action = script[i];
    if (does_io(action) && !set_up) set_up_card();
    if (does_io(action)) set_up = true;
    Clock begin = begin_of(action);
    if (action.uses_bus()) {
      begin = std::max(begin, dut_.bus_free());
      play_ahead(script, i + 1, begin);
      if (action.kind != Kind::kReset && leads_back_to_back(script, i)) {
        play_back_to_back(action, script[i + 1], begin);
        ++i;
      } else {
        play_bus(action, begin);
      }
      if (action.kind == Kind::kReset) set_up = !sets_up;
    } else {
      begin = play_line(i, action, begin);
    }
    last_begin_ = begin;
    check_due();
  }
  const Clock end = std::max(free_, last_begin_);
  if (end > dut_.now()) dut_.advance_to(end);
  check_due();
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
  for (std::size_t i = next; i < script.size(); ++i) {
    const Action& action = script[i];
    if (action.when == When::kFree || action.uses_bus() || action.kind == Kind::kReceive) return;
    const Clock at = action.when == When::kAt ? std::max(action.time, last) : last + action.time;
    if (at > begin + kLongestAccess) return;
    if (action.kind == Kind::kPin || action.kind == Kind::kPlug) drive_line(i, action, at);
    last = at;
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
    return print(action, action, at);
  }
  const PciRequest request = request_of(action, card_);
  const PciResult result = dut_.access(request, at);
  print(seen_in(action, request, result), action, result.address_clock);
}

void Player::play_back_to_back(const Action& action, const Action& next, Clock at) {
  const PciRequest first = request_of(action, card_);
  if (!first.is_write())
    throw ScriptError(fmt::format("{}:{}: back-to-back needs a write before it", file_, next.line));
  const auto results = dut_.access_back_to_back(first, next.request, at);
  print(seen_in(action, first, results.first), action, results.first.address_clock);
  print(seen_in(next, next.request, results.second), next, results.second.address_clock);
}

/// What does not use the bus takes no time. Returns the clock at which it happens.
Clock Player::play_line(std::size_t index, const Action& action, Clock at) {
  switch (action.kind) {
    case Kind::kWait:
      free_ = at + action.clocks;
      break;
    case Kind::kReceive:
      at = std::max(at, dut_.now());
      receive(action, at);
      break;
    case Kind::kPin:
    case Kind::kPlug:
      at = drive_line(index, action, std::max(at, dut_.now()));
      break;
    default:
      break;
  }
  due_.push_back({action, at});
  return at;
}

/// A pin or a plug, unless it has been driven ahead. Returns its clock.
Clock Player::drive_line(std::size_t index, const Action& action, Clock at) {
  if (!driven_.empty() && index <= driven_.back().index) {
    while (driven_.front().index != index) driven_.pop_front();
    return driven_.front().at;
  }
  driven_.push_back({index, at});
  if (action.kind == Kind::kPin)
    dut_.force(at, action.bar, action.pin, action.level);
  else
    dut_.plug(at, action.bar, action.plug);
  if (log_) log_->note(action, at);
  return at;
}

void Player::receive(const Action& action, Clock at) {
  const LineSettings settings = card_.line(action.bar);
  if (settings.divisor == 0)
    throw ScriptError(
        fmt::format("{}:{}: port {} has no baud rate yet: write its divisor before rx", file_,
                    action.line, action.bar));
  senders_[action.bar].send(dut_, action.bar, at, settings, action.bytes);
}

/// Prints what has been played, up to the first expectation whose clock has not come.
void Player::check_due() {
  for (; !due_.empty() && due_.front().at <= dut_.now(); due_.pop_front())
    check(due_.front().action, due_.front().at);
}

void Player::check(const Action& action, Clock at) {
  Action seen = action;
  if (action.kind == Kind::kIntx) {
    const auto behind =
        std::upper_bound(intx_changes_.begin(), intx_changes_.end(), at,
                         [](Clock clock, const auto& change) { return clock < change.first; });
    seen.level = std::prev(behind)->second;
  } else if (action.kind == Kind::kTransmitted) {
    seen.bytes = readers_[action.bar].take(at, dut_.now());
    if (log_) log_->note(seen, at);
  }
  print_line(seen, action, at);
}

/// An access: behind everything that began before it.
void Player::print(const Action& seen, const Action& expected, Clock at) {
  check_due();
  print_line(seen, expected, at);
}

void Player::print_line(const Action& seen, const Action& expected, Clock at) {
  std::string line = format_action(seen, at);
  const std::string wanted = expectation_missed(seen, expected);
  if (!wanted.empty()) {
    ++failures_;
    line += fmt::format("  # expected {} ({}:{})", wanted, file_, expected.line);
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
