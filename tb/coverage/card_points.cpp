// SPDX-License-Identifier: Apache-2.0
#include "tb/coverage/card_points.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace mtty {
namespace {

// Groups
constexpr const char* kFrames = "a frame on the line: LCR[5:0] x divisor";
constexpr const char* kCleared = "an interrupt goes: source x what took it away";
constexpr const char* kLanes = "byte enables x AD[1:0]";
constexpr const char* kLevels = "characters in the receive FIFO x trigger level";
constexpr const char* kIllegal = "what nobody should do";

const char* divisor_class(unsigned divisor) {
  if (divisor == 0) return "0";
  if (divisor == 1) return "1";
  if (divisor == 2) return "2";
  return divisor < 16 ? "3 to 15" : "16 and more";
}

struct Source {
  std::uint8_t iir;
  const char* name;
  std::vector<const char*> ways;
};

constexpr const char* kByRbr = "RBR read";
constexpr const char* kByLsr = "LSR read";
constexpr const char* kByMsr = "MSR read";
constexpr const char* kByIir = "IIR read";
constexpr const char* kByThr = "THR write";
constexpr const char* kByIer = "IER write";
constexpr const char* kByMode = "FCR[0] changes";
constexpr const char* kByClear = "FCR[1] clears the FIFO";
constexpr const char* kByTrigger = "FCR[7:6] raises the trigger level";
constexpr const char* kByReset = "RST#";

/// In the order of their priority.
const std::vector<Source>& sources() {
  static const std::vector<Source> kSources = {
      {iir::kLineStatus, "line status", {kByLsr, kByRbr, kByMode, kByClear, kByIer, kByReset}},
      {iir::kReceived, "received data", {kByRbr, kByMode, kByClear, kByTrigger, kByIer, kByReset}},
      {iir::kTimeout, "timeout", {kByRbr, kByMode, kByClear, kByIer, kByReset}},
      {iir::kThrEmpty, "THR empty", {kByIir, kByThr, kByIer, kByReset}},
      {iir::kModem, "modem status", {kByMsr, kByIer, kByReset}},
  };
  return kSources;
}

/// Its place in sources(); their number for "none".
std::size_t rank(std::uint8_t iir) {
  std::size_t i = 0;
  while (i < sources().size() && sources()[i].iir != iir) ++i;
  return i;
}

std::string cleared(const Source& source, const std::string& way) {
  return fmt::format("{:14}{}", source.name, way);
}

std::string lanes(const PciRequest& request) {
  const char* what = request.is_config() ? "config" : "I/O";
  return fmt::format("{} {} BE {:04b} AD[1:0] {:02b}", what, request.is_write() ? "write" : "read ",
                     request.lanes, request.address & 3);
}

std::string parity_error(const char* phase, std::uint32_t command) {
  return fmt::format("wrong parity of {}, Command[6] {}, Command[8] {}", phase,
                     command & pci::kCommandParityResponse ? 1 : 0,
                     command & pci::kCommandSerr ? 1 : 0);
}

std::string unclaimed(unsigned command) {
  return fmt::format("command {:04b} at a BAR's address", command);
}

constexpr std::pair<std::uint8_t, const char*> kLineErrors[] = {
    {lsr::kOverrun, "overrun"},
    {lsr::kParity, "a character with wrong parity"},
    {lsr::kFraming, "a character without a stop bit"},
    {lsr::kParity | lsr::kFraming, "a character with wrong parity and without a stop bit"},
    {lsr::kFraming | lsr::kBreak, "a break"},
    {lsr::kParity | lsr::kFraming | lsr::kBreak, "a break that is wrong parity"},
};

}  // namespace

CardPoints::CardPoints(const PinCard& card) : card_(card) { list_points(); }

