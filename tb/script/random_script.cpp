// SPDX-License-Identifier: Apache-2.0
#include "tb/script/random_script.h"

#include <algorithm>

#include "model/pci/config_space.h"
#include "model/uart/frame.h"

namespace mtty {
namespace {

using Kind = Action::Kind;

constexpr std::uint32_t kBars[] = {0xc000, 0xc008};
constexpr double kClocksPerTick = 15625.0 / 864;  // at divisor 1
constexpr Clock kAccess = 5;                      // from address phase to address phase

Action access(Kind kind, unsigned bar, unsigned offset, unsigned size, std::uint32_t value) {
  Action action;
  action.kind = kind;
  action.bar = bar;
  action.offset = offset;
  action.size = size;
  action.value = size == 4 ? value : value & ((1u << (8 * size)) - 1);
  return action;
}

}  // namespace

RandomScript::RandomScript(std::uint64_t seed, unsigned ports, bool pins)
    : random_(seed), ports_(ports), pins_(pins) {
  set_up();
}

std::vector<Action> RandomScript::next(Clock clocks) {
  const Clock end = std::min(cursor_, line_cursor_) + clocks;
  while (cursor_ < end) bus_activity();
  while (line_cursor_ < end) {
    line_activity(unsigned(below(ports_)));
    line_cursor_ += below(3000);
  }
  std::vector<Action> actions;
  for (; !planned_.empty() && planned_.top().at < end; planned_.pop())
    actions.push_back(planned_.top().action);
  return actions;
}

void RandomScript::plan(Clock at, Action action) {
  action.when = Action::When::kAt;
  action.time = at;
  planned_.push({at, order_++, std::move(action)});
}

/// Mostly dense, sometimes long enough for characters to pass.
Clock RandomScript::gap() {
  const std::uint64_t kind = below(100);
  if (kind < 60) return below(12);
  if (kind < 90) return below(400);
  if (kind < 99) return below(4000);
  return below(30000);
}

void RandomScript::bus_activity() {
  const unsigned port = unsigned(below(ports_));
  const std::uint64_t kind = below(1000);
  if (kind < 560)
    register_access(port);
  else if (kind < 800)
    service(port);
  else if (kind < 850)
    set_line(port);
  else if (kind < 890)
    config_access();
  else if (kind < 988)
    raw_access();
  else if (kind < 990)
    change_plug(port);
  else if (kind < 993)
    reset();
  else if (kind < 999)
    leave_alone(port);
  else
    set_up();
  if (below(1000) < 3) state_[port].neglected = !state_[port].neglected;
  cursor_ += gap();
}

/// RST#, with modem lines that move around both of its edges and an interrupt that would tell of
/// them; then a look at every register before it is written.
void RandomScript::reset() {
  for (unsigned i = 0; i < ports_; ++i) {
    write(i, reg::kIer, ier::kModem);
    read(i, reg::kMsr);
    modem_noise(cursor_ + below(8), i);
  }
  plan(cursor_ + below(12), access(Kind::kReset, 0, 0, 1, 0));
  cursor_ += 20;
  for (const unsigned offset : {pci::kCommandStatus, pci::kBar0, pci::kBar1, pci::kInterruptLine}) {
    plan(cursor_, access(Kind::kConfigRead, 0, offset, 4, 0));
    cursor_ += kAccess;
  }
  enable();
  for (unsigned i = 0; i < ports_; ++i) {
    for (unsigned offset = 0; offset <= reg::kScr; ++offset) read(i, offset);
    write(i, reg::kLcr, lcr::kDivisorLatch);
    read(i, reg::kDll);
    read(i, reg::kDlm);
    set_line(i);
  }
}

/// BARs and Command; sometimes both BARs get one address.
void RandomScript::enable() {
  const bool overlap = chance(10);
  for (unsigned i = 0; i < ports_; ++i, cursor_ += kAccess) {
    const std::uint32_t bar = overlap || i == 0 ? kBars[0] : kBars[1];
    plan(cursor_, access(Kind::kConfigWrite, 0, pci::kBar0 + 4 * i, 4, bar));
  }
  const std::uint32_t command = std::uint32_t(
      pci::kCommandIo | (chance(50) ? pci::kCommandParityResponse : 0) |
      (chance(50) ? pci::kCommandSerr : 0) | (chance(15) ? pci::kCommandIntxDisable : 0));
  plan(cursor_, access(Kind::kConfigWrite, 0, pci::kCommandStatus, 2, command));
  cursor_ += kAccess;
}

/// A card that can be used, also after configuration writes that took it away.
void RandomScript::set_up() {
  enable();
  for (unsigned i = 0; i < ports_; ++i) set_line(i);
}

void RandomScript::set_line(unsigned port) {
  constexpr unsigned kDivisors[] = {1, 1, 1, 1, 1, 2, 2, 3, 5, 12};
  Port& state = state_[port];
  state.divisor = chance(3) ? unsigned(below(3)) * 256 : kDivisors[below(std::size(kDivisors))];
  state.lcr = std::uint8_t(chance(50) ? below(4) | below(2) << 2 : below(0x40));
  write(port, reg::kLcr, state.lcr | lcr::kDivisorLatch);
  write(port, reg::kDll, state.divisor & 0xff);
  write(port, reg::kDlm, state.divisor >> 8);
  write(port, reg::kLcr, state.lcr | (chance(4) ? lcr::kBreak : 0));
  if (chance(70))
    write(port, reg::kFcr, std::uint32_t(fcr::kEnable | below(4) << fcr::kTriggerShift));
  if (chance(70)) write(port, reg::kIer, std::uint32_t(below(16)));
  if (chance(50)) write(port, reg::kMcr, std::uint32_t(below(16) | (chance(30) ? mcr::kLoop : 0)));
}

/// Scenes in which nobody disturbs a port for some characters, as no random access would leave it.
/// In loop mode nothing comes from outside, and the other port leaves INTA# alone.
void RandomScript::leave_alone(unsigned port) {
  set_line(port);
  const Port& line = state_[port];
  if (line.divisor != 1) return;
  const auto character = Clock(kClocksPerTick * LineFormat(line.lcr).ticks());
  for (unsigned i = 0; i < ports_; ++i) write(i, reg::kIer, 0);
  write(port, reg::kMcr, mcr::kLoop);
  cursor_ += 2 * character;  // what was under way ends
  switch (below(4)) {
    case 0:
      return time_out(port, character);
    case 1:
    case 2:
      return time_out_as_one_enters(port, character);
    default:
      return send_alone(port, character);
  }
}

/// A few characters, one of them read before or after the timeout, and then nobody reads for longer
/// than it takes.
void RandomScript::time_out(unsigned port, Clock character) {
  const std::uint64_t count = 2 + below(3);
  expect_timeout(port);
  for (auto n = count; n > 0; --n) write(port, reg::kThr, std::uint32_t(below(256)));
  cursor_ += character * (count + below(9));
  read(port, reg::kRbr);
  cursor_ += character * 9 / 2 + below(character);
  read(port, reg::kIir);
}

/// The second character enters the FIFO at the tick at which the timeout of the first would fire.
/// The line settings may change while the first is on its way.
void RandomScript::time_out_as_one_enters(unsigned port, Clock character) {
  expect_timeout(port);
  const Clock begin = cursor_;
  write(port, reg::kThr, std::uint32_t(below(256)));
  if (chance(40)) {
    cursor_ = begin + character / 2;
    state_[port].lcr ^= lcr::kParityEnable;
    write(port, reg::kLcr, state_[port].lcr);
  }
  cursor_ = begin + 4 * character + below(3);
  write(port, reg::kThr, std::uint32_t(below(256)));
  cursor_ += 6 * character;
  read(port, reg::kIir);
}

/// Lone characters, each when the one before is gone. The first is out of the FIFO at the next
/// tick: then Status is looked at. For the others the indication of an empty FIFO is delayed.
void RandomScript::send_alone(unsigned port, Clock character) {
  write(port, reg::kIer, ier::kThrEmpty);
  write(port, reg::kFcr, 0);
  write(port, reg::kFcr, fcr::kEnable);
  for (auto n = 3; n > 0; --n) {
    read(port, reg::kIir);
    write(port, reg::kThr, std::uint32_t(below(256)));
    for (auto looks = below(9); looks > 0; --looks) read_status();
    cursor_ += character * 3 / 2;
  }
}

/// Receive interrupts only, and the trigger so high that the timeout comes first.
void RandomScript::expect_timeout(unsigned port) {
  constexpr unsigned kFourteen = 3;
  write(port, reg::kIer, ier::kReceived);
  write(port, reg::kFcr,
        fcr::kEnable | fcr::kClearReceiver | fcr::kClearTransmitter |
            kFourteen << fcr::kTriggerShift);
}

void RandomScript::write(unsigned port, unsigned offset, std::uint32_t value, unsigned size) {
  plan(cursor_, access(Kind::kIoWrite, port, offset, size, value));
  cursor_ += kAccess + below(3);
}

void RandomScript::read(unsigned port, unsigned offset, unsigned size) {
  plan(cursor_, access(Kind::kIoRead, port, offset, size, 0));
  cursor_ += kAccess + below(3);
}

void RandomScript::register_access(unsigned port) {
  const unsigned size = chance(88) ? 1 : chance(50) ? 2 : 4;
  const auto offset = unsigned(size == 4   ? below(2) * 4
                               : size == 2 ? below(2) * 4 + below(3)
                                           : below(8));
  if (state_[port].neglected && (offset == reg::kRbr || offset == reg::kFcr))
    return read(port, reg::kLsr);
  if (chance(60)) return read(port, offset, size);
  // LCR and FCR at random would spend most of the time in settings that do nothing.
  if (size == 1 && offset == reg::kLcr && chance(80)) return read(port, offset);
  auto value = std::uint32_t(random_());
  if (size == 4 && offset == 0 && chance(80))
    value = (value & 0x00ffffffu) | std::uint32_t{state_[port].lcr} << 24;
  write(port, offset, value, size);
}

/// What a driver does: looks at IIR and LSR, empties and fills FIFOs. A port that is neglected is
/// not emptied, so that its FIFO overruns.
void RandomScript::service(unsigned port) {
  if (chance(70)) read(port, reg::kIir);
  if (chance(70)) read(port, reg::kLsr);
  if (chance(20)) read_status();
  const bool empties = !state_[port].neglected;
  for (auto n = empties ? chance(70) ? below(4) : below(20) : 0; n > 0; --n) {
    read(port, reg::kRbr);
    if (chance(50)) read(port, reg::kLsr);
  }
  for (auto n = chance(70) ? below(3) : below(20); n > 0; --n)
    write(port, reg::kThr, chance(10) ? 0 : std::uint32_t(below(256)));
  if (chance(30)) write(port, reg::kIer, std::uint32_t(below(16)));
  if (chance(30)) read_modem_status(port);
  if (empties && chance(10)) write(port, reg::kFcr, std::uint32_t(below(256)));
  if (chance(10)) write(port, reg::kMcr, std::uint32_t(below(32)));
}

/// Now and then with a line that changes just when MSR is read.
void RandomScript::read_modem_status(unsigned port) {
  if (chance(30)) {
    constexpr InputPin kLines[] = {kCts, kDsr, kRi, kDcd};
    pin(cursor_ + 1 + below(3), port, kLines[below(4)], chance(50));
    cursor_ += 2;
  }
  read(port, reg::kMsr);
}

void RandomScript::read_status() {
  plan(cursor_, access(Kind::kConfigRead, 0, pci::kCommandStatus, 4, 0));
  cursor_ += kAccess;
}

void RandomScript::config_access() {
  const auto offset = unsigned(chance(25)   ? pci::kCommandStatus / 4
                               : chance(70) ? below(16)
                                            : below(64)) *
                      4;
  const unsigned size = 1u << below(3);
  const auto at = unsigned(offset + below(4 / size) * size);
  if (chance(70)) {
    plan(cursor_, access(Kind::kConfigRead, 0, at, size, 0));
  } else {
    plan(cursor_, access(Kind::kConfigWrite, 0, at, size, std::uint32_t(random_())));
    cursor_ += kAccess;
    if (chance(70)) {
      plan(cursor_, access(Kind::kConfigRead, 0, offset, 4, 0));
      cursor_ += kAccess;
    }
    const bool lost = offset == pci::kCommandStatus || offset == pci::kBar0 || offset == pci::kBar1;
    if (lost && chance(90)) {
      register_access(unsigned(below(ports_)));
      set_up();
    }
  }
}

void RandomScript::raw_access() {
  constexpr PciCommand kCommands[] = {PciCommand::kIoRead, PciCommand::kIoWrite,
                                      PciCommand::kConfigRead, PciCommand::kConfigWrite};
  Action action;
  action.kind = Kind::kBus;
  action.size = 4;
  PciRequest& request = action.request;
  request.command =
      chance(85) ? kCommands[below(std::size(kCommands))] : static_cast<PciCommand>(below(16));
  request.address = kBars[below(ports_)] + std::uint32_t(below(8));
  if (chance(5)) request.address ^= 1u << below(32);
  if (request.is_config()) request.address = std::uint32_t(below(256) & (chance(95) ? ~3u : ~0u));
  // Elsewhere a configuration write could take the card away from everything that follows.
  if (request.command == PciCommand::kConfigWrite) request.address = pci::kInterruptLine;
  if (request.command == PciCommand::kDualAddress) request.command = PciCommand::kMemoryRead;
  request.lanes = Lanes(below(16));
  if (chance(60)) request.lanes = lanes_of(request.address, 1);
  if (request.is_write()) request.data = action.value = std::uint32_t(random_());
  // Keep LCR's divisor latch and FCR sane most of the time: see register_access().
  if (request.is_write() && chance(80))
    request.lanes &= std::uint8_t(request.address & 4 ? 0xf : 0x3);
  if (pins_) {
    PciManners& manners = request.manners;
    if (chance(25)) manners.irdy_delay = unsigned(below(9));  // 8 at the most (PCI 2.3, 3.5.2)
    manners.burst = chance(15);
    manners.early_frame_end = chance(8);
    manners.bad_address_parity = chance(5);
    manners.bad_data_parity = chance(20) && request.is_write();
    if (chance(20)) {
      write(unsigned(below(ports_)), reg::kScr, std::uint32_t(below(256)));
      manners.back_to_back = true;
      cursor_ -= std::min<Clock>(cursor_, 1);
      plan(cursor_ + 1, action);
      cursor_ += 8;
      return;
    }
  }
  plan(cursor_, action);
  cursor_ += kAccess;
}

void RandomScript::line_activity(unsigned port) {
  const std::uint64_t kind = below(100);
  if (kind < 60) return send_character(port);
  modem_noise(line_cursor_ + below(200), port);
}

void RandomScript::pin(Clock at, unsigned port, InputPin which, bool level) {
  Action action;
  action.kind = Kind::kPin;
  action.bar = port;
  action.pin = which;
  action.level = level;
  plan(at, action);
}

/// A character as a peer might send it: at its own baud, with a wrong parity, without a stop bit,
/// as a break, or a mere glitch.
void RandomScript::send_character(unsigned port) {
  Port& state = state_[port];
  if (state.divisor == 0 || state.divisor > 24) return;
  const double skew = chance(70) ? 1 : 0.95 + double(below(100)) / 1000;
  const LineFormat format(state.lcr);
  const double bit = 16 * kClocksPerTick * state.divisor * skew;
  Clock at = std::max(line_cursor_, state.line_free) + (chance(50) ? 0 : below(600));
  const std::uint64_t kind = below(100);
  if (kind < 8) {  // a glitch
    pin(at, port, kSin, false);
    at += 1 + below(std::uint64_t(bit));
    pin(at, port, kSin, true);
  } else if (kind < 14) {  // a break
    pin(at, port, kSin, false);
    at += std::uint64_t(bit * double(6 + below(20)));
    pin(at, port, kSin, true);
  } else {
    std::uint32_t levels = format.levels_of(chance(15) ? 0 : std::uint8_t(below(256)));
    if (format.has_parity() && chance(15)) levels ^= 1u << (format.bits_before_stop() - 1);
    const unsigned stop = format.bits_before_stop();
    const bool no_stop = chance(8);
    const double end = no_stop ? stop : stop + format.stop_ticks() / 16.0;
    bool level = true;
    for (unsigned i = 0; i < stop; ++i) {
      if (bool(levels >> i & 1) == level) continue;
      level = !level;
      pin(at + std::uint64_t(bit * i), port, kSin, level);
    }
    if (!level && !no_stop) pin(at + std::uint64_t(bit * stop), port, kSin, true);
    if (no_stop) {
      pin(at + std::uint64_t(bit * stop), port, kSin, false);
      if (chance(70)) pin(at + std::uint64_t(bit * (stop + 1)), port, kSin, true);
    }
    at += std::uint64_t(bit * end);
  }
  // Now and then the next one enters the FIFO just when the character timeout fires.
  const Clock pause = chance(8) ? Clock(3 * kClocksPerTick * state.divisor * format.ticks()) : 0;
  state.line_free = at + 2 + pause;
}

void RandomScript::modem_noise(Clock at, unsigned port) {
  constexpr InputPin kLines[] = {kCts, kDsr, kRi, kDcd};
  for (auto n = 1 + below(6); n > 0; --n) {
    pin(at, port, kLines[below(4)], chance(50));
    at += below(chance(50) ? 5 : 300);
  }
}

void RandomScript::change_plug(unsigned port) {
  Action action;
  action.kind = Kind::kPlug;
  action.bar = port;
  action.plug = static_cast<Plug>(below(ports_ > 1 ? 3 : 2));
  plan(cursor_, action);
}

}  // namespace mtty
