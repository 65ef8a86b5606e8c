// SPDX-License-Identifier: Apache-2.0
// The SystemC modules: bound signals change at exactly the clocks that observers hear of, input
// pins are sampled, and a socket that is misused says so.
#include "model/card/serial_card.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <vector>

#include "model/time/crystal.h"
#include "model/time/sc_clock.h"

namespace mtty {
namespace {

struct Change {
  Clock at;
  bool level;
  bool operator==(const Change& other) const { return at == other.at && level == other.level; }
};
std::ostream& operator<<(std::ostream& out, const Change& change) {
  return out << change.level << '@' << change.at;
}
using Changes = std::vector<Change>;

/// Writes down when a signal changes.
SC_MODULE(Probe) {
  sc_core::sc_in<bool> in{"in"};
  Changes changes;

  SC_CTOR(Probe) {
    SC_METHOD(record);
    sensitive << in;
    dont_initialize();
  }
  void record() {
    EXPECT_EQ(sc_core::sc_time_stamp().value() % kPicosecondsPerClock, 0u);
    changes.push_back({clock_now(), in.read()});
  }
};

/// Where a test's transactions leave.
SC_MODULE(Initiator) {
  tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
  SC_CTOR(Initiator) {}
};

/// A card of two ports in a SystemC design: signals on every pin of port 0 and on INTA#.
class SerialCardTest : public testing::Test, public PortObserver, public IntxObserver {
 protected:
  explicit SerialCardTest(bool heard = true)
      : card("card", 2, heard ? this : nullptr, heard ? this : nullptr) {
    card.rst_n(rst_n);
    initiator.socket.bind(card.bus());
    for (unsigned i = 0; i < 5; ++i) {
      outputs()[i]->out(signals[i]);
      probes[i].in(signals[i]);
    }
    card.intx.inta_n.out(inta_n);
    inta_probe.in(inta_n);
    card.uart[0].sin(sin);
    card.uart[0].cts(cts);
    run(1);  // the outputs take their reset levels
    for (Probe& probe : probes) probe.changes.clear();
    inta_probe.changes.clear();
    phase.set_extension(&pci);
    phase.set_data_ptr(data);
    phase.set_data_length(4);
    phase.set_streaming_width(4);
    phase.set_byte_enable_ptr(enables);
    phase.set_byte_enable_length(4);
  }
  ~SerialCardTest() override { phase.clear_extension(&pci); }

  std::array<TimedOutput*, 5> outputs() {
    Uart16550& uart = card.uart[0];
    return {&uart.dtr, &uart.rts, &uart.out1, &uart.out2, &uart.sout};  // as OutputPin's bits lie
  }
  void outputs_changed(Clock at, unsigned port, OutputPins pins) override {
    if (port != 0) return;
    for (unsigned i = 0; i < 5; ++i)
      if ((pins ^ pins_) >> i & 1) heard[i].push_back({at, bool(pins >> i & 1)});
    pins_ = pins;
  }
  void inputs_changed(Clock at, unsigned port, InputPins pins) override {
    if (port == 0) inputs_heard.push_back({at, bool(pins & kSin)});
  }
  void intx_changed(Clock at, bool asserted) override { intx_heard.push_back({at, !asserted}); }

  void run(Clock clocks) { sc_core::sc_start(time_of(clocks)); }

