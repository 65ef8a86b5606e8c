// SPDX-License-Identifier: Apache-2.0
// Rows of the PCI list that show in transactions, whatever carries them. Clocks: docs/timing.md.
#include <random>

#include "tb/check/card_bench.h"

namespace mtty::check {
namespace {

constexpr std::uint32_t kAllOnes32 = 0xffffffff;
constexpr unsigned kStatusTargetAbort = 0x0800;  // in the Status word at 06
constexpr unsigned kStatusInterrupt = 0x0008;

/// The dword at an offset of a fresh card's configuration space.
std::uint32_t fresh_config(unsigned offset, unsigned ports) {
  switch (offset) {
    case 0x00:
    case 0x2c:
      return 0x32534348;
    case 0x04:
      return 0x02000000;
    case 0x08:
      return 0x07000210;
    case 0x10:
      return 0x00000001;
    case 0x14:
      return ports == 2 ? 0x00000001 : 0;
    case 0x3c:
      return 0x00000100;
    // As the mtty sample has it.
    case 0x40:
      return 0x80000023;
    case 0x44:
    case 0x48:
    case 0x4c:
      return 0x00000023;
    case 0x60:
      return 0x20494350;  // "PCI "
    case 0x64:
      return 0x69726553;  // "Seri"
    case 0x68:
      return 0x552f6c61;  // "al/U"
    case 0x6c:
      return 0x00545241;  // "ART"
    default:
      return 0;
  }
}

void expect_fresh_config(CardBench& card, unsigned ports) {
  for (unsigned offset = 0; offset < 256; offset += 4)
    EXPECT_EQ(card.config_read(offset), fresh_config(offset, ports)) << "offset " << offset;
}

TEST_P(PciRows, ID_every_byte_of_a_fresh_card) {
  reset();
  expect_fresh_config(*this, 2);
  for (unsigned offset = 0; offset < 256; ++offset)
    ASSERT_EQ(config_read(offset, 1), fresh_config(offset & ~3u, 2) >> (8 * (offset % 4)) & 0xff);
}

TEST_P(OnePortPciRows, ID_every_byte_of_a_fresh_card_with_one_port) {
  reset();
  expect_fresh_config(*this, 1);
}

TEST_P(PciRows, ID_nothing_but_the_writable_registers_can_be_written) {
  reset();
  for (unsigned offset = 0; offset < 256; offset += 4) {
    if (offset == 0x04 || offset == 0x10 || offset == 0x14 || offset == 0x3c) continue;
    config_write(offset, kAllOnes32);
    config_write(offset, 0x00000000);
  }
  expect_fresh_config(*this, 2);
}

TEST_P(PciRows, CMD_bits_0_6_8_and_10_and_no_others) {
  reset();
  EXPECT_EQ(config_read(4, 2), 0x0000u);
  config_write(4, 0xffff, 2);
  EXPECT_EQ(config_read(4, 2), 0x0541u);
  for (unsigned bit = 0; bit < 16; ++bit) {
    config_write(4, 1u << bit, 2);
    EXPECT_EQ(config_read(4, 2), (1u << bit) & 0x0541u) << bit;
  }
  config_write(4, 0x0000, 2);
  config_write(5, 0xff, 1);
  EXPECT_EQ(config_read(4, 2), 0x0500u) << "byte enables are honoured";
  config_write(4, 0xff, 1);
  EXPECT_EQ(config_read(4, 2), 0x0541u);
  config_write(5, 0x00, 1);
  EXPECT_EQ(config_read(4, 2), 0x0041u);
}

TEST_P(PciRows, STS_bits_that_are_fixed) {
  EXPECT_EQ(config_read(6, 2), 0x0200u) << "DEVSEL medium, no capabilities, not 66 MHz";
  config_write(6, 0xffff, 2);
  EXPECT_EQ(config_read(6, 2), 0x0200u);
}

TEST_P(PciRows, STS_3_shows_the_interrupt_before_command_10_gates_it) {
  EXPECT_EQ(config_read(6, 2), 0x0200u);
  write(IER, 0x02, 1);
  EXPECT_EQ(config_read(6, 2), 0x0200u | kStatusInterrupt);
  set_command(0x0401);
  EXPECT_FALSE(intx());
  EXPECT_EQ(config_read(6, 2), 0x0200u | kStatusInterrupt);
  config_write(6, 0xffff, 2);
  EXPECT_EQ(config_read(6, 2), 0x0200u | kStatusInterrupt) << "no write clears it";
  read(IIR, 1);
  EXPECT_EQ(config_read(6, 2), 0x0200u);
}

TEST_P(PciRows, STS_3_is_that_of_the_edge_before_the_read) {
  // A read that is done at edge A sees State(A - 1).
  write(IER, 0x08);
  for (const int offset : {0, 1}) {
    SCOPED_TRACE(offset);
    const Clock address = now() + 20;
    const Clock decided = address + 2;
    force_at(decided - 4 + unsigned(offset), kCts, true);  // the interrupt: decided - 1 + offset
    const std::uint32_t status = address_at(address).config_read(6, 2);
    EXPECT_EQ(status & kStatusInterrupt, offset == 0 ? kStatusInterrupt : 0u);
    force(kCts, false);
    wait(5);
    read(MSR);
  }
}

TEST_P(PciRows, STS_11_is_cleared_by_writing_one) {
  transact(PciCommand::kIoRead, kBarBase[0] + 1, 0x1);
  EXPECT_EQ(config_read(6, 2), 0x0200u | kStatusTargetAbort);
  config_write(6, 0x0000, 2);
  config_write(6, 0xf7ff, 2);
  config_write(6, 0xff, 1);
  set_command(0x0001);
  transact(PciCommand::kConfigWrite, 4, 0x3, kAllOnes32 & ~0x400u);
  set_command(0x0001);
  EXPECT_EQ(config_read(6, 2), 0x0200u | kStatusTargetAbort) << "none of these clears it";
  config_write(7, 0x08, 1);
  EXPECT_EQ(config_read(6, 2), 0x0200u);
}

TEST_P(PciRows, BAR_reset_value_size_and_bits) {
  reset();
  for (const unsigned bar : {0x10u, 0x14u}) {
    EXPECT_EQ(config_read(bar), 0x00000001u);
    config_write(bar, kAllOnes32);
    EXPECT_EQ(config_read(bar), 0xfffffff9u);
    config_write(bar, 0x00000000);
    EXPECT_EQ(config_read(bar), 0x00000001u);
    for (unsigned bit = 0; bit < 32; ++bit) {
      config_write(bar, 1u << bit);
      EXPECT_EQ(config_read(bar), bit < 3 ? 1u : 1u << bit | 1u);
    }
    config_write(bar, 0x00000000);
  }
}

TEST_P(PciRows, BAR_byte_and_word_writes) {
  reset();
  config_write(0x10, kAllOnes32);
  config_write(0x14, 0x00000000);
  config_write(0x11, 0xc1, 1);
  EXPECT_EQ(config_read(0x10), 0xffffc1f9u);
  config_write(0x10, 0x50, 1);
  EXPECT_EQ(config_read(0x10), 0xffffc151u);
  config_write(0x12, 0x0000, 2);
  EXPECT_EQ(config_read(0x10), 0x0000c151u);
  config_write(0x13, 0x80, 1);
  EXPECT_EQ(config_read(0x10), 0x8000c151u);
  EXPECT_EQ(config_read(0x14), 0x00000001u) << "the other BAR is another register";
}

TEST_P(PciRows, BAR_takes_the_lanes_that_are_enabled_and_no_others) {
  reset();
  std::mt19937 random(1);
  std::uint32_t expected[] = {1, 1};
  for (unsigned round = 0; round < 320; ++round) {
    const unsigned bar = random() % 2;
    const auto lanes = Lanes(round % 16);
    const auto value = std::uint32_t(random());
    transact(PciCommand::kConfigWrite, 0x10 + 4 * bar, lanes, value);
    for (unsigned lane = 0; lane < 4; ++lane) {
      const std::uint32_t mask = lanes >> lane & 1 ? 0xffu << 8 * lane & ~7u : 0;
      expected[bar] = (expected[bar] & ~mask) | (value & mask);
    }
    ASSERT_EQ(config_read(0x10), expected[0]);
    ASSERT_EQ(config_read(0x14), expected[1]);
  }
}

TEST_P(PciRows, BAR_moves_the_port) {
  write(SCR, 0x5a, 0);
  write(SCR, 0xa5, 1);
  config_write(0x10, 0xabcdef08);
  config_write(0x14, 0x00000010);
  const PciResult moved = transact(PciCommand::kIoRead, 0xabcdef0f, 0x8);
  EXPECT_EQ(moved.status, PciStatus::kDone);
  EXPECT_EQ(moved.data, 0x5a000000u);
  const PciResult other = transact(PciCommand::kIoRead, 0x00000017, 0x8);
  EXPECT_EQ(other.data, 0xa5000000u);
  EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[0] + 7, 0x8).status, PciStatus::kMasterAbort);
}

