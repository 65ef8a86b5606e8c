// SPDX-License-Identifier: Apache-2.0
// The event-driven way through time against the clock-by-clock way: the same state, the same pins
// at the same clocks; and next_event() and next_interrupt() miss nothing. Random, with fixed seeds.
#include "model/card/serial_ports.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "model/time/crystal.h"

namespace mtty {
namespace {

struct Change {
  enum Kind { kOutputs, kInputs, kIrqs } kind;
  Clock at;
  unsigned port;
  unsigned value;
  bool operator==(const Change& other) const {
    return kind == other.kind && at == other.at && port == other.port && value == other.value;
  }
};
std::ostream& operator<<(std::ostream& out, const Change& change) {
  constexpr const char* kKinds[] = {"outputs", "inputs", "irqs"};
  return out << kKinds[change.kind] << change.port << '=' << change.value << '@' << change.at;
}

/// Changes of each output, input and of the interrupts, one a clock: what is told of one clock in
/// several steps (somebody moves a line in the clock that has come) counts as its last.
class Recorder : public PortObserver {
 public:
  const std::vector<Change>& of(Change::Kind kind, unsigned port) const {
    return changes_[kind][port];
  }

 private:
  void add(const Change& change) {
    auto& changes = changes_[change.kind][change.port];
    if (!changes.empty() && changes.back().at == change.at) changes.pop_back();
    const bool known = !changes.empty() && changes.back().value == change.value;
    const bool idle = changes.empty() && change.value == kIdle[change.kind];
    if (!known && !idle) changes.push_back(change);
  }
  void outputs_changed(Clock at, unsigned port, OutputPins pins) override {
    add({Change::kOutputs, at, port, pins});
  }
  void inputs_changed(Clock at, unsigned port, InputPins pins) override {
    add({Change::kInputs, at, port, pins});
  }
  void irqs_changed(Clock at, std::uint8_t irqs) override { add({Change::kIrqs, at, 0, irqs}); }

  static constexpr unsigned kIdle[] = {kOutputsIdle, kInputsIdle, 0};
  std::array<std::array<std::vector<Change>, kMaxPorts>, 3> changes_;
};

/// All that registers and pins show.
struct Visible {
  std::array<std::array<std::uint8_t, 10>, kMaxPorts> registers{};
  std::array<OutputPins, kMaxPorts> outputs{};
  std::uint8_t irqs = 0;

  explicit Visible(const SerialPorts& ports) : irqs(ports.irqs()) {
    for (unsigned i = 0; i < ports.count(); ++i) {
      for (unsigned offset = 0; offset < 8; ++offset)
        registers[i][offset] = ports.uart(i).peek(offset);
      registers[i][8] = ports.uart(i).divisor() & 0xff;
      registers[i][9] = std::uint8_t(ports.uart(i).divisor() >> 8);
      outputs[i] = ports.outputs(i);
    }
  }
  bool operator==(const Visible& other) const {
    return registers == other.registers && outputs == other.outputs && irqs == other.irqs;
  }
};

/// What is done to the card at one clock.
struct Action {
  enum Kind { kRead, kWrite, kAssertReset, kReleaseReset, kPlug, kForce, kSend } kind;
  Clock at;       // of the access; when a change of the lines is announced
  Clock due = 0;  // of a change of the lines
  unsigned port = 0;
  unsigned offset = 0;
  std::uint8_t value = 0;
};

/// Returns what a read has seen.
std::optional<std::uint8_t> perform(SerialPorts& ports, const Action& a) {
  switch (a.kind) {
    case Action::kRead:
      return ports.read(a.at, a.port, a.offset);
    case Action::kWrite:
      ports.write(a.at, a.port, a.offset, a.value);
      break;
    case Action::kAssertReset:
      ports.assert_reset(a.at);
      break;
    case Action::kReleaseReset:
      ports.release_reset(a.at);
      break;
    case Action::kPlug:
      ports.plug(a.due, a.port, Plug(a.value % (ports.count() > 1 ? 3 : 2)));
      break;
    case Action::kForce:
      ports.force(a.due, a.port, InputPin(1u << a.offset), a.value & 1);
      break;
    case Action::kSend:
      ports.send(a.due, a.port, a.value & 1);
      break;
  }
  return std::nullopt;
}

/// Random traffic that reaches corners: mostly small divisors, all LCR, bursts of bytes, noise.
/// Calm traffic leaves the card to itself for whole characters, with its interrupts enabled.
class Traffic {
 public:
  Traffic(unsigned seed, unsigned ports, bool calm) : random_(seed), ports_(ports), calm_(calm) {}

