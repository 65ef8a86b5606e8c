// SPDX-License-Identifier: Apache-2.0
// A card on a bus with somebody at each serial port: what the rows of the acceptance lists are
// tested with, on every body.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tb/check/line_frame.h"
#include "tb/check/time_reference.h"
#include "tb/dut/dut.h"

namespace mtty::check {

/// Register offsets (TL16C550C, table 3).
enum Register : unsigned {
  RBR = 0,
  THR = 0,
  DLL = 0,
  IER = 1,
  DLM = 1,
  IIR = 2,
  FCR = 2,
  LCR = 3,
  MCR = 4,
  LSR = 5,
  MSR = 6,
  SCR = 7
};

/// LCR values by their usual names.
constexpr std::uint8_t k8N1 = 0x03, k8N2 = 0x07, k8O1 = 0x0b, k8E1 = 0x1b, k8M1 = 0x2b, k8S1 = 0x3b;
constexpr std::uint8_t k5N1 = 0x00, k5N15 = 0x04, k7E1 = 0x1a;

/// LSR bits.
constexpr std::uint8_t kDR = 0x01, kOE = 0x02, kPE = 0x04, kFE = 0x08, kBI = 0x10, kThre = 0x20,
                       kTemt = 0x40, kFifoError = 0x80;

/// A change of a level, seen in State(at).
struct Edge {
  Clock at;
  bool level;
  bool operator==(const Edge& other) const { return at == other.at && level == other.level; }
};
using Edges = std::vector<Edge>;
inline std::ostream& operator<<(std::ostream& out, const Edge& edge) {
  return out << (edge.level ? "rise@" : "fall@") << edge.at;
}

constexpr std::uint32_t kBarBase[] = {0xc150, 0xc158};

/// Starts with I/O enabled, the BARs at kBarBase and nothing plugged in.
class CardBench : private DutObserver {
 public:
  explicit CardBench(const std::string& body, unsigned ports = 2);
  /// Fails the test where the bus monitor of a body with pins has seen a rule broken.
  ~CardBench() override;

  Dut& dut() { return *dut_; }

  // Time
  Clock now() const { return dut_->now(); }
  void wait(Clock clocks) { dut_->advance_to(now() + clocks); }
  /// No effect where the clock has passed.
  void wait_until(Clock clock);
  void reset();
  /// RST# falls at `clock`.
  void reset_at(Clock clock);

  // Bus. Each access begins as soon as the bus is free, or where at() has said so.
  PciResult transact(PciCommand command, std::uint32_t address, Lanes lanes,
                     std::uint32_t data = 0);
  std::uint32_t config_read(unsigned offset, unsigned size = 4);
  PciResult config_write(unsigned offset, std::uint32_t value, unsigned size = 4);
  /// Enables I/O and sets the BARs.
  void map_bars();
  void set_command(std::uint16_t command) { config_write(4, command, 2); }

  // Registers of a port, one byte each. Every access is checked for its completion clock.
  std::uint8_t read(unsigned reg, unsigned port = 0);
  /// Returns the edge of its strobe.
  Clock write(unsigned reg, std::uint8_t value, unsigned port = 0);
  Clock last_strobe() const { return last_strobe_; }
  /// The next register access strobes at this edge.
  CardBench& at(Clock strobe);
  /// The next transaction has its address phase at this clock.
  CardBench& address_at(Clock clock);
  /// Sets LCR and divisor; returns the strobe that starts the new baud clock.
  Clock set_line(std::uint8_t lcr, std::uint16_t divisor, unsigned port = 0);
  std::uint8_t lcr(unsigned port = 0) const { return ports_[port].lcr; }
  /// Reads all that is in the receive FIFO.
  std::vector<std::uint8_t> read_all(unsigned port = 0);

  // The 16x clock as it should be.
  Clock tick_after(Clock clock, std::uint64_t n = 1, unsigned port = 0) {
    return ports_[port].ticks.after(clock, n);
  }
  Clock last_tick_until(Clock clock, unsigned port = 0) {
    return ports_[port].ticks.last_until(clock);
  }
  double bit_clocks(unsigned port = 0) const {
    return 16.0 * ports_[port].ticks.divisor() * 15625 / 864;
  }