TEST_P(PciRows, BAR_each_bit_alone_is_compared) {
  for (const unsigned port : {0u, 1u}) write(SCR, std::uint8_t(0x5a + port), port);
  for (unsigned port = 0; port < 2; ++port) {
    config_write(0x10 + 4 * (1 - port), 0x5550);
    for (unsigned bit = 3; bit < 32; ++bit) {
      config_write(0x10 + 4 * port, 1u << bit);
      const PciResult here = transact(PciCommand::kIoRead, (1u << bit) + 7, 0x8);
      EXPECT_EQ(here.status, PciStatus::kDone) << port << ' ' << bit;
      EXPECT_EQ(here.data, (0x5a + port) << 24) << port << ' ' << bit;
    }
  }
}

TEST_P(OnePortPciRows, BAR_one_port_has_no_second_one) {
  EXPECT_EQ(config_read(0x14), 0u);
  config_write(0x14, kAllOnes32);
  EXPECT_EQ(config_read(0x14), 0u);
  config_write(0x14, kBarBase[1]);
  EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[1] + 7, 0x8).status, PciStatus::kMasterAbort);
  // Nor does the missing one claim address 0.
  EXPECT_EQ(transact(PciCommand::kIoRead, 0x7, 0x8).status, PciStatus::kMasterAbort);
  write(SCR, 0x77);
  EXPECT_EQ(read(SCR), 0x77);
}

