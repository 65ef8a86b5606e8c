// SPDX-License-Identifier: Apache-2.0
// Rows of the PCI list that only show on pins. The monitor looks at the rules in every clock of
// every test; here each is provoked, and looked at by its clocks.
#include <map>

#include "tb/check/card_bench.h"
#include "tb/dut/pin_dut.h"

namespace mtty::check {
namespace {

class PciPinRows : public BodyTest, private WireObserver {
 protected:
  PciPinRows() { pins().observe_wires(*this); }
  PinDut& pins() { return dynamic_cast<PinDut&>(dut()); }
  /// The wires as they are sampled at an edge.
  const PciWires& sampled(Clock edge) { return wires_.at(edge - 1); }

  PciResult access(PciCommand command, std::uint32_t address, Lanes lanes, std::uint32_t data,
                   const PciManners& manners) {
    return dut().access({command, address, lanes, data, manners}, 0);
  }
  PciResult read_scr(const PciManners& manners = {}) {
    return access(PciCommand::kIoRead, kBarBase[0] + 7, 0x8, 0, manners);
  }
  PciResult write_scr(std::uint8_t value, const PciManners& manners = {}) {
    return access(PciCommand::kIoWrite, kBarBase[0] + 7, 0x8, std::uint32_t{value} << 24, manners);
  }
  std::uint32_t status() { return config_read(6, 2); }