  std::vector<Action> until(Clock end) {
    if (chance(50)) announce({Action::kPlug, 0, 0, 0, 0, std::uint8_t(Plug::kNullModem)});
    for (unsigned i = 0; i < ports_; ++i) set_up(i);
    while (now_ < end) {
      if (calm_ && chance(60))
        for (unsigned i = 0; i < ports_; ++i) serve(i);
      now_ += chance(calm_ ? 70 : 30) ? pick(calm_ ? 9000 : 4000) : pick(60);
      const unsigned port = pick(ports_);
      switch (pick(20)) {
        case 0:
          set_up(port);
          break;
        case 1:
          change_line_control(port);
          break;
        case 2:
          write(port, reg::kFcr, std::uint8_t(pick(256)) | std::uint8_t(chance(80)));
          break;
        case 3:
          write(port, reg::kMcr, std::uint8_t(pick(32)));
          break;
        case 4:
        case 5:
          write(port, reg::kIer, std::uint8_t(pick(16)));
          break;
        case 6:
          if (chance(4)) reset();
          break;
        case 7:
          if (chance(30)) announce({Action::kPlug, 0, 0, port, 0, std::uint8_t(pick(3))});
          break;
        case 8:
          announce({Action::kForce, 0, 0, port, 4 + pick(4), std::uint8_t(pick(2))});
          break;
        case 9:
          send_character(port);
          break;
        case 10:
          announce({Action::kSend, 0, 0, port, 0, 0});
          announce({Action::kSend, 0, 0, port, 0, 1});
          break;
        case 11:
        case 12:
        case 13:
          for (unsigned i = chance(40) ? pick(20) : 1; i > 0; --i)
            write(port, reg::kThr, std::uint8_t(pick(256)));
          break;
        case 14:
          for (unsigned i = pick(20); i > 0; --i) read(port, reg::kRbr);
          break;
        default:
          read(port, pick(8));
          break;
      }
    }
    return std::move(actions_);
  }

 private:
  unsigned pick(unsigned below) { return unsigned(random_() % below); }
  bool chance(unsigned percent) { return pick(100) < percent; }

  /// The next clock at which a strobe may be.
  Clock strobe() {
    now_ += 1 + (chance(50) ? 0 : pick(6));
    if (crystal::pulse_at(now_)) ++now_;
    return now_;
  }
  void read(unsigned port, unsigned offset) {
    actions_.push_back({Action::kRead, strobe(), 0, port, offset, 0});
  }
  void write(unsigned port, unsigned offset, std::uint8_t value) {
    actions_.push_back({Action::kWrite, strobe(), 0, port, offset, value});
  }
  /// A change of the lines, now or later.
  void announce(Action action) {
    action.at = now_;
    action.due = now_ + (chance(50) ? 0 : pick(chance(50) ? 8 : 3000));
    actions_.push_back(action);
  }
  void set_up(unsigned port) {
    constexpr unsigned kDivisors[] = {1, 1, 1, 2, 3, 7, 0, 25};
    const unsigned divisor = kDivisors[pick(8)];
    lcr_[port] = std::uint8_t(pick(64));
    divisor_[port] = divisor;
    write(port, reg::kLcr, lcr_[port] | lcr::kDivisorLatch);
    write(port, reg::kDlm, std::uint8_t(divisor >> 8));
    write(port, reg::kDll, std::uint8_t(divisor));
    write(port, reg::kLcr, lcr_[port]);
    if (!calm_) return;
    write(port, reg::kFcr, std::uint8_t(pick(4) << 6 | pick(2)));
    write(port, reg::kIer, chance(50) ? 0x0f : std::uint8_t(pick(16)));
    read(port, reg::kIir);
  }
  /// As a driver does, so that the next interrupt shows.
  void serve(unsigned port) {
    read(port, reg::kLsr);
    for (unsigned i = chance(80) ? 17 : pick(5); i > 0; --i) {
      read(port, reg::kRbr);
      read(port, reg::kLsr);
    }
    read(port, reg::kMsr);
    read(port, reg::kIir);
  }
  void change_line_control(unsigned port) {
    if (chance(30)) lcr_[port] ^= lcr::kBreak;
    if (chance(70)) lcr_[port] = std::uint8_t((lcr_[port] & lcr::kBreak) | pick(64));
    write(port, reg::kLcr, lcr_[port]);
  }
  void send_character(unsigned port) {
    Clock due = now_ + pick(100);
    const unsigned levels = pick(1024) << 1 | (chance(80) ? 0x800u : 0u);
    const unsigned bit = unsigned(16 * divisor_[port] * 15625 / 864) * (97 + pick(7)) / 100;
    for (unsigned i = 0; i < 12; ++i, due += bit)
      actions_.push_back({Action::kSend, now_, due, port, 0, std::uint8_t(levels >> i & 1)});
    actions_.push_back({Action::kSend, now_, due, port, 0, 1});
  }
  void reset() {
    actions_.push_back({Action::kAssertReset, ++now_});
    for (unsigned i = pick(3); i > 0; --i)
      announce({Action::kForce, 0, 0, pick(ports_), 4 + pick(4), std::uint8_t(pick(2))});
    now_ += 1 + pick(10);
    actions_.push_back({Action::kReleaseReset, now_});
    if (chance(80)) set_up(pick(ports_));
  }