TEST_P(PciRows, INTL_line_is_written_and_pin_is_a) {
  EXPECT_EQ(config_read(0x3c, 2), 0x0100u);
  for (unsigned value = 0; value < 256; ++value) {
    config_write(0x3c, value, 1);
    ASSERT_EQ(config_read(0x3c), 0x0100u | value);
  }
  config_write(0x3d, 0xff, 1);
  config_write(0x3e, 0xffff, 2);
  EXPECT_EQ(config_read(0x3c), 0x01ffu);
  config_write(0x3c, 0x0000000a);
  EXPECT_EQ(config_read(0x3c), 0x0000010au);
}

TEST_P(PciRows, DEC_all_32_address_bits) {
  for (unsigned bit = 3; bit < 32; ++bit) {
    const std::uint32_t address = (kBarBase[0] + 7) ^ (1u << bit);
    if ((address & ~7u) == kBarBase[1]) continue;
    EXPECT_EQ(transact(PciCommand::kIoRead, address, 0x8).status, PciStatus::kMasterAbort) << bit;
  }
  for (unsigned offset = 0; offset < 16; ++offset)
    EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[0] + offset, Lanes(1u << offset % 4)).status,
              PciStatus::kDone);
  EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[0] - 1, 0x8).status, PciStatus::kMasterAbort);
  EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[1] + 8, 0x1).status, PciStatus::kMasterAbort);
}

