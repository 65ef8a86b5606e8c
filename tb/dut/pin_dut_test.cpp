// SPDX-License-Identifier: Apache-2.0
// What the rows do not show of a board with the pin model: OUT2 as a gate, and when it rests.
#include "tb/dut/pin_dut.h"

#include <gtest/gtest.h>

#include "model/card/pin_card.h"

namespace mtty {
namespace {

constexpr std::uint32_t kBar = 0xc000;

void write(Dut& dut, unsigned offset, std::uint8_t value) {
  const std::uint32_t address = kBar + offset;
  dut.access({PciCommand::kIoWrite, address, lanes_of(address, 1),
              std::uint32_t{value} << 8 * (offset & 3)},
             0);
}

void set_up(Dut& dut) {
  dut.access({PciCommand::kConfigWrite, pci::kBar0, kAllLanes, kBar}, 0);
  dut.access({PciCommand::kConfigWrite, pci::kCommandStatus, 0x3, pci::kCommandIo}, 0);
}

TEST(PinDut, out2_gates_the_interrupt_where_the_card_is_built_so) {  // OUT2
  for (const bool gates : {false, true}) {
    PinDut dut(std::make_unique<PinCard>(2, gates));
    set_up(dut);
    write(dut, reg::kIer, ier::kThrEmpty);
    EXPECT_EQ(dut.intx(), !gates);
    write(dut, reg::kMcr, mcr::kOut2);
    EXPECT_TRUE(dut.intx());
    write(dut, reg::kMcr, mcr::kOut1);
    EXPECT_EQ(dut.intx(), !gates);
  }
}

TEST(PinDut, rests_until_there_is_something_to_send_and_when_it_was_sent) {
  PinDut dut(std::make_unique<PinCard>(2));
  set_up(dut);
  dut.advance_to(dut.now() + 10);
  EXPECT_EQ(dut.next_interrupt(), kNever);
  write(dut, reg::kLcr, 0x83);
  write(dut, reg::kDll, 1);
  write(dut, reg::kLcr, 0x03);
  EXPECT_EQ(dut.next_interrupt(), kNever);
  write(dut, reg::kThr, 0x55);
  EXPECT_EQ(dut.next_interrupt(), dut.now() + 1);
  dut.advance_to(dut.now() + 4000);  // the frame is out, and back through the plug
  EXPECT_EQ(dut.next_interrupt(), kNever);
}

}  // namespace
}  // namespace mtty
