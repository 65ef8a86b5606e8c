// SPDX-License-Identifier: Apache-2.0
#include "tb/check/card_bench.h"

#include <algorithm>
#include <cmath>

#include "tb/dut/pin_dut.h"

namespace mtty::check {
namespace {

constexpr Clock kInputDelay = 3;  // a change at clock n is seen by ticks at edges >= n + 3

Lanes lanes_at(unsigned offset, unsigned size) { return Lanes(((1u << size) - 1) << (offset % 4)); }

/// Two changes at one clock are none.
void append(Edges& edges, Edge edge) {
  if (!edges.empty() && edges.back().at == edge.at)
    edges.pop_back();
  else
    edges.push_back(edge);
}

}  // namespace

CardBench::CardBench(const std::string& body, unsigned ports)
    : count_(ports), dut_(make_dut(body, ports)) {
  dut_->observe(*this);
  for (unsigned i = 0; i < ports; ++i) plug(Plug::kNone, i);
  wait(8);
  map_bars();
  forget();
}

CardBench::~CardBench() {
  const auto* pins = dynamic_cast<const PinDut*>(dut_.get());
  EXPECT_EQ(pins ? pins->monitor().report() : "", "");
}

void CardBench::wait_until(Clock clock) {
  if (clock > now()) dut_->advance_to(clock);
}

void CardBench::reset() { reset_at(std::max(now(), dut_->bus_free())); }

void CardBench::reset_at(Clock clock) {
  dut_->reset(clock);
  for (Port& port : ports_) {
    port.ticks.reset(clock);
    port.lcr = 0;
    port.divisor = 0;
  }
}

void CardBench::map_bars() {
  config_write(0x10, kBarBase[0]);
  if (count_ > 1) config_write(0x14, kBarBase[1]);
  set_command(1);
}

PciResult CardBench::transact(PciCommand command, std::uint32_t address, Lanes lanes,
                              std::uint32_t data) {
  const Clock earliest = std::max(now() + 1, dut_->bus_free());
  const Clock at = std::max(earliest, next_address_);
  EXPECT_TRUE(next_address_ == 0 || at == next_address_) << "the bus is not free early enough";
  next_address_ = 0;
  const PciResult result = dut_->access({command, address, lanes, data}, at);
  EXPECT_EQ(result.address_clock, at);
  EXPECT_EQ(now(), result.completion_clock);
  return result;
}

std::uint32_t CardBench::config_read(unsigned offset, unsigned size) {
  const PciResult result = transact(PciCommand::kConfigRead, offset & ~3u, lanes_at(offset, size));
  EXPECT_EQ(result.status, PciStatus::kDone);
  EXPECT_EQ(result.completion_clock, result.address_clock + 3);
  const std::uint32_t value = result.data >> (8 * (offset % 4));
  return size == 4 ? value : value & ((1u << (8 * size)) - 1);
}

PciResult CardBench::config_write(unsigned offset, std::uint32_t value, unsigned size) {
  const PciResult result = transact(PciCommand::kConfigWrite, offset & ~3u, lanes_at(offset, size),
                                    value << (8 * (offset % 4)));
  EXPECT_EQ(result.status, PciStatus::kDone);
  EXPECT_EQ(result.completion_clock, result.address_clock + 3);
  return result;
}

CardBench& CardBench::at(Clock strobe) {
  EXPECT_FALSE(is_pulse_edge(strobe)) << "no strobe can be at " << strobe;
  return address_at(strobe - 2);
}

CardBench& CardBench::address_at(Clock clock) {
  next_address_ = clock;
  return *this;
}

PciResult CardBench::register_access(PciCommand command, unsigned reg, unsigned port,
                                     std::uint8_t value) {
  const PciResult result = transact(command, kBarBase[port] + reg, lanes_at(reg, 1),
                                    std::uint32_t{value} << (8 * (reg % 4)));
  EXPECT_EQ(result.status, PciStatus::kDone);
  last_strobe_ = strobe_edge(result.address_clock + 2);
  EXPECT_EQ(result.completion_clock, last_strobe_ + 1);
  return result;
}

std::uint8_t CardBench::read(unsigned reg, unsigned port) {
  const std::uint32_t data = register_access(PciCommand::kIoRead, reg, port, 0).data;
  EXPECT_EQ(data & ~(0xffu << (8 * (reg % 4))), 0u) << "lanes that are not enabled read as 0";
  return std::uint8_t(data >> (8 * (reg % 4)));
}

Clock CardBench::write(unsigned reg, std::uint8_t value, unsigned port) {
  register_access(PciCommand::kIoWrite, reg, port, value);
  follow_write(reg, port, value);
  return last_strobe_;
}

void CardBench::follow_write(unsigned reg, unsigned port, std::uint8_t value) {
  Port& p = ports_[port];
  if (reg == LCR) p.lcr = value;
  if (!(p.lcr & 0x80) || reg > DLM) return;
  p.divisor = reg == DLL ? std::uint16_t((p.divisor & 0xff00) | value)
                         : std::uint16_t((p.divisor & 0x00ff) | value << 8);
  p.ticks.set_divisor(last_strobe_, p.divisor);
}

Clock CardBench::set_line(std::uint8_t lcr, std::uint16_t divisor, unsigned port) {
  write(LCR, lcr | 0x80, port);
  write(DLM, std::uint8_t(divisor >> 8), port);
  const Clock strobe = write(DLL, std::uint8_t(divisor), port);
  write(LCR, lcr, port);
  return strobe;
}

std::vector<std::uint8_t> CardBench::read_all(unsigned port) {
  std::vector<std::uint8_t> bytes;
  while (read(LSR, port) & kDR && bytes.size() < 100) bytes.push_back(read(RBR, port));
  return bytes;
}

Clock CardBench::send(const LineBits& bits, unsigned port, double speed) {
  if (line_free(port) > now()) return send_at(line_free(port), bits, port, speed);
  const Clock half_tick = Clock(bit_clocks(port) / 32);
  const Clock tick = tick_after(now() + half_tick + kInputDelay, 1, port);
  return send_at(tick - half_tick - kInputDelay, bits, port, speed);
}

Clock CardBench::send_at(Clock clock, const LineBits& bits, unsigned port, double speed) {
  const double sixteenth = bit_clocks(port) / 16 / speed;
  unsigned passed = 0;
  const auto boundary = [&] { return clock + Clock(std::llround(passed * sixteenth)); };
  for (const LineBit& bit : bits) {
    line_at(boundary(), bit.level, port);
    passed += bit.sixteenths;
  }
  line_at(boundary(), true, port);
  ports_[port].line_free = boundary();
  return clock;
}

Clock CardBench::receive(const LineBits& bits, unsigned port) {
  const Clock start = send(bits, port);
  wait_until(line_free(port) + 4);
  return start;
}

void CardBench::receive_all(const std::vector<std::uint8_t>& bytes, unsigned port) {
  for (const std::uint8_t byte : bytes) send(byte, port);
  wait_until(line_free(port) + 4);
}

Clock CardBench::stop_sample(Clock fall, unsigned port) {
  const unsigned bits = 1 + data_bits(lcr(port)) + (has_parity(lcr(port)) ? 1 : 0);
  const Clock start = tick_after(fall + kInputDelay - 1, 1, port);
  return tick_after(start, 8 + 16 * bits, port);
}

Edges CardBench::output_edges(OutputPin pin, unsigned port) const {
  Edges edges;
  bool level = ports_[port].before & pin;
  for (const OutputChange& change : ports_[port].changes) {
    if (bool(change.pins & pin) == level) continue;
    level = !level;
    append(edges, {change.at, level});
  }
  return edges;
}

void CardBench::forget() {
  interrupts_.clear();
  for (Port& port : ports_) {
    port.changes.clear();
    port.before = port.pins;
  }
}

Edges CardBench::frame_edges(Clock start, std::uint8_t byte, unsigned port) {
  Edges edges;
  bool level = true;
  unsigned passed = 0;
  for (const LineBit& bit : frame(lcr(port), byte)) {
    if (bit.level != level)
      edges.push_back({passed ? tick_after(start, passed, port) : start, bit.level});
    level = bit.level;
    passed += bit.sixteenths;
  }
  return edges;
}

void CardBench::wait_until_sent(unsigned port) {
  // 16 characters and the shift register, each of 12 bits at most.
  const Clock deadline = now() + Clock(18 * 12 * bit_clocks(port));
  while (!(read(LSR, port) & kTemt)) {
    ASSERT_LT(now(), deadline) << "the transmitter does not become empty";
    wait(Clock(bit_clocks(port)));
  }
}

std::vector<std::uint8_t> CardBench::sent(unsigned port) const {
  const Edges edges = sout(port);
  const auto level_at = [&](double clock) {
    bool level = ports_[port].before & kSout;
    for (const Edge& edge : edges) {
      if (double(edge.at) > clock) break;
      level = edge.level;
    }
    return level;
  };
  const std::uint8_t lcr = ports_[port].lcr;
  std::vector<std::uint8_t> bytes;
  double busy_until = 0;
  for (const Edge& edge : edges) {
    if (edge.level || double(edge.at) < busy_until) continue;
    unsigned byte = 0;
    for (unsigned i = 0; i < data_bits(lcr); ++i)
      byte |= unsigned(level_at(double(edge.at) + (1.5 + i) * bit_clocks(port))) << i;
    bytes.push_back(std::uint8_t(byte));
    busy_until = double(edge.at) + (frame_sixteenths(lcr) / 16.0 - 0.5) * bit_clocks(port);
  }
  return bytes;
}

void CardBench::hear(Clock at) {
  EXPECT_GE(at, last_heard_) << "observers hear of everything in the order of the clocks";
  last_heard_ = at;
}

void CardBench::expect_one_change_a_clock(Clock before, Clock at) const {
  EXPECT_TRUE(before == kNever || at > before || at == last_reset_) << "two changes at " << at;
}

void CardBench::reset(Clock at, bool asserted) {
  hear(at);
  if (asserted) last_reset_ = at;
}

void CardBench::intx(Clock at, bool asserted) {
  hear(at);
  EXPECT_NE(asserted, intx_) << "INTA# told of without a change at " << at;
  expect_one_change_a_clock(interrupts_.empty() ? kNever : interrupts_.back().at, at);
  intx_ = asserted;
  append(interrupts_, {at, asserted});
}

void CardBench::outputs(Clock at, unsigned port, OutputPins pins) {
  hear(at);
  Port& p = ports_[port];
  EXPECT_NE(pins, p.pins) << "outputs told of without a change at " << at;
  expect_one_change_a_clock(p.last_change, at);
  p.last_change = at;
  p.pins = pins;
  p.changes.push_back({at, pins});
}

}  // namespace mtty::check