TEST_P(PciRows, DEC_only_with_command_0) {
  write(SCR, 0x11);
  set_command(0x0540);
  EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[0] + 7, 0x8).status, PciStatus::kMasterAbort);
  EXPECT_EQ(transact(PciCommand::kIoWrite, kBarBase[0] + 7, 0x8, 0x22000000).status,
            PciStatus::kMasterAbort);
  set_command(0x0001);
  EXPECT_EQ(read(SCR), 0x11);
}

TEST_P(PciRows, DEC_no_other_command_is_claimed) {
  write(SCR, 0x11);
  for (const unsigned command :
       {0x0u, 0x1u, 0x4u, 0x5u, 0x6u, 0x7u, 0x8u, 0x9u, 0xcu, 0xdu, 0xeu, 0xfu}) {
    SCOPED_TRACE(command);
    const PciResult result = transact(PciCommand(command), kBarBase[0] + 4, kAllLanes, 0x22222222);
    EXPECT_EQ(result.status, PciStatus::kMasterAbort);
    EXPECT_EQ(result.completion_clock, result.address_clock + 4);
  }
  EXPECT_EQ(read(SCR), 0x11);
  EXPECT_EQ(read(MCR), 0x00);
  EXPECT_EQ(config_read(6, 2), 0x0200u);
}

TEST_P(PciRows, CFG_answers_whatever_command_says) {
  set_command(0x0000);
  EXPECT_EQ(config_read(0x00), 0x32534348u);
  config_write(0x3c, 0x0b, 1);
  EXPECT_EQ(config_read(0x3c, 1), 0x0bu);
}

TEST_P(PciRows, CFG_type_0_only) {
  for (const unsigned low : {1u, 2u, 3u}) {
    const PciResult result = transact(PciCommand::kConfigRead, low, kAllLanes);
    EXPECT_EQ(result.status, PciStatus::kMasterAbort) << low;
    EXPECT_EQ(transact(PciCommand::kConfigWrite, 0x3c + low, kAllLanes, 0x55).status,
              PciStatus::kMasterAbort);
  }
  EXPECT_EQ(config_read(0x3c, 1), 0x00u);
}

TEST_P(PciRows, CFG_byte_enables_are_honoured) {
  config_write(0x10, kAllOnes32);
  for (unsigned lanes = 0; lanes < 16; ++lanes) {
    SCOPED_TRACE(lanes);
    std::uint32_t mask = 0;
    for (unsigned lane = 0; lane < 4; ++lane)
      if (lanes >> lane & 1) mask |= 0xffu << (8 * lane);
    config_write(0x10, 0x00000000);
    const PciResult written = transact(PciCommand::kConfigWrite, 0x10, Lanes(lanes), kAllOnes32);
    EXPECT_EQ(written.status, PciStatus::kDone);
    EXPECT_EQ(written.completion_clock, written.address_clock + 3);
    EXPECT_EQ(config_read(0x10), (mask & 0xfffffff8u) | 1u);
    const PciResult result = transact(PciCommand::kConfigRead, 0x00, Lanes(lanes));
    EXPECT_EQ(result.data, 0x32534348u & mask) << "lanes that are not enabled read as 0";
    EXPECT_EQ(result.completion_clock, result.address_clock + 3);
  }
}

/// Byte enables that fit AD[1:0]: xxx0, xx01, x011, 0111 of C/BE#[3:0], or none at all.
bool fits(unsigned low, unsigned cbe_n) {
  if (cbe_n == 0xf) return true;
  const unsigned masks[] = {0x1, 0x3, 0x7, 0xf}, values[] = {0x0, 0x1, 0x3, 0x7};
  return (cbe_n & masks[low]) == values[low];
}

