// SPDX-License-Identifier: Apache-2.0
// What no ordinary bus shows the bus unit: a configuration access to somebody else. The rest of its
// rows run on every body with pins (tb/check).
#include "model/pci/pci_bus_unit.h"

#include <gtest/gtest.h>

#include <tuple>

namespace mtty {
namespace {

/// Whether DEVSEL# is low two clocks after the address phase of a configuration read.
bool claims_config_read(bool idsel, std::uint32_t address) {
  ConfigSpace config(2);
  PciBusUnit unit(config);
  PciInputs bus;
  bus.ad = address;
  bus.cbe_n = static_cast<std::uint8_t>(PciCommand::kConfigRead);
  bus.frame_n = false;
  bus.idsel = idsel;
  unit.clock(bus, false, false);
  // Even parity over address and command.
  bus.par = __builtin_parity(address) ^ __builtin_parity(bus.cbe_n);
  bus.cbe_n = 0x0;
  bus.frame_n = true;
  bus.irdy_n = false;
  bus.idsel = false;
  unit.clock(bus, false, false);
  return unit.outputs().devsel_oe && !unit.outputs().devsel_n;
}

TEST(PciBusUnit, configuration_is_claimed_only_with_idsel_in_the_address_phase) {  // CFG
  EXPECT_TRUE(claims_config_read(true, 0x00));
  EXPECT_FALSE(claims_config_read(false, 0x00));
  EXPECT_FALSE(claims_config_read(true, 0x01)) << "type 1";
  EXPECT_FALSE(claims_config_read(true, 0x02));
}

// PCI 2.3, 3.3.3.2.1: TRDY# and STOP# stay low until IRDY# is sampled low with them, also where a
// master has taken IRDY# back, which it may not.
TEST(PciBusUnit, waits_for_a_master_that_has_taken_IRDY_back) {  // DISC
  ConfigSpace config(2);
  PciBusUnit unit(config);
  PciInputs bus;
  const auto clock = [&](bool frame_n, bool irdy_n) {
    bus.frame_n = frame_n;
    bus.irdy_n = irdy_n;
    unit.clock(bus, false, false);
    return std::tuple(unit.outputs().devsel_n, unit.outputs().trdy_n, unit.outputs().stop_n);
  };
  bus.cbe_n = static_cast<std::uint8_t>(PciCommand::kConfigRead);
  bus.idsel = true;
  bus.par = __builtin_parity(bus.cbe_n);
  clock(false, true);
  bus.cbe_n = 0;
  constexpr std::tuple kClaimed{false, true, true}, kReady{false, false, false},
      kDone{true, true, true};
  EXPECT_EQ(clock(true, false), kClaimed);
  EXPECT_EQ(clock(true, false), kReady);
  EXPECT_EQ(clock(true, true), kReady);
  EXPECT_EQ(clock(true, true), kReady);
  EXPECT_EQ(clock(true, false), kDone);
}

}  // namespace
}  // namespace mtty