 private:
  void wires(Clock clock, const PciWires& wires) override { wires_[clock] = wires; }
  std::map<Clock, PciWires> wires_;
};

std::vector<std::string> bodies_with_pins() {
  std::vector<std::string> names;
  for (const std::string& name : dut_names())
    if (name != "tlm") names.push_back(name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Card, PciPinRows, testing::ValuesIn(bodies_with_pins()),
                         [](const auto& info) { return info.param; });

TEST_P(PciPinRows, DEV_devsel_is_medium_and_held_to_the_data_phase) {
  for (int i = 0; i < 30; ++i) {
    const PciResult result = i % 2 ? write_scr(std::uint8_t(i)) : read_scr();
    const Clock n = result.address_clock, end = result.completion_clock;
    EXPECT_TRUE(sampled(n + 1).devsel_n);
    for (Clock edge = n + 2; edge <= end; ++edge) EXPECT_FALSE(sampled(edge).devsel_n) << edge;
    for (Clock edge = n + 1; edge < end; ++edge) EXPECT_TRUE(sampled(edge).trdy_n) << edge;
    EXPECT_FALSE(sampled(end).trdy_n);
    wait(3 + Clock(i % 4));
    EXPECT_TRUE(sampled(end + 1).devsel_n && sampled(end + 1).trdy_n);
  }
}

TEST_P(PciPinRows, TURN_a_read_has_a_turnaround_clock) {
  write_scr(0x5a);
  const PciResult result = read_scr();
  const Clock n = result.address_clock;
  EXPECT_TRUE(sampled(n).master.ad_oe);
  EXPECT_FALSE(sampled(n + 1).master.ad_oe || sampled(n + 1).target.ad_oe) << "nobody drives AD";
  EXPECT_TRUE(sampled(result.completion_clock).target.ad_oe);
  EXPECT_EQ(sampled(result.completion_clock).in.ad >> 24, 0x5au);
  wait(3);
  EXPECT_FALSE(sampled(result.completion_clock + 1).target.ad_oe) << "and lets go behind it";
  EXPECT_EQ(write_scr(0).status, PciStatus::kDone);
}

TEST_P(PciPinRows, LAT_four_strobes_and_a_pulse_take_no_more_than_seven_clocks) {
  for (int i = 0; i < 60; ++i) {
    const PciResult result = access(PciCommand::kIoRead, kBarBase[0] + 4, kAllLanes, 0, {});
    Clock edge = result.address_clock + 2;
    for (unsigned lane = 0; lane < 4; ++lane) edge = strobe_edge(edge) + 1;
    EXPECT_EQ(result.completion_clock, edge);
    EXPECT_LE(result.completion_clock, result.address_clock + 7);
  }
}

TEST_P(PciPinRows, LAT_a_late_irdy_moves_the_access) {
  for (unsigned delay = 0; delay < 12; ++delay) {
    SCOPED_TRACE(delay);
    forget();
    const PciResult result = access(PciCommand::kIoWrite, kBarBase[0] + 1, 0x2,
                                    delay % 2 ? 0x0200 : 0x0000, {.irdy_delay = delay});
    // IRDY# is sampled low at N + 1 + delay; A is the first such edge from N + 2 on.
    const Clock decided = result.address_clock + std::max(2u, 1 + delay);
    const Clock strobe = strobe_edge(decided);
    EXPECT_EQ(result.completion_clock, strobe + 1);
    const bool enables = delay % 2;
    EXPECT_EQ(interrupts(), delay > 0 ? (Edges{{strobe, enables}}) : Edges{});
  }
}

TEST_P(PciPinRows, DISC_a_burst_ends_behind_its_first_data_phase) {
  for (const bool is_write : {true, false}) {
    const PciResult result =
        is_write ? write_scr(0x77, {.burst = true}) : read_scr({.burst = true});
    EXPECT_EQ(result.status, PciStatus::kDone);
    const Clock end = result.completion_clock;
    EXPECT_FALSE(sampled(end).stop_n);
    EXPECT_FALSE(sampled(end).trdy_n);
    EXPECT_FALSE(sampled(end).in.frame_n) << "the master wanted more";
    wait(5);
    EXPECT_FALSE(sampled(end + 1).stop_n) << "STOP# is held until FRAME# is high";
    EXPECT_TRUE(sampled(end + 1).trdy_n) << "TRDY# not again";
    EXPECT_TRUE(sampled(end + 1).in.frame_n);
    EXPECT_TRUE(sampled(end + 2).stop_n);
  }
  EXPECT_EQ(read_scr().data, 0x77000000u);
}

TEST_P(PciPinRows, DISC_a_master_that_ends_frame_before_irdy_is_waited_for) {
  for (const unsigned delay : {0u, 1u, 5u}) {
    PciManners manners;
    manners.irdy_delay = delay;
    manners.early_frame_end = true;
    const auto value = std::uint8_t(0x31 + delay);
    for (const bool is_write : {true, false}) {
      const PciResult result = is_write ? write_scr(value, manners) : read_scr(manners);
      const Clock n = result.address_clock, irdy = n + 1 + std::max(delay, 1u);
      EXPECT_EQ(result.status, PciStatus::kDone);
      EXPECT_TRUE(sampled(n + 1).in.frame_n);
      EXPECT_TRUE(sampled(irdy - 1).in.irdy_n);
      EXPECT_FALSE(sampled(irdy).in.irdy_n);
      for (Clock edge = n + 2; edge <= irdy; ++edge) EXPECT_FALSE(sampled(edge).devsel_n) << edge;
      EXPECT_FALSE(sampled(result.completion_clock).trdy_n);
      EXPECT_EQ(result.data, std::uint32_t{value} << 24);
      wait(4);
    }
  }
}

TEST_P(PciPinRows, STS3_lines_are_driven_high_for_a_clock_and_released) {
  const Clock end = read_scr().completion_clock;
  wait(5);
  const PciOutputs& high = sampled(end + 1).target;
  EXPECT_TRUE(high.devsel_oe && high.devsel_n);
  EXPECT_TRUE(high.trdy_oe && high.trdy_n);
  EXPECT_TRUE(high.stop_oe && high.stop_n);
  const PciOutputs& released = sampled(end + 2).target;
  EXPECT_FALSE(released.devsel_oe || released.trdy_oe || released.stop_oe);
}

TEST_P(PciPinRows, PAR_is_even_and_follows_read_data_by_a_clock) {
  for (unsigned value = 0; value < 256; value += 5) {
    write_scr(std::uint8_t(value));
    const Clock end = read_scr().completion_clock;
    wait(3);
    const PciWires& data = sampled(end);
    const PciWires& parity = sampled(end + 1);
    EXPECT_TRUE(parity.target.par_oe);
    unsigned ones = parity.in.par;
    for (unsigned bit = 0; bit < 32; ++bit) ones += data.in.ad >> bit & 1;
    for (unsigned bit = 0; bit < 4; ++bit) ones += unsigned(data.in.cbe_n >> bit & 1);
    EXPECT_EQ(ones % 2, 0u);
    EXPECT_FALSE(sampled(end + 2).target.par_oe);
  }
}

TEST_P(PciPinRows, PERR_two_clocks_behind_the_data_where_command_6_asks_for_it) {
  for (const bool enabled : {false, true}) {
    SCOPED_TRACE(enabled);
    set_command(enabled ? 0x0041 : 0x0001);
    const Clock end = write_scr(0x99, {.bad_data_parity = true}).completion_clock;
    wait(6);
    EXPECT_TRUE(sampled(end + 1).perr_n);
    EXPECT_EQ(sampled(end + 2).perr_n, !enabled);
    EXPECT_TRUE(sampled(end + 3).perr_n);
    EXPECT_EQ(sampled(end + 3).target.perr_oe, enabled) << "high for a clock, then released";
    EXPECT_FALSE(sampled(end + 4).target.perr_oe);
    EXPECT_EQ(status(), 0x8200u) << "Status[15] always";
    EXPECT_EQ(read_scr().data, 0x99000000u) << "the data is taken";
    config_write(6, 0x7fff, 2);
    EXPECT_EQ(status(), 0x8200u);
    config_write(6, 0x8000, 2);
    EXPECT_EQ(status(), 0x0200u);
    write_scr(0x00);
  }
}

TEST_P(PciPinRows, PERR_of_a_configuration_write) {
  set_command(0x0041);
  const Clock end =
      access(PciCommand::kConfigWrite, 0x3c, 0x1, 0x0b, {.bad_data_parity = true}).completion_clock;
  wait(6);
  EXPECT_FALSE(sampled(end + 2).perr_n);
  EXPECT_EQ(config_read(0x3c, 1), 0x0bu);
  EXPECT_EQ(status(), 0x8200u);
}

TEST_P(PciPinRows, SERR_address_parity_error) {
  const struct {
    std::uint16_t command;
    bool claimed, serr;
    std::uint32_t status;
  } cases[] = {{0x0001, true, false, 0x8200},
               {0x0101, true, false, 0x8200},
               {0x0041, false, false, 0x8200},
               {0x0141, false, true, 0xc200}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.command);
    set_command(c.command);
    write_scr(0x11);
    const PciResult result = write_scr(0x22, {.bad_address_parity = true});
    EXPECT_EQ(result.status, c.claimed ? PciStatus::kDone : PciStatus::kMasterAbort);
    wait(6);
    unsigned low = 0;
    for (Clock edge = result.address_clock; edge < result.completion_clock + 5; ++edge)
      low += !sampled(edge).serr_n;
    EXPECT_EQ(low, c.serr ? 1u : 0u) << "one clock";
    EXPECT_EQ(status(), c.status);
    EXPECT_EQ(read_scr().data, c.claimed ? 0x22000000u : 0x11000000u);
    config_write(6, 0xffff, 2);
    EXPECT_EQ(status(), 0x0200u);
  }
}

TEST_P(PciPinRows, B2B_the_next_address_phase_right_behind_a_write) {
  for (int i = 0; i < 40; ++i) {
    const std::uint8_t value = std::uint8_t(i * 7 + 1);
    const PciRequest write{PciCommand::kIoWrite, kBarBase[0] + 7, 0x8, std::uint32_t{value} << 24};
    PciRequest read{PciCommand::kIoRead, kBarBase[0] + 7, 0x8};
    read.manners.back_to_back = true;
    const auto [first, second] = dut().access_back_to_back(write, read, now() + 1 + Clock(i % 3));
    EXPECT_EQ(first.status, PciStatus::kDone);
    EXPECT_EQ(second.status, PciStatus::kDone);
    EXPECT_EQ(second.address_clock, first.completion_clock + 1);
    EXPECT_EQ(second.data, std::uint32_t{value} << 24);
    EXPECT_EQ(second.completion_clock, strobe_edge(second.address_clock + 2) + 1);
  }
}

TEST_P(PciPinRows, DEC_data_of_a_burst_to_somebody_else_is_no_address) {
  write_scr(0x11);
  // The data is an address of this card, and the byte enables are I/O write and I/O read.
  for (const Lanes lanes : {Lanes(0xc), Lanes(0xd)}) {
    const PciResult result = access(PciCommand::kIoWrite, 0x12345670, lanes, kBarBase[0] + 6,
                                    {.irdy_delay = 2, .burst = true});
    EXPECT_EQ(result.status, PciStatus::kMasterAbort);
    wait(8);
    for (Clock edge = result.address_clock; edge < now(); ++edge)
      EXPECT_TRUE(sampled(edge).devsel_n) << edge;
  }
  EXPECT_EQ(read_scr().data, 0x11000000u);
}

TEST_P(PciPinRows, CFG_lanes_that_are_not_enabled_are_driven_0) {
  const PciResult config = access(PciCommand::kConfigRead, 0x00, 0x5, 0, {});
  EXPECT_EQ(sampled(config.completion_clock).in.ad, 0x00530048u);
  write_scr(0x5a);
  const PciResult io = access(PciCommand::kIoRead, kBarBase[0] + 5, 0xa, 0, {});
  EXPECT_EQ(sampled(io.completion_clock).in.ad, 0x5a006000u);
}

TEST_P(PciPinRows, BE_target_abort_as_pins_show_it) {
  const PciResult result = access(PciCommand::kIoRead, kBarBase[0] + 1, 0x1, 0, {});
  const Clock end = result.completion_clock;
  EXPECT_FALSE(sampled(end - 1).devsel_n) << "at least one clock of DEVSEL#";
  EXPECT_TRUE(sampled(end).devsel_n);
  EXPECT_FALSE(sampled(end).stop_n);
  EXPECT_TRUE(sampled(end).trdy_n);
}

TEST_P(PciPinRows, RST_is_asynchronous_and_outputs_float) {
  write(IER, 0x02);
  const Clock at = now() + 9;
  reset_at(at);
  for (Clock edge = at + 1; edge <= at + Dut::kResetClocks; ++edge) {
    const PciOutputs& t = sampled(edge).target;
    EXPECT_FALSE(t.ad_oe || t.par_oe || t.devsel_oe || t.trdy_oe || t.stop_oe || t.perr_oe ||
                 t.serr_oe || t.inta_oe);
  }
}

TEST_P(PciPinRows, INTA_is_open_drain) {
  write(IER, 0x02);
  wait(2);
  EXPECT_TRUE(sampled(now()).target.inta_oe);
  EXPECT_FALSE(sampled(now()).inta_n);
  write(IER, 0x00);
  wait(2);
  EXPECT_FALSE(sampled(now()).target.inta_oe) << "let go, not driven high";
}

}  // namespace
}  // namespace mtty::check