void CardPoints::list_points() {
  for (unsigned lcr = 0; lcr < 64; ++lcr)
    for (const unsigned divisor : {0, 1, 2, 3, 16})
      counts_[kFrames][fmt::format("LCR {:06b} divisor {}", lcr, divisor_class(divisor))];
  for (const Source& source : sources())
    for (const char* way : source.ways) counts_[kCleared][cleared(source, way)];
  for (unsigned enables = 0; enables < 16; ++enables) {
    for (const auto command : {PciCommand::kIoRead, PciCommand::kIoWrite})
      for (unsigned ad = 0; ad < 4; ++ad) counts_[kLanes][lanes({command, ad, Lanes(enables)})];
    for (const auto command : {PciCommand::kConfigRead, PciCommand::kConfigWrite})
      counts_[kLanes][lanes({command, 0, Lanes(enables)})];
  }
  for (const unsigned trigger : {1, 4, 8, 14})
    for (unsigned n = 0; n <= 16; ++n) counts_[kLevels][fmt::format("{:2} of {:2}", n, trigger)];
  for (unsigned n = 0; n <= 1; ++n) counts_[kLevels][fmt::format("{:2} without FIFO", n)];

  auto& illegal = counts_[kIllegal];
  for (const unsigned command : {0x0, 0x1, 0x4, 0x5, 0x6, 0x7, 0x8, 0x9, 0xc, 0xe, 0xf})
    illegal[unclaimed(command)];
  for (unsigned bits = 0; bits < 4; ++bits) {
    const std::uint32_t command =
        (bits & 1 ? pci::kCommandParityResponse : 0) | (bits & 2 ? pci::kCommandSerr : 0);
    for (const char* phase : {"an I/O address", "a config address", "written data"})
      illegal[parity_error(phase, command)];
  }
  for (unsigned ad = 1; ad < 4; ++ad) illegal[fmt::format("config read of type {:02b}", ad)];
  for (const char* kind : {"I/O read", "I/O write", "config read"})
    illegal[fmt::format("burst, {}", kind)];
  for (unsigned delay = 0; delay <= 8; ++delay) illegal[fmt::format("IRDY# {} clocks late", delay)];
  for (const auto& [errors, name] : kLineErrors) illegal[name];
  for (const char* point :
       {"I/O access while Command[0] is 0", "I/O access while both BARs hold its address",
        "fast back-to-back", "RBR read of an empty FIFO", "LSR written", "MSR written",
        "IER[7:4] written 1", "MCR[7:5] written 1", "FCR[7:1] written 1 with FCR[0] 0",
        "RST# in the middle of a frame", "the baud clock stops in a frame"})
    illegal[point];
}

void CardPoints::access_begins(Clock, const PciRequest& request) {
  for (unsigned i = 0; i < kMaxPorts; ++i) look_at_port(i);
  look_at_request(request);
}

void CardPoints::look_at_port(unsigned i) {
  const UartCore& uart = card_.uart(i);
  Port& port = ports_[i];
  const std::uint8_t lcr = uart.peek(reg::kLcr), lsr = uart.peek(reg::kLsr);
  port.iir = source(i);
  port.divisor_latch = lcr & lcr::kDivisorLatch;
  port.had_data = lsr & lsr::kDataReady;
  if (uart.sending()) {
    hit(kFrames, fmt::format("LCR {:06b} divisor {}", lcr & 0x3f, divisor_class(uart.divisor())));
    if (uart.divisor() == 0) hit(kIllegal, "the baud clock stops in a frame");
  }
  const unsigned errors = lsr & lsr::kCharacterErrors;
  for (const auto& [wanted, name] : kLineErrors)
    if (wanted == lsr::kOverrun ? lsr & lsr::kOverrun : errors == wanted) hit(kIllegal, name);
  // How many are in the FIFO: read it empty, in a copy.
  UartCore copy = uart;
  copy.write(copy.now(), reg::kLcr, lcr & ~lcr::kDivisorLatch);
  unsigned held = 0;
  while (copy.peek(reg::kLsr) & lsr::kDataReady) {
    copy.read(copy.now(), reg::kRbr);
    ++held;
  }
  constexpr unsigned kLevel[] = {1, 4, 8, 14};
  hit(kLevels, port.fifo ? fmt::format("{:2} of {:2}", held, kLevel[port.trigger])
                         : fmt::format("{:2} without FIFO", held));
}