TEST_P(PciRows, BE_every_combination_for_reads_and_writes) {
  for (const bool is_write : {false, true})
    for (unsigned low = 0; low < 4; ++low)
      for (unsigned cbe_n = 0; cbe_n < 16; ++cbe_n) {
        SCOPED_TRACE(testing::Message()
                     << "AD[1:0] " << low << " C/BE# " << cbe_n << " write " << is_write);
        write(MCR, 0x0a);
        write(SCR, 0x5a);
        read(MSR);
        const PciResult result = transact(is_write ? PciCommand::kIoWrite : PciCommand::kIoRead,
                                          kBarBase[0] + 4 + low, Lanes(~cbe_n & 0xf), 0xa5000005);
        const std::uint32_t status = config_read(6, 2);
        config_write(6, kStatusTargetAbort, 2);
        if (!fits(low, cbe_n)) {
          EXPECT_EQ(result.status, PciStatus::kTargetAbort);
          EXPECT_EQ(result.completion_clock, result.address_clock + 3);
          EXPECT_EQ(status, 0x0200u | kStatusTargetAbort);
          EXPECT_TRUE(is_write || result.data == kAllOnes32);
          EXPECT_EQ(read(MCR), 0x0a);
          EXPECT_EQ(read(SCR), 0x5a);
          continue;
        }
        EXPECT_EQ(result.status, PciStatus::kDone);
        EXPECT_EQ(status, 0x0200u);
        Clock edge = result.address_clock + 2;
        for (unsigned lane = 0; lane < 4; ++lane)
          if (!(cbe_n >> lane & 1)) edge = strobe_edge(edge) + 1;
        EXPECT_EQ(result.completion_clock, cbe_n == 0xf ? edge + 1 : edge);
        if (is_write) {
          EXPECT_EQ(read(MCR), cbe_n & 1 ? 0x0a : 0x05);
          EXPECT_EQ(read(SCR), cbe_n & 8 ? 0x5a : 0xa5);
        } else {
          std::uint32_t mask = 0;
          for (unsigned lane = 0; lane < 4; ++lane)
            if (!(cbe_n >> lane & 1)) mask |= 0xffu << (8 * lane);
          EXPECT_EQ(result.data, 0x5a00600au & mask);
        }
      }
}

TEST_P(PciRows, BE_refused_and_empty_accesses_have_no_side_effect) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  receive(0x31);
  receive(0x32);
  for (const auto& [offset, lanes] : {std::pair<unsigned, Lanes>{0, 0x0}, {3, 0x9}, {1, 0x3}})
    transact(PciCommand::kIoRead, kBarBase[0] + offset, lanes);
  EXPECT_EQ(read(RBR), 0x31);
  EXPECT_EQ(read(RBR), 0x32);
  const PciResult nothing = transact(PciCommand::kIoRead, kBarBase[0], 0x0);
  EXPECT_EQ(nothing.data, 0u);
}

TEST_P(PciRows, BE_status_11_is_set_when_the_access_is_decided) {
  // Decided at A = N + 2, and the next access can read it at once.
  const PciResult refused = transact(PciCommand::kIoWrite, kBarBase[0] + 2, 0x1);
  EXPECT_EQ(refused.completion_clock, refused.address_clock + 3);
  EXPECT_EQ(config_read(6, 2), 0x0200u | kStatusTargetAbort);
}

TEST_P(PciRows, WIDE_lanes_are_served_lowest_first) {
  // Written in one go: THR, IER, FCR, and LCR with DLAB last, so that lane 0 is still THR.
  transact(PciCommand::kIoWrite, kBarBase[0], kAllLanes, 0x83010241);
  EXPECT_EQ(read(LSR), 0x60) << "FCR came after THR and has cleared it";
  EXPECT_EQ(read(LCR), 0x83);
  EXPECT_EQ(read(DLL), 0x00);
  // The divisor, and LCR without DLAB behind it.
  transact(PciCommand::kIoWrite, kBarBase[0], kAllLanes, 0x03c11234);
  EXPECT_EQ(read(IER), 0x02);
  write(LCR, 0x83);
  EXPECT_EQ(read(DLL), 0x34);
  EXPECT_EQ(read(DLM), 0x12);
  EXPECT_EQ(read(IIR) & 0xc0, 0xc0);
}