  // What the far end of the line does.
  void force(InputPin pin, bool level, unsigned port = 0) { force_at(now(), pin, level, port); }
  void force_at(Clock clock, InputPin pin, bool level, unsigned port = 0) {
    dut_->force(clock, port, pin, level);
  }
  void line_at(Clock clock, bool level, unsigned port = 0) { dut_->send(clock, port, level); }
  void plug(Plug plug, unsigned port = 0) { dut_->plug(now(), port, plug); }
  /// Sends behind what has been sent, at `speed` times the port's baud rate; on an idle line the
  /// edges reach the receiver half-way between two ticks. Returns the clock at which the first bit
  /// begins. The line is mark afterwards.
  Clock send(const LineBits& bits, unsigned port = 0, double speed = 1);
  Clock send(std::uint8_t byte, unsigned port = 0, double speed = 1) {
    return send(frame(lcr(port), byte), port, speed);
  }
  /// The same, beginning at `clock`.
  Clock send_at(Clock clock, const LineBits& bits, unsigned port = 0, double speed = 1);
  /// Sends, and waits until the last of it has been sampled and the line is mark.
  Clock receive(const LineBits& bits, unsigned port = 0);
  Clock receive(std::uint8_t byte, unsigned port = 0) {
    return receive(frame(lcr(port), byte), port);
  }
  void receive_all(const std::vector<std::uint8_t>& bytes, unsigned port = 0);
  Clock line_free(unsigned port = 0) const { return ports_[port].line_free; }
  /// The tick at which the receiver samples the first stop bit of a character whose start bit falls
  /// at clock `fall`, where it is idle then.
  Clock stop_sample(Clock fall, unsigned port = 0);

  // What the card did.
  Edges output_edges(OutputPin pin, unsigned port = 0) const;
  Edges sout(unsigned port = 0) const { return output_edges(kSout, port); }
  const Edges& interrupts() const { return interrupts_; }
  bool intx() const { return dut_->intx(); }
  /// Forgets the edges so far.
  void forget();
  /// The edges of SOUT that a character makes whose start bit begins at tick `start`.
  Edges frame_edges(Clock start, std::uint8_t byte, unsigned port = 0);
  Clock frame_end(Clock start, unsigned port = 0) {
    return tick_after(start, frame_sixteenths(lcr(port)), port);
  }
  /// Advances until SOUT has been mark and the transmitter empty.
  void wait_until_sent(unsigned port = 0);
  /// What a receiver at the far end reads from the recorded edges of SOUT, with the port's present
  /// line settings, sampling in the middle of each bit.
  std::vector<std::uint8_t> sent(unsigned port = 0) const;

 private:
  struct OutputChange {
    Clock at;
    OutputPins pins;
  };
  struct Port {
    TickReference ticks;
    std::uint8_t lcr = 0;
    std::uint16_t divisor = 0;
    Clock line_free = 0;
    OutputPins before = kOutputsIdle;  // what the recording starts from
    OutputPins pins = kOutputsIdle;
    Clock last_change = kNever;
    std::vector<OutputChange> changes;
  };

  void access_begins(Clock at, const PciRequest&) override { hear(at); }
  void access_ends(const PciRequest&, const PciResult& result) override {
    hear(result.completion_clock);
  }
  void reset(Clock at, bool asserted) override;
  void inputs(Clock at, unsigned, InputPins) override { hear(at); }
  void intx(Clock at, bool asserted) override;
  void outputs(Clock at, unsigned port, OutputPins pins) override;

  /// Checks that observers hear of everything in the order of the clocks.
  void hear(Clock at);
  /// Checks that an output changes once a clock; but RST# acts at once, behind its clock's edge.
  void expect_one_change_a_clock(Clock before, Clock at) const;

  PciResult register_access(PciCommand command, unsigned reg, unsigned port, std::uint8_t value);
  void follow_write(unsigned reg, unsigned port, std::uint8_t value);

  std::array<Port, 2> ports_;
  Edges interrupts_;
  bool intx_ = false;
  Clock next_address_ = 0;
  Clock last_strobe_ = 0;
  Clock last_heard_ = 0;
  Clock last_reset_ = kNever;  // RST# fell
  unsigned count_;
  std::unique_ptr<Dut> dut_;
};

/// A suite that runs on every body. The test's name begins with the row it is for (see rows.txt).
class BodyTest : public testing::TestWithParam<std::string>, public CardBench {
 protected:
  explicit BodyTest(unsigned ports = 2) : CardBench(GetParam(), ports) {}
};
/// Rows of the 16550A list.
class UartRows : public BodyTest {};
/// Rows of the PCI list.
class PciRows : public BodyTest {};
/// Rows of the PCI list that a card with one port shows otherwise.
class OnePortPciRows : public BodyTest {
 protected:
  OnePortPciRows() : BodyTest(1) {}
};

}  // namespace mtty::check