void CardPoints::look_at_request(const PciRequest& request) {
  const ConfigSpace& config = card_.config();
  const PciManners& manners = request.manners;
  const bool io = request.command == PciCommand::kIoRead || request.command == PciCommand::kIoWrite;
  const std::uint32_t base = request.address & pci::kBarMask;
  const bool addressed = base == config.bar(0) || base == config.bar(1);
  if (request.is_config() && request.address & 3) {
    hit(kIllegal, fmt::format("config read of type {:02b}", request.address & 3));
  } else if (request.is_config() || (io && config.decode_io(request.address))) {
    hit(kLanes, lanes(request));
  }
  if (!io && !request.is_config() && addressed)
    hit(kIllegal, unclaimed(static_cast<unsigned>(request.command)));
  if (io && addressed && !(config.command() & pci::kCommandIo))
    hit(kIllegal, "I/O access while Command[0] is 0");
  if (io && addressed && config.bar(0) == config.bar(1))
    hit(kIllegal, "I/O access while both BARs hold its address");
  if (manners.bad_address_parity && (io || request.is_config()))
    hit(kIllegal, parity_error(io ? "an I/O address" : "a config address", config.command()));
  if (manners.bad_data_parity && io && addressed)
    hit(kIllegal, parity_error("written data", config.command()));
  if (manners.burst && (io || request.command == PciCommand::kConfigRead))
    hit(kIllegal, fmt::format("burst, {}", !io                  ? "config read"
                                           : request.is_write() ? "I/O write"
                                                                : "I/O read"));
  hit(kIllegal, fmt::format("IRDY# {} clocks late", manners.irdy_delay));
  if (manners.back_to_back) hit(kIllegal, "fast back-to-back");
}

void CardPoints::access_ends(const PciRequest& request, const PciResult& result) {
  if (request.command != PciCommand::kIoRead && request.command != PciCommand::kIoWrite) return;
  const auto bar = card_.config().decode_io(request.address);
  if (!bar || result.status != PciStatus::kDone) return;
  const unsigned port = *bar, base = request.address & 4;
  for (unsigned lane = 0; lane < 4; ++lane)
    if (request.lanes >> lane & 1)
      look_at_strobe(port, base + lane, request.is_write(),
                     std::uint8_t(request.data >> (8 * lane)));
  // What has gone; of several strobes nobody knows which one it was.
  if (request.lanes & (request.lanes - 1) || request.lanes == 0) return;
  const std::size_t before = rank(ports_[port].iir), after = rank(source(port));
  if (before == sources().size() || after <= before) return;
  const unsigned lane = unsigned(__builtin_ctz(request.lanes));
  const std::string by =
      way(port, base + lane, request.is_write(), std::uint8_t(request.data >> (8 * lane)));
  const std::string point = cleared(sources()[before], by);
  if (counts_[kCleared].count(point)) hit(kCleared, point);
}

/// As the ports stood before the access.
std::string CardPoints::way(unsigned port, unsigned offset, bool write, std::uint8_t value) const {
  const Port& before = ports_[port];
  if (offset <= reg::kIer && before.divisor_latch) return {};
  if (!write) {
    switch (offset) {
      case reg::kRbr:
        return kByRbr;
      case reg::kIir:
        return kByIir;
      case reg::kLsr:
        return kByLsr;
      case reg::kMsr:
        return kByMsr;
      default:
        return {};
    }
  }
  if (offset == reg::kThr) return kByThr;
  if (offset == reg::kIer) return kByIer;
  if (offset != reg::kFcr) return {};
  if (mode_changed_) return kByMode;
  return value & fcr::kClearReceiver ? kByClear : kByTrigger;
}

void CardPoints::look_at_strobe(unsigned port, unsigned offset, bool write, std::uint8_t value) {
  Port& now = ports_[port];
  if (!write) {
    if (offset == reg::kRbr && !now.divisor_latch && !now.had_data)
      hit(kIllegal, "RBR read of an empty FIFO");
    return;
  }
  if (offset == reg::kLsr) hit(kIllegal, "LSR written");
  if (offset == reg::kMsr) hit(kIllegal, "MSR written");
  if (offset == reg::kIer && !now.divisor_latch && value & 0xf0)
    hit(kIllegal, "IER[7:4] written 1");
  if (offset == reg::kMcr && value & 0xe0) hit(kIllegal, "MCR[7:5] written 1");
  if (offset != reg::kFcr) return;
  const bool fifo = value & fcr::kEnable;
  if (!fifo && value) hit(kIllegal, "FCR[7:1] written 1 with FCR[0] 0");
  mode_changed_ = fifo != now.fifo;
  now.fifo = fifo;
  if (fifo) now.trigger = value >> fcr::kTriggerShift;
}

void CardPoints::reset(Clock, bool asserted) {
  if (!asserted) return;
  for (unsigned i = 0; i < kMaxPorts; ++i) {
    if (const std::size_t pending = rank(source(i)); pending < sources().size())
      hit(kCleared, cleared(sources()[pending], kByReset));
    if (card_.uart(i).sending()) hit(kIllegal, "RST# in the middle of a frame");
    ports_[i] = Port();
  }
}

}  // namespace mtty