  std::mt19937 random_;
  unsigned ports_;
  bool calm_;
  Clock now_ = 1;
  std::array<std::uint8_t, kMaxPorts> lcr_{};
  std::array<unsigned, kMaxPorts> divisor_{};
  std::vector<Action> actions_;
};

/// Advances clock by clock, and checks that nothing moves before next_event() and next_interrupt()
/// have said so.
class ClockByClock {
 public:
  explicit ClockByClock(unsigned ports) : ports_(ports), seen_(ports_) {
    ports_.observe(&recorder);
    acted();
  }
  SerialPorts& ports() { return ports_; }
  Recorder recorder;

  void run_to(Clock clock) {
    while (ports_.now() < clock && !testing::Test::HasFailure()) step();
  }
  std::optional<std::uint8_t> act(const Action& action) {
    run_to(action.at > 0 ? action.at - 1 : 0);
    const bool at_edge = action.kind == Action::kRead || action.kind == Action::kWrite;
    if (!at_edge) run_to(action.at);
    const auto value = perform(ports_, action);
    acted();
    return value;
  }

 private:
  void acted() {
    seen_ = Visible(ports_);
    quiet_until_ = ports_.next_event();
    no_interrupt_before_ = ports_.next_interrupt();
  }
  void step() {
    const Clock clock = ports_.now() + 1;
    ports_.advance_to(clock);
    const Visible visible(ports_);
    ASSERT_TRUE(clock >= quiet_until_ || visible == seen_)
        << "changed at " << clock << ", next_event() said " << quiet_until_;
    ASSERT_TRUE(clock >= no_interrupt_before_ || visible.irqs == seen_.irqs)
        << "interrupt at " << clock << ", next_interrupt() said " << no_interrupt_before_;
    seen_ = visible;
    // What it said at an earlier clock stays binding.
    quiet_until_ = ports_.next_event();
    ASSERT_GT(quiet_until_, clock);
    ASSERT_GT(ports_.next_interrupt(), clock);
    no_interrupt_before_ = std::max(no_interrupt_before_, ports_.next_interrupt());
  }

  SerialPorts ports_;
  Visible seen_;
  Clock quiet_until_ = 0;
  Clock no_interrupt_before_ = 0;
};

/// Gets there in random jumps, and goes on with copies of itself.
class Jumping {
 public:
  Jumping(unsigned ports, unsigned seed) : ports_(new SerialPorts(ports)), random_(seed) {
    ports_->observe(&recorder);
  }
  SerialPorts& ports() { return *ports_; }
  Recorder recorder;