  void prepare(PciCommand command, std::uint32_t address, Lanes lanes, std::uint32_t value = 0) {
    phase.set_command(unsigned(command) & 1 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    phase.set_address(address);
    phase.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    for (unsigned lane = 0; lane < 4; ++lane)
      enables[lane] = lanes >> lane & 1 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
    std::memcpy(data, &value, 4);
    pci.command = command;
    pci.address_clock = clock_now() + 1;
  }
  tlm::tlm_response_status transport(PciCommand command, std::uint32_t address, Lanes lanes,
                                     std::uint32_t value = 0) {
    prepare(command, address, lanes, value);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    initiator.socket->b_transport(phase, delay);
    delays.push_back(delay);
    return phase.get_response_status();
  }
  void config_write(unsigned offset, std::uint32_t value) {
    ASSERT_EQ(transport(PciCommand::kConfigWrite, offset, kAllLanes, value), tlm::TLM_OK_RESPONSE);
    run(6);
  }
  void write(unsigned reg, std::uint8_t value) {
    ASSERT_EQ(transport(PciCommand::kIoWrite, 0x1000 + reg, Lanes(1u << reg % 4),
                        std::uint32_t{value} << 8 * (reg % 4)),
              tlm::TLM_OK_RESPONSE);
    run(10);
  }
  void set_up() {
    run(10);
    config_write(0x10, 0x1000);
    config_write(0x14, 0x1008);
    config_write(0x04, 0x0001);
    write(3, 0x83);
    write(0, 1);
    write(3, 0x03);
  }

  std::array<Changes, 5> heard;
  Changes inputs_heard, intx_heard;
  OutputPins pins_ = kOutputsIdle;

  sc_core::sc_signal<bool> rst_n{"rst_n", true}, inta_n{"inta_n", true};
  sc_core::sc_vector<sc_core::sc_signal<bool>> signals{"signals", 5};
  sc_core::sc_vector<Probe> probes{"probes", 5};
  Probe inta_probe{"inta_probe"};
  sc_core::sc_signal<bool> sin{"sin", true}, cts{"cts", false};
  SerialCard card;
  Initiator initiator{"initiator"};
  tlm::tlm_generic_payload phase;
  PciExtension pci;
  std::uint8_t data[4] = {}, enables[4] = {};
  std::vector<sc_core::sc_time> delays;
};

TEST_F(SerialCardTest, signals_start_at_their_reset_levels) {
  for (unsigned i = 0; i < 5; ++i) EXPECT_EQ(signals[i].read(), i == 4) << outputs()[i]->name();
  EXPECT_TRUE(inta_n.read());
}

TEST_F(SerialCardTest, output_signals_change_at_the_observers_clocks) {
  set_up();
  write(4, 0x0f);
  write(1, 0x02);
  for (int i = 0; i < 20; ++i) {
    write(0, std::uint8_t(0x55 + i));
    if (i % 3 == 0) write(4, std::uint8_t(i % 16));
    if (i % 4 == 0) write(3, i % 8 ? 0x03 : 0x43);
    run(3000);
  }
  write(3, 0x03);
  run(5000);
  for (unsigned i = 0; i < 5; ++i) {
    EXPECT_GT(heard[i].size(), 1u);
    EXPECT_EQ(probes[i].changes, heard[i]) << outputs()[i]->name();
  }
  EXPECT_GT(heard[4].size(), 40u);
  EXPECT_GT(intx_heard.size(), 10u);
  EXPECT_EQ(inta_probe.changes, intx_heard);
}

TEST_F(SerialCardTest, a_signal_changes_although_nobody_accesses_the_card) {
  set_up();
  write(0, 0x00);
  const Clock written = clock_now();
  run(20 * 160);
  ASSERT_EQ(probes[4].changes.size(), 2u) << "one frame of zeros";
  EXPECT_EQ(probes[4].changes, heard[4]);
  // 9 bits of 16 crystal periods, from the first fall to the rise.
  const double bits = double(probes[4].changes[1].at - probes[4].changes[0].at);
  EXPECT_NEAR(bits, 9 * 16 * 15625 / 864.0, 1.0);
  EXPECT_LT(probes[4].changes[0].at, written + 20);
}

TEST_F(SerialCardTest, input_signals_are_followed) {
  set_up();
  write(4, 0x03);  // the loopback plug's RTS is not seen: the pin is bound
  run(10);
  EXPECT_EQ(card.ports().uart(0).peek(reg::kMsr) & msr::kCts, 0);
  const Clock change = clock_now();
  cts.write(true);
  run(2);
  EXPECT_EQ(card.ports().uart(0).inputs() & kCts, kCts);
  card.advance_to(change + 2);
  EXPECT_EQ(card.ports().uart(0).peek(reg::kMsr) & msr::kCts, 0);
  card.advance_to(change + 3);
  EXPECT_EQ(card.ports().uart(0).peek(reg::kMsr) & msr::kCts, msr::kCts);
}

TEST_F(SerialCardTest, a_character_comes_in_by_the_sin_signal) {
  set_up();
  write(1, 0x01);
  const double bit = 16 * 15625 / 864.0;
  const Clock start = clock_now();
  const unsigned levels = 0x5a << 1 | 0x200;
  for (unsigned i = 0; i < 10; ++i) {
    sin.write(levels >> i & 1);
    sc_core::sc_start(time_of(start + Clock((i + 1) * bit)) - sc_core::sc_time_stamp());
  }
  run(10);
  ASSERT_FALSE(inta_probe.changes.empty());
  EXPECT_FALSE(inta_probe.changes.back().level);
  EXPECT_NEAR(double(inta_probe.changes.back().at - start), 9.5 * bit, 25.0);
  ASSERT_EQ(transport(PciCommand::kIoRead, 0x1000, 0x1), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(data[0], 0x5a);
  ASSERT_FALSE(inputs_heard.empty());
  EXPECT_EQ(inputs_heard[0], (Change{start, false}));
}

TEST_F(SerialCardTest, an_access_by_another_initiator_changes_signals_at_its_strobe) {
  set_up();
  probes[1].changes.clear();
  const Clock called = clock_now();
  ASSERT_EQ(transport(PciCommand::kIoWrite, 0x1004, 0x1, 0x02), tlm::TLM_OK_RESPONSE);
  EXPECT_TRUE(probes[1].changes.empty()) << "the call is ahead of its time";
  Clock strobe = called + 1 + 2;
  if (crystal::pulse_at(strobe)) ++strobe;
  EXPECT_EQ(pci.completion_clock, strobe + 1);
  run(10);
  EXPECT_EQ(probes[1].changes, (Changes{{strobe, true}}));
}

TEST_F(SerialCardTest, two_changes_of_a_signal_within_an_access_come_at_their_clocks) {
  set_up();
  write(0, 0x55);
  while (probes[4].changes.empty()) run(1);
  // Data bit 0, a one, begins 16 pulses behind the start bit.
  Clock rise = probes[4].changes[0].at;
  for (unsigned pulses = 0; pulses < 16; ++pulses)
    while (!crystal::pulse_at(++rise)) continue;
  run(rise - 3 - clock_now());
  // Decided at `rise`, held off by that pulse: break begins a clock later.
  ASSERT_EQ(transport(PciCommand::kIoWrite, 0x1003, 0x8, 0x43000000), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(probes[4].changes.size(), 1u);
  run(10);
  ASSERT_EQ(probes[4].changes.size(), 3u);
  EXPECT_EQ(probes[4].changes[1], (Change{rise, true}));
  EXPECT_EQ(probes[4].changes[2], (Change{rise + 1, false}));
}

TEST_F(SerialCardTest, reset_signal_resets) {
  set_up();
  write(4, 0x0f);
  write(1, 0x02);
  EXPECT_FALSE(inta_n.read());
  const Clock at = clock_now();
  rst_n.write(false);
  run(5);
  EXPECT_EQ(probes[1].changes.back(), (Change{at, false}));
  EXPECT_EQ(inta_probe.changes.back(), (Change{at, true}));
  rst_n.write(true);
  run(5);
  EXPECT_EQ(transport(PciCommand::kIoRead, 0x1004, 0x1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_F(SerialCardTest, responses) {
  set_up();
  EXPECT_EQ(transport(PciCommand::kIoRead, 0x2000, 0x1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  run(6);
  EXPECT_EQ(transport(PciCommand::kMemoryRead, 0x1000, 0x1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  run(6);
  EXPECT_EQ(transport(PciCommand::kConfigRead, 0x01, 0xf), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  run(6);
  EXPECT_EQ(transport(PciCommand::kIoRead, 0x1001, 0x1), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(pci.completion_clock, pci.address_clock + 3);
  run(6);
  EXPECT_EQ(transport(PciCommand::kConfigRead, 0x00, 0xf), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(delays.back(), time_of(3)) << "from the address phase to the completion";
}

TEST_F(SerialCardTest, misuse_of_the_socket_is_an_error_response) {
  set_up();
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  {
    tlm::tlm_generic_payload bare;
    bare.set_command(tlm::TLM_READ_COMMAND);
    bare.set_data_ptr(data);
    bare.set_data_length(4);
    initiator.socket->b_transport(bare, delay);
    EXPECT_TRUE(bare.is_response_error()) << "no extension";
  }
  phase.set_data_length(1);
  EXPECT_NE(transport(PciCommand::kIoRead, 0x1000, 0x1), tlm::TLM_OK_RESPONSE);
  phase.set_data_length(8);
  EXPECT_NE(transport(PciCommand::kConfigRead, 0x00, 0xf), tlm::TLM_OK_RESPONSE);
  phase.set_data_length(4);
  EXPECT_EQ(transport(PciCommand::kConfigRead, 0x00, 0xf), tlm::TLM_OK_RESPONSE);
}

TEST_F(SerialCardTest, a_non_blocking_initiator_is_answered_at_once) {
  set_up();
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  tlm::tlm_phase begin = tlm::BEGIN_REQ, end = tlm::END_RESP;
  prepare(PciCommand::kConfigRead, 0x00, 0x1);
  EXPECT_EQ(initiator.socket->nb_transport_fw(phase, begin, delay), tlm::TLM_COMPLETED);
  EXPECT_TRUE(phase.is_response_ok());
  EXPECT_EQ(data[0], 0x48);
  run(6);
  prepare(PciCommand::kConfigRead, 0x00, 0x1);
  EXPECT_EQ(initiator.socket->nb_transport_fw(phase, end, delay), tlm::TLM_COMPLETED);
  EXPECT_EQ(phase.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE) << "no access begins";
  tlm::tlm_dmi memory;
  EXPECT_FALSE(initiator.socket->get_direct_mem_ptr(phase, memory));
  EXPECT_EQ(initiator.socket->transport_dbg(phase), 0u);
}

TEST_F(SerialCardTest, what_is_planned_behind_the_end_of_time_does_not_come) {
  set_up();
  card.ports().force(kLastClock + 1, 0, kDsr, true);
  run(100);
  EXPECT_EQ(card.ports().uart(0).inputs() & kDsr, 0);
}

class UnheardCardTest : public SerialCardTest {
 protected:
  UnheardCardTest() : SerialCardTest(false) {}
};

TEST_F(UnheardCardTest, drives_its_pins_all_the_same) {
  set_up();
  write(1, 0x02);
  EXPECT_FALSE(inta_n.read());
  write(0, 0x00);
  write(4, 0x02);
  EXPECT_TRUE(signals[1].read());
  cts.write(true);
  run(10);
  EXPECT_EQ(card.ports().uart(0).peek(reg::kMsr) & msr::kCts, msr::kCts);
  while (probes[4].changes.size() < 2) run(100);
  EXPECT_NEAR(double(probes[4].changes[1].at - probes[4].changes[0].at), 9 * 16 * 15625 / 864.0,
              1.0);
}

TEST_F(SerialCardTest, a_payload_without_byte_enables_means_all_lanes) {
  set_up();
  phase.set_byte_enable_ptr(nullptr);
  phase.set_byte_enable_length(0);
  EXPECT_EQ(transport(PciCommand::kConfigRead, 0x00, 0x1), tlm::TLM_OK_RESPONSE);
  std::uint32_t value;
  std::memcpy(&value, data, 4);
  EXPECT_EQ(value, 0x32534348u);
}

TEST(Uart16550Module, misuse_of_the_register_socket_is_an_error_response) {
  SerialPorts ports(1);
  Uart16550 uart("uart", ports, 0);
  Initiator initiator("initiator");
  initiator.socket.bind(uart.registers);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);

  tlm::tlm_generic_payload strobe;
  StrobeExtension clock;
  std::uint8_t data[2] = {0x5a, 0};
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const auto transport = [&](tlm::tlm_command command, unsigned offset, unsigned length) {
    strobe.set_command(command);
    strobe.set_address(offset);
    strobe.set_data_ptr(data);
    strobe.set_data_length(length);
    strobe.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    initiator.socket->b_transport(strobe, delay);
    return strobe.get_response_status();
  };
  EXPECT_EQ(transport(tlm::TLM_READ_COMMAND, 7, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE)
      << "no extension";
  clock.clock = 5;
  strobe.set_extension(&clock);
  EXPECT_EQ(transport(tlm::TLM_WRITE_COMMAND, 7, 1), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(transport(tlm::TLM_WRITE_COMMAND, 8, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(transport(tlm::TLM_WRITE_COMMAND, 0, 2), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  clock.clock = 7;
  data[0] = 0;
  EXPECT_EQ(transport(tlm::TLM_READ_COMMAND, 7, 1), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(data[0], 0x5a);
  strobe.clear_extension(&clock);
}

TEST(Uart16550Module, is_watched_where_any_of_its_output_pins_is_bound) {
  SerialPorts ports(1);
  const auto make = [&](const char* name, std::size_t) { return new Uart16550(name, ports, 0); };
  sc_core::sc_vector<Uart16550> uarts("uarts", 6, make);
  sc_core::sc_vector<Initiator> initiators("initiators", 6);
  sc_core::sc_vector<sc_core::sc_signal<bool>> signals("signals", 5);
  TimedOutput* const pins[] = {&uarts[0].sout, &uarts[1].rts, &uarts[2].dtr, &uarts[3].out1,
                               &uarts[4].out2};
  for (unsigned i = 0; i < 5; ++i) pins[i]->out(signals[i]);
  for (unsigned i = 0; i < 6; ++i) initiators[i].socket.bind(uarts[i].registers);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  for (unsigned i = 0; i < 6; ++i) EXPECT_EQ(uarts[i].watched(), i < 5) << i;
}

TEST(IntxLine, needs_nobody_who_listens) {
  IntxLine line("line");
  line.set_irqs(5, 0x2);
  EXPECT_TRUE(line.asserted());
  line.set_disabled(true);
  line.settle(6);
  EXPECT_FALSE(line.asserted());
  EXPECT_TRUE(line.pending());
}

}  // namespace
}  // namespace mtty
