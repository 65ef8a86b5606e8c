// SPDX-License-Identifier: Apache-2.0
// What the rows do not show of a board with the pin model: OUT2 as a gate, and when it rests.
#include "tb/dut/pin_dut.h"

#include <gtest/gtest.h>

#include "model/card/pin_card.h"
#include "model/time/crystal.h"
#include "tb/dut/lockstep_card.h"
#include "tb/dut/rtl_card.h"

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

// Rules that a master breaks and PciMaster does not: the model and the RTL on the same pins.
TEST(PinLevelCard, waits_for_a_master_that_has_taken_IRDY_back) {  // DISC
  LockstepCard card(std::make_unique<PinCard>(2), make_rtl_card(2));
  Clock now = 0;
  CardInputs in;
  const auto clock = [&](bool frame_n, bool irdy_n) {
    in.pci.frame_n = frame_n;
    in.pci.irdy_n = irdy_n;
    in.crystal = crystal::pin_at(++now);
    card.clock(in);
    const PciOutputs& out = card.outputs().pci;
    return out.devsel_oe && !out.devsel_n && !out.trdy_n && !out.stop_n;
  };
  card.set_reset(true);
  card.set_reset(false);
  in.pci.cbe_n = static_cast<std::uint8_t>(PciCommand::kConfigRead);
  in.pci.par = __builtin_parity(in.pci.cbe_n);
  in.pci.idsel = true;
  clock(false, true);
  in.pci.cbe_n = 0;
  EXPECT_FALSE(clock(true, false));
  EXPECT_TRUE(clock(true, false)) << "done";
  EXPECT_TRUE(clock(true, true)) << "but IRDY# is high";
  EXPECT_TRUE(clock(true, true));
  EXPECT_FALSE(clock(true, false));
  EXPECT_FALSE(clock(true, true));
}

}  // namespace
}  // namespace mtty