TEST_P(PciRows, WIDE_every_legal_set_of_lanes_reads_its_registers_and_nothing_else) {
  // Random values, and reads that begin everywhere between two crystal pulses.
  std::mt19937 random(1);
  for (unsigned round = 0; round < 600; ++round) {
    const std::uint8_t dll = std::uint8_t(random()), dlm = std::uint8_t(random());
    const std::uint8_t lcr = std::uint8_t(random() | 0x80), mcr = std::uint8_t(random() & 0x1f);
    const std::uint8_t scr = std::uint8_t(random());
    write(LCR, lcr);
    write(DLL, dll);
    write(DLM, dlm);
    write(MCR, mcr);
    write(SCR, scr);
    write(FCR, round & 1);
    wait(3);
    read(MSR);
    const std::uint8_t iir = round & 1 ? 0xc1 : 0x01, msr = read(MSR);
    const std::uint8_t registers[] = {dll, dlm, iir, lcr, mcr, 0x60, msr, scr};
    const unsigned offset = random() % 8;
    const auto lanes = Lanes((random() << (offset % 4) | 1u << (offset % 4)) & 0xf);
    std::uint32_t expected = 0;
    for (unsigned lane = 0; lane < 4; ++lane)
      if (lanes >> lane & 1)
        expected |= std::uint32_t{registers[offset / 4 * 4 + lane]} << 8 * lane;
    wait(random() % 18);
    ASSERT_EQ(transact(PciCommand::kIoRead, kBarBase[0] + offset, lanes).data, expected);
  }
}

TEST_P(PciRows, WIDE_side_effects_happen_once_and_in_order) {
  set_line(k8N1, 1);
  write(FCR, 0x01);
  write(IER, 0x03);
  receive(0x31);
  receive(0x32);
  // RBR, IER, IIR, LCR: one character is left when IIR is read.
  EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[0], kAllLanes).data, 0x03c40331u);
  // Now the FIFO is empty when IIR is read: it reports THRE, which clears that.
  EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[0], kAllLanes).data, 0x03c20332u);
  EXPECT_EQ(read(IIR), 0xc1);
  // MCR, LSR, MSR, SCR.
  write(SCR, 0x77);
  write(MCR, 0x01);
  force(kCts, true);
  receive(frame_without_stop(k8N1, 0x33));
  EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[0] + 4, kAllLanes).data, 0x7711e901u);
  EXPECT_EQ(transact(PciCommand::kIoRead, kBarBase[0] + 4, kAllLanes).data, 0x77106101u);
}

TEST_P(PciRows, WIDE_one_strobe_a_clock_held_off_by_crystal_pulses) {
  for (unsigned round = 0; round < 60; ++round) {
    for (const Lanes lanes : {Lanes(0xf), Lanes(0x3), Lanes(0x5), Lanes(0xb), Lanes(0x1)}) {
      const PciResult result = transact(PciCommand::kIoRead, kBarBase[0] + 4, lanes);
      Clock edge = result.address_clock + 2;
      for (unsigned lane = 0; lane < 4; ++lane)
        if (lanes >> lane & 1) edge = strobe_edge(edge) + 1;
      ASSERT_EQ(result.completion_clock, edge);
    }
    wait(round % 5);
  }
}

TEST_P(PciRows, WIDE_each_lane_at_its_own_clock) {
  for (unsigned round = 0; round < 40; ++round) {
    forget();
    // IER is lane 1, LCR with break lane 3.
    const PciResult result = transact(PciCommand::kIoWrite, kBarBase[0] + 1, 0xa, 0x40000200);
    const Clock ier = strobe_edge(result.address_clock + 2);
    const Clock lcr = strobe_edge(ier + 1);
    ASSERT_EQ(interrupts(), (Edges{{ier, true}}));
    ASSERT_EQ(sout(), (Edges{{lcr, false}}));
    ASSERT_EQ(result.completion_clock, lcr + 1);
    transact(PciCommand::kIoWrite, kBarBase[0] + 1, 0xa, 0x00000000);
    wait(round % 7);
  }
}

