// SPDX-License-Identifier: Apache-2.0
// Rows ID, CMD, STS, BAR, INTL, DEC of the PCI list; their full checks run on every body.
#include "model/pci/config_space.h"

#include <gtest/gtest.h>

namespace mtty {
namespace {

TEST(ConfigSpace, identity) {  // ID
  const ConfigSpace config(2);
  EXPECT_EQ(config.read(0x00, false), 0x32534348u);
  EXPECT_EQ(config.read(0x08, false), 0x07000210u);
  EXPECT_EQ(config.read(0x2c, false), 0x32534348u);
  EXPECT_EQ(config.read(0x34, false), 0u);
  EXPECT_EQ(config.read(0x60, false), 0x20494350u);
}

TEST(ConfigSpace, command_and_status) {  // CMD, STS
  ConfigSpace config(2);
  config.write(4, kAllLanes, 0xffffffff);
  EXPECT_EQ(config.read(4, false), 0x02000541u);
  EXPECT_EQ(config.read(4, true), 0x02080541u);
  EXPECT_TRUE(config.intx_disabled());
  config.raise_status(pci::kStatusTargetAbort | pci::kStatusParityError);
  EXPECT_EQ(config.read(4, false), 0x8a000541u);
  config.write(4, 0x8, 0x08000000);
  EXPECT_EQ(config.read(4, false), 0x82000541u);
  config.write(4, 0x3, 0xffff0000);
  EXPECT_EQ(config.read(4, false), 0x82000000u) << "Status lanes are not enabled";
}

TEST(ConfigSpace, bars) {  // BAR, DEC
  ConfigSpace config(2);
  EXPECT_EQ(config.read(0x10, false), 1u);
  EXPECT_FALSE(config.decode_io(0)) << "without Command[0]";
  config.write(0x10, kAllLanes, 0xc150);
  config.write(0x14, kAllLanes, 0xc158);
  EXPECT_FALSE(config.decode_io(0xc150));
  config.write(4, 0x1, 1);
  EXPECT_EQ(config.decode_io(0xc150), 0u);
  EXPECT_EQ(config.decode_io(0xc157), 0u);
  EXPECT_EQ(config.decode_io(0xc158), 1u);
  EXPECT_FALSE(config.decode_io(0xc160));
  EXPECT_FALSE(config.decode_io(0x1c150));
  config.write(0x10, kAllLanes, 0xffffffff);
  EXPECT_EQ(config.read(0x10, false), 0xfffffff9u);
}

TEST(ConfigSpace, one_port_has_one_bar) {  // BAR
  ConfigSpace config(1);
  config.write(4, 0x1, 1);
  config.write(0x14, kAllLanes, 0xc158);
  EXPECT_EQ(config.read(0x14, false), 0u);
  EXPECT_FALSE(config.decode_io(0xc158));
  config.write(0x10, kAllLanes, 0xc150);
  EXPECT_FALSE(config.decode_io(0)) << "the BAR that is not there does not decode 0";
}

TEST(ConfigSpace, interrupt_line) {  // INTL
  ConfigSpace config(2);
  config.write(0x3c, kAllLanes, 0xffffffff);
  EXPECT_EQ(config.read(0x3c, false), 0x000001ffu);
  config.reset();
  EXPECT_EQ(config.read(0x3c, false), 0x00000100u);
}

}  // namespace
}  // namespace mtty