  void run_to(Clock clock) {
    while (ports_->now() < clock && random_() % 3 != 0)
      ports_->advance_to(ports_->now() + random_() % (clock - ports_->now() + 1));
    if (random_() % 2) ports_->advance_to(std::max(clock, ports_->now()));
    if (random_() % 4 == 0) ports_ = std::make_unique<SerialPorts>(*ports_);
  }
  std::optional<std::uint8_t> act(const Action& action) {
    if (action.at > ports_->now() + 1) run_to(action.at - 1);
    return perform(*ports_, action);
  }

 private:
  std::unique_ptr<SerialPorts> ports_;
  std::mt19937 random_;
};

class SerialPortsProperty : public testing::TestWithParam<unsigned> {};

TEST_P(SerialPortsProperty, jumps_and_single_clocks_give_the_same) {
  const unsigned seed = GetParam();
  const unsigned ports = seed % 4 == 0 ? 1 : 2;
  const bool calm = seed % 2;
  const Clock end = calm ? 300'000 : 60'000;
  ClockByClock slow(ports);
  Jumping fast(ports, seed + 1000);
  for (const Action& action : Traffic(seed, ports, calm).until(end)) {
    const auto expected = slow.act(action);
    ASSERT_EQ(fast.act(action), expected) << "read at " << action.at;
    if (HasFailure()) return;
    if (fast.ports().now() != slow.ports().now()) continue;
    ASSERT_TRUE(Visible(fast.ports()) == Visible(slow.ports())) << "at " << slow.ports().now();
  }
  slow.run_to(end + 20'000);
  fast.ports().advance_to(slow.ports().now());
  EXPECT_TRUE(Visible(fast.ports()) == Visible(slow.ports()));
  std::size_t changes = 0;
  for (const auto kind : {Change::kOutputs, Change::kInputs, Change::kIrqs})
    for (unsigned port = 0; port < kMaxPorts; ++port) {
      EXPECT_EQ(fast.recorder.of(kind, port), slow.recorder.of(kind, port));
      changes += slow.recorder.of(kind, port).size();
    }
  EXPECT_GT(changes, 10u) << "the traffic does something";
}

INSTANTIATE_TEST_SUITE_P(Seeds, SerialPortsProperty, testing::Range(1u, 61u));

TEST(SerialPorts, a_change_of_the_lines_right_before_an_access_keeps_its_clock) {
  Recorder recorder;
  SerialPorts ports(1);
  ports.observe(&recorder);
  ports.advance_to(100);
  ports.force(100, 0, kCts, true);
  ports.read(101, 0, reg::kScr);
  EXPECT_EQ(recorder.of(Change::kInputs, 0),
            (std::vector<Change>{{Change::kInputs, 100, 0, kSin | kCts}}));
}

// The receiver takes the format at the tick at which it finds the start bit.
TEST(SerialPorts, a_write_right_before_a_tick_is_before_it_however_long_nothing_was_done) {
  SerialPorts ports(1);
  EXPECT_EQ(ports.now(), 0u);
  ports.write(4, 0, reg::kLcr, 0x83);
  ports.write(5, 0, reg::kDll, 1);
  ports.write(6, 0, reg::kLcr, 0x03);
  const Clock tick = crystal::clock_of_pulse(6), bit = crystal::clocks_of_periods(16);
  ports.send(tick - 10, 0, false);
  ports.send(tick + 6 * bit, 0, true);
  ports.write(tick - 1, 0, reg::kLcr, 0x00);  // five data bits: it ends in the middle of bit 6
  ports.advance_to(tick + 7 * bit);
  EXPECT_EQ(ports.read(tick + 7 * bit + 1, 0, reg::kLsr) & lsr::kDataReady, lsr::kDataReady);
}

/// A bench for next_interrupt(): every access at the next strobe there can be.
class Scripted : public ClockByClock {
 public:
  explicit Scripted(unsigned ports) : ClockByClock(ports) {}
  void write(unsigned port, unsigned offset, std::uint8_t value) {
    act({Action::kWrite, strobe(), 0, port, offset, value});
  }
  void read(unsigned port, unsigned offset) { act({Action::kRead, strobe(), 0, port, offset, 0}); }
  void set_line(unsigned port, std::uint8_t lcr, std::uint8_t divisor) {
    write(port, reg::kLcr, lcr | lcr::kDivisorLatch);
    write(port, reg::kDll, divisor);
    write(port, reg::kLcr, lcr);
  }
  void pass_ticks(unsigned ticks, unsigned divisor) {
    run_to(ports().now() + ticks * divisor * 15625 / 864);
  }

 private:
  Clock strobe() {
    const Clock next = ports().now() + 1;
    return crystal::pulse_at(next) ? next + 1 : next;
  }
};

constexpr std::uint8_t k5N1 = 0x00, k8E2 = 0x1f;

TEST(SerialPorts, next_interrupt_knows_that_a_slow_frame_moves_the_other_ports_line) {
  Scripted ports(2);
  ports.act({Action::kPlug, 0, 0, 0, 0, std::uint8_t(Plug::kNullModem)});
  ports.set_line(0, k8E2, 8);
  ports.set_line(1, k5N1, 1);
  ports.write(0, reg::kThr, 0xfb);
  // Port 1 takes the slow start bit for a break; it is served while data bit 0, a one, goes by.
  ports.pass_ticks(24, 8);
  ports.read(1, reg::kRbr);
  ports.write(1, reg::kIer, ier::kReceived);
  ASSERT_EQ(ports.ports().irqs(), 0);
  ports.pass_ticks(60, 8);  // data bit 2, a zero, is another
  EXPECT_EQ(ports.ports().irqs(), 0x2);
}

TEST(SerialPorts, next_interrupt_knows_that_a_frame_in_loop_moves_the_line) {
  Scripted ports(1);
  ports.act({Action::kPlug, 0, 0, 0, 0, std::uint8_t(Plug::kNone)});
  ports.set_line(0, k8E2, 1);
  ports.write(0, reg::kThr, 0xfb);
  // The loop is entered during data bit 0, a one; the receiver takes data bit 2 for a start bit,
  // and has its short character before the frame ends.
  ports.pass_ticks(24, 1);
  ports.write(0, reg::kLcr, k5N1);
  ports.write(0, reg::kMcr, mcr::kLoop);
  ports.read(0, reg::kRbr);
  ports.write(0, reg::kIer, ier::kReceived);
  ASSERT_EQ(ports.ports().irqs(), 0);
  ports.pass_ticks(135, 1);
  EXPECT_EQ(ports.ports().irqs(), 0x1);
}

TEST(SerialPorts, need_nobody_who_listens) {
  SerialPorts ports(2);
  ports.plug(10, 1, Plug::kNullModem);
  ports.force(20, 0, kRi, true);
  ports.send(30, 0, false);  // a break
  ports.advance_to(40);
  EXPECT_EQ(ports.uart(0).inputs(), kRi);
  ports.send(50, 0, true);
  ports.write(60, 1, reg::kMcr, mcr::kRts);
  EXPECT_EQ(ports.uart(0).inputs(), kSin | kRi | kCts);
  EXPECT_EQ(ports.read(70, 0, reg::kRbr), 0);
}

TEST(SerialPorts, a_copy_goes_its_own_way) {
  SerialPorts ports(2);
  ports.write(4, 0, reg::kScr, 0x11);
  SerialPorts copy = ports;
  copy.write(6, 0, reg::kScr, 0x22);
  copy.advance_to(1000);
  EXPECT_EQ(ports.read(8, 0, reg::kScr), 0x11);
  EXPECT_EQ(copy.read(1001, 0, reg::kScr), 0x22);
}

TEST(SerialPorts, OUT2_gates_the_interrupt_where_the_card_is_built_so) {
  for (const bool gates : {false, true}) {
    SerialPorts ports(1, gates);
    ports.write(10, 0, reg::kIer, ier::kThrEmpty);
    EXPECT_EQ(ports.irqs(), gates ? 0 : 1);
    ports.write(13, 0, reg::kMcr, mcr::kOut2);
    EXPECT_EQ(ports.irqs(), 1);
    ports.write(16, 0, reg::kMcr, mcr::kOut2 | mcr::kLoop);
    EXPECT_EQ(ports.irqs(), gates ? 0 : 1) << "in loop mode the pin is inactive";
  }
}

}  // namespace
}  // namespace mtty