TEST_P(PciRows, INTA_is_the_or_of_both_ports) {
  const Clock rise = write(IER, 0x02, 0);
  write(IER, 0x02, 1);
  write(IER, 0x00, 0);
  const Clock fall = write(IER, 0x00, 1);
  EXPECT_EQ(interrupts(), (Edges{{rise, true}, {fall, false}}));
}

TEST_P(PciRows, INTA_is_gated_by_command_10_in_the_clock_that_decides_the_write) {
  write(IER, 0x02);
  forget();
  const Clock off = config_write(4, 0x0401, 2).address_clock + 2;
  const Clock on = config_write(4, 0x0001, 2).address_clock + 2;
  EXPECT_EQ(interrupts(), (Edges{{off, false}, {on, true}}));
  set_command(0x0401);
  read(IIR);
  set_command(0x0001);
  EXPECT_FALSE(intx()) << "a level: what has gone meanwhile does not come back";
}

TEST_P(PciRows, INTA_rises_behind_the_gate_unseen) {
  set_command(0x0401);
  forget();
  write(IER, 0x02);
  wait(100);
  EXPECT_TRUE(interrupts().empty());
  const Clock on = config_write(4, 0x0001, 2).address_clock + 2;
  EXPECT_EQ(interrupts(), (Edges{{on, true}}));
}

TEST_P(PciRows, RST_configuration_space_is_as_new) {
  write(IER, 0x02);
  transact(PciCommand::kIoRead, kBarBase[0] + 1, 0x1);
  config_write(0x3c, 0x0a, 1);
  set_command(0x0541);
  reset();
  expect_fresh_config(*this, 2);
}

TEST_P(PciRows, RST_inta_is_released_at_its_clock) {
  write(IER, 0x02);
  forget();
  const Clock at = now() + 20;
  reset_at(at);
  EXPECT_EQ(interrupts(), (Edges{{at, false}}));
}

TEST_P(PciRows, RST_opens_the_gate_of_inta) {
  set_command(0x0401);
  reset();
  map_bars();
  write(IER, 0x02);
  EXPECT_TRUE(intx());
}

TEST_P(PciRows, RST_first_transaction_right_behind_it) {
  reset();
  const PciResult result = transact(PciCommand::kConfigRead, 0, kAllLanes);
  EXPECT_EQ(result.status, PciStatus::kDone);
  EXPECT_EQ(result.data, 0x32534348u);
}

TEST_P(PciRows, MABT_four_clocks_and_all_ones) {
  const PciResult read_result = transact(PciCommand::kIoRead, 0x12345670, 0x1);
  EXPECT_EQ(read_result.status, PciStatus::kMasterAbort);
  EXPECT_EQ(read_result.data, kAllOnes32);
  EXPECT_EQ(read_result.completion_clock, read_result.address_clock + 4);
  const PciResult written = transact(PciCommand::kIoWrite, 0x12345670, 0x1, 0x42);
  EXPECT_EQ(written.status, PciStatus::kMasterAbort);
  EXPECT_EQ(written.completion_clock, written.address_clock + 4);
  EXPECT_EQ(written.address_clock, read_result.completion_clock + 2);
  EXPECT_EQ(config_read(6, 2), 0x0200u) << "no business of the target's Status";
}

TEST_P(PciRows, MABT_time_passes_during_it) {
  set_line(k8N1, 1);
  write(THR, 0x55);
  forget();
  const Clock start = tick_after(now() - 18);
  while (now() < start + 400) transact(PciCommand::kIoRead, 0x12345670, 0x1);
  wait_until(start + 200 * 18);
  EXPECT_FALSE(sout().empty());
  EXPECT_EQ(read(LSR), 0x60);
}

}  // namespace
}  // namespace mtty::check
