// SPDX-License-Identifier: Apache-2.0
//
// Smoke bench of the RTL: each clock that docs/timing.md names is checked at least once.

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "Vmtty_card.h"
#include "Vmtty_card_one.h"
#include "rtl/test/bench.h"

namespace mtty {
namespace {

class Card : public ::testing::Test, public Bench<Vmtty_card> {};

class CardWithIo : public Card {
 protected:
  CardWithIo() { enable_io(); }
};

// ---- Configuration ----

TEST_F(Card, HasTheSamplesIdentity) {
  const std::vector<std::pair<int, uint32_t>> expected = {
      {0x00, 0x32534348}, {0x04, 0x02000000}, {0x08, 0x07000210}, {0x0c, 0},
      {0x10, 1},          {0x14, 1},          {0x18, 0},          {0x28, 0},
      {0x2c, 0x32534348}, {0x30, 0},          {0x34, 0},          {0x3c, 0x00000100},
      {0x40, 0x80000023}, {0x44, 0x23},       {0x48, 0x23},       {0x4c, 0x23},
      {0x60, 0x20494350}, {0x64, 0x69726553}, {0x68, 0x552f6c61}, {0x6c, 0x00545241},
      {0xfc, 0}};
  for (auto [offset, value] : expected) EXPECT_EQ(config_read(offset), value) << std::hex << offset;
}

TEST_F(Card, ConfigReadTakesThreeClocks) {
  const Seen seen = transaction(10, 0, 0x3, 0);
  EXPECT_EQ(seen.data, 0x4348u) << "lanes that are not enabled read as 0";
  EXPECT_EQ(seen.devsel, seen.address + 2);
  EXPECT_EQ(seen.completion, seen.address + 3);
}

TEST_F(Card, BarsSizeAndTakeBytes) {
  config_write(0x10, 0xffffffff);
  config_write(0x14, 0xffffffff);
  EXPECT_EQ(config_read(0x10), 0xfffffff9);
  EXPECT_EQ(config_read(0x14), 0xfffffff9);
  config_write(0x10, 0x00120000, 0x4);
  EXPECT_EQ(config_read(0x10), 0xff12fff9);
  config_write(0x10, 0x0000005a, 0x1);
  EXPECT_EQ(config_read(0x10), 0xff12ff59);
  config_write(0x04, 0xffff, 0x3);
  EXPECT_EQ(config_read(0x04), 0x02000541u);
}

TEST(OnePortCard, HasOneBar) {
  Bench<Vmtty_card_one> bench;
  bench.enable_io();
  EXPECT_EQ(bench.config_read(0x14), 0u);
  EXPECT_EQ(bench.config_read(0x10), bench.kBar0 | 1);
  bench.write(7, 0x5a);
  EXPECT_EQ(bench.read(7), 0x5a);
  EXPECT_EQ(bench.io(2, 8 + 7, 0).end, End::kMasterAbort);
}

TEST_F(CardWithIo, AnswersOnlyItsOwn) {
  EXPECT_EQ(transaction(2, kBar0 + 16, 1, 0).end, End::kMasterAbort);
  EXPECT_EQ(transaction(2, kBar0 - 0x80000000, 1, 0).end, End::kMasterAbort);
  for (int command : {0, 1, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15}) {
    const Seen seen = transaction(command, kBar0, 0xf, 0);
    EXPECT_EQ(seen.end, End::kMasterAbort) << command;
    EXPECT_EQ(seen.completion, seen.address + 4);
  }
  EXPECT_EQ(transaction(10, 0x01, 0xf, 0).end, End::kMasterAbort) << "type 1";
  EXPECT_EQ(transaction(2, kBar0 + 3, 0x8, 0).end, End::kDone);
  config_write(0x04, 0);
  EXPECT_EQ(transaction(2, kBar0, 1, 0).end, End::kMasterAbort) << "I/O disabled";
}

// ---- Bus ----

TEST_F(Card, FloatsAtOnceInReset) {
  card.frame_ni = 0;
  card.cbe_ni = 10;
  card.idsel_i = 1;
  clock();
  card.idsel_i = 0;
  clock();
  ASSERT_TRUE(devsel() && card.ad_oe);
  card.rst_ni = 0;
  settle();
  EXPECT_FALSE(card.devsel_oe || card.trdy_oe || card.stop_oe || card.ad_oe || card.par_oe ||
               card.perr_oe || card.serr_oe || card.inta_oe);
}

TEST_F(CardWithIo, StrobesLieAroundCrystalPulses) {
  const auto strobe = [](int64_t edge) { return is_pulse(edge) ? edge + 1 : edge; };
  for (int i = 0; i < 40; ++i) {
    const Seen seen = io(2, 7, 0);
    EXPECT_EQ(seen.completion, strobe(seen.address + 2) + 1) << seen.address;
    EXPECT_EQ(seen.devsel, seen.address + 2);
    clocks(i % 3);
  }
  for (int i = 0; i < 40; ++i) {
    const Seen seen = transaction(2, kBar0 + 4, 0xf, 0, {i % 5});
    int64_t edge = seen.address + std::max(2, 1 + i % 5) - 1;
    for (int lane = 0; lane < 4; ++lane) edge = strobe(edge + 1);
    EXPECT_EQ(seen.completion, edge + 1) << seen.address;
  }
}

TEST_F(CardWithIo, ServesWideAccessesLowestLaneFirst) {
  transaction(3, kBar0 + 4, 0x9, 0x77ffff1f);
  EXPECT_EQ(transaction(2, kBar0 + 4, 0xf, 0).data, 0x77fb601fu)
      << "MCR, LSR, MSR in loop mode, SCR";
  write(8 + 7, 0x11);
  EXPECT_EQ(transaction(2, kBar0 + 6, 0xc, 0).data, 0x77f00000u)
      << "the deltas of the first read are gone";
  EXPECT_EQ(transaction(2, kBar0 + 12, 0x9, 0).data, 0x11000000u);
  EXPECT_EQ(transaction(2, kBar0 + 4, 0x0, 0).data, 0u);
}

TEST_F(CardWithIo, IllegalByteEnablesAbort) {
  for (int low = 0; low < 4; ++low) {
    for (int enables = 0; enables < 16; ++enables) {
      const bool legal = enables == 0 || (enables & -enables) == 1 << low;
      const Seen seen = transaction(2, kBar0 + 4 + low, enables, 0);
      EXPECT_EQ(seen.end, legal ? End::kDone : End::kTargetAbort) << low << " " << enables;
      if (seen.end == End::kTargetAbort || enables == 0) {
        EXPECT_EQ(seen.completion, seen.address + 3);
      }
      EXPECT_EQ(config_read(4), seen.end == End::kDone ? 0x02000001u : 0x0a000001u);
      config_write(4, 0x08000000, 0x8);
    }
  }
}

TEST_F(CardWithIo, BurstsEndAfterOneDataPhase) {
  for (int extra = 0; extra < 5; ++extra) {
    const Seen seen = transaction(3, kBar0 + 7, 0x8, 0x42000000, {0, extra});
    EXPECT_EQ(seen.end, End::kDone);
    EXPECT_EQ(read(7), 0x42);
    EXPECT_EQ(transaction(10, 0, 0xf, 0, {extra, extra}).data, 0x32534348u);
  }
}

TEST_F(CardWithIo, ReleasesSustainedSignalsHigh) {
  const Seen seen = transaction(10, 0, 0xf, 0, {0, 0, false, false, true});
  EXPECT_EQ(now(), seen.completion);
  EXPECT_TRUE(card.devsel_oe && card.trdy_oe && card.stop_oe);
  EXPECT_TRUE(card.devsel_no && card.trdy_no && card.stop_no);
  EXPECT_FALSE(card.ad_oe);
  EXPECT_TRUE(card.par_oe);
  clock();
  EXPECT_FALSE(card.devsel_oe || card.trdy_oe || card.stop_oe || card.par_oe);
}

TEST_F(CardWithIo, UnderstandsFastBackToBack) {
  const Seen first = transaction(3, kBar0 + 7, 0x8, 0x99000000, {0, 0, false, false, true});
  const Seen second = transaction(2, kBar0 + 7, 0x8, 0);
  EXPECT_EQ(second.address, first.completion + 1);
  EXPECT_EQ(second.devsel, second.address + 2);
  EXPECT_EQ(second.data, 0x99000000u);
}

TEST_F(CardWithIo, ReportsDataParityErrors) {
  for (bool response : {false, true}) {
    config_write(4, response ? 0x80000041 : 0x80000001);
    const Seen seen = transaction(3, kBar0 + 7, 0x8, 0x5b000000, {0, 0, false, true});
    EXPECT_EQ(now(), seen.completion + 1);
    EXPECT_EQ(card.perr_oe && !card.perr_no, response);
    clock();
    EXPECT_EQ(card.perr_oe, response);
    EXPECT_TRUE(!card.perr_oe || card.perr_no);
    clock();
    EXPECT_FALSE(card.perr_oe);
    EXPECT_EQ(read(7), 0x5b) << "the data is taken";
    EXPECT_EQ(config_read(4) >> 16, 0x8200u);
  }
}

TEST_F(CardWithIo, ReportsAddressParityErrors) {
  for (int command : {0x001, 0x041, 0x101, 0x141}) {
    config_write(4, 0xc0000000 | command);
    const Seen seen = transaction(2, kBar0 + 7, 0x8, 0, {1, 0, true});
    EXPECT_EQ(seen.end, command & 0x40 ? End::kMasterAbort : End::kDone) << command;
    EXPECT_EQ(config_read(4) >> 16, command == 0x141 ? 0xc200u : 0x8200u);
  }
  // SERR# lasts one clock, whoever is addressed.
  card.frame_ni = 0;
  card.cbe_ni = 15;
  wrong_par(true);
  clock();
  card.frame_ni = 1;
  wrong_par(false);
  EXPECT_FALSE(card.serr_oe);
  clock();
  EXPECT_TRUE(card.serr_oe && !card.serr_no);
  clock();
  EXPECT_FALSE(card.serr_oe);
}

// ---- UART ----

TEST_F(CardWithIo, ResetValues) {
  for (int port : {0, 8}) {
    const uint8_t expected[] = {0, 0, 1, 0, 0, 0x60, 0, 0};
    for (int i = 0; i < 8; ++i) EXPECT_EQ(read(port + i), expected[i]) << port + i;
  }
  EXPECT_EQ(card.sout_o, 3);
  EXPECT_EQ(card.rts_no & card.dtr_no & card.out1_no & card.out2_no, 3);
}

TEST_F(CardWithIo, InterruptFollowsItsRegister) {
  const int64_t strobe = write(8 + 1, 0x02);
  EXPECT_EQ(inta_edge(), strobe);
  EXPECT_TRUE(card.inta_oe && !card.inta_no);
  EXPECT_EQ(config_read(4), 0x02080001u);
  config_write(4, 0x0401, 0x3);
  EXPECT_FALSE(card.inta_oe);
  EXPECT_EQ(config_read(4), 0x02080401u);
  config_write(4, 0x0001, 0x3);
  EXPECT_TRUE(card.inta_oe);
  EXPECT_EQ(read(8 + 2), 0x02);
  EXPECT_FALSE(card.inta_oe);
  EXPECT_EQ(read(8 + 2), 0x01);
}

TEST_F(CardWithIo, ModemPinsTakeThreeClocks) {
  write(1, 0x08);
  card.cts_ni = 2;
  clocks(2);
  EXPECT_FALSE(card.inta_oe);
  clock();
  EXPECT_TRUE(card.inta_oe);
  EXPECT_EQ(read(6), 0x11);
  EXPECT_EQ(read(6), 0x10);
  card.ri_ni = 2;
  clocks(4);
  EXPECT_EQ(read(6), 0x50);
  card.ri_ni = 3;
  clocks(4);
  EXPECT_EQ(read(6), 0x14);
}

struct Frame {
  std::string name;
  int divisor;
  uint8_t lcr;
  uint8_t data;
  std::string bits;  ///< levels on the line, whole bits
  int half_bits;     ///< length of the frame
};

void PrintTo(const Frame& frame, std::ostream* os) { *os << frame.name; }

class Frames : public CardWithIo, public ::testing::WithParamInterface<Frame> {
 protected:
  /// The edges of two frames without a gap, where the first begins at a tick.
  static std::vector<int64_t> expected_edges(const Frame& frame, const Ticks& ticks,
                                             int64_t start) {
    std::vector<int64_t> edges;
    char level = '1';
    for (int n = 0; n < 2; ++n) {
      for (size_t i = 0; i < frame.bits.size(); ++i) {
        if (frame.bits[i] == level) continue;
        level = frame.bits[i];
        edges.push_back(ticks[start + 8 * n * frame.half_bits + 16 * i]);
      }
    }
    return edges;
  }
};

TEST_P(Frames, ChangeAtTheirTicks) {
  const Frame frame = GetParam();
  write(2, 1);
  const Ticks ticks(set_line(0, frame.divisor, frame.lcr), frame.divisor);
  const int64_t start = ticks.after(now()) + 1;
  clock_until(ticks[start - 1]);
  write(0, frame.data);
  write(0, frame.data);
  const int64_t end = start + 2 * 8 * frame.half_bits;

  std::vector<int64_t> edges;
  bool level = true;
  while (now() < ticks[end] - 10) {
    clock();
    if ((card.sout_o & 1) != level) edges.push_back(now());
    level = card.sout_o & 1;
  }
  EXPECT_EQ(edges, expected_edges(frame, ticks, start));
  EXPECT_EQ(read(5), 0x20) << "the last stop bit is on the line";
  clock_until(ticks[end]);
  EXPECT_EQ(read(5), 0x60);
}

INSTANTIATE_TEST_SUITE_P(Lcr, Frames,
                         ::testing::Values(Frame{"8N1", 1, 0x03, 0x55, "0101010101", 20},
                                           Frame{"8N1slow", 3, 0x03, 0x81, "0100000011", 20},
                                           Frame{"5N1", 1, 0x00, 0xe4, "0001001", 14},
                                           Frame{"5N1half", 2, 0x04, 0xf1, "0100011", 15},
                                           Frame{"7O1", 1, 0x0a, 0x83, "0110000011", 20},
                                           Frame{"6E2", 1, 0x1d, 0x07, "0111000111", 20},
                                           Frame{"8M1", 1, 0x2b, 0x00, "00000000011", 22},
                                           Frame{"8S2", 1, 0x3f, 0xff, "011111111011", 24}),
                         [](const auto& info) { return info.param.name; });

class Port : public CardWithIo {
 protected:
  /// 8N1 at 115200 baud, the given FCR, MCR and IER.
  void start(uint8_t fcr, uint8_t mcr, uint8_t ier) {
    ticks = Ticks(set_line(0, 1, 0x03), 1);
    write(2, fcr);
    write(4, mcr);
    write(1, ier);
  }
  /// Drives SIN low or high; returns the first tick that sees it.
  int64_t drive_sin(bool level) {
    card.sin_i = level ? 3 : 2;
    return ticks.after(now() + 2);
  }

  static constexpr int kToStopSample = 8 + 9 * 16;
  Ticks ticks{0, 1};
};

TEST_F(Port, LoopsCharacterBack) {
  start(0x01, 0x10, 0x01);
  const int64_t begin = ticks.after(write(0, 0xa5));
  const int64_t arrives = ticks[begin + 1 + kToStopSample];
  clock_until(arrives - 1);
  EXPECT_FALSE(card.inta_oe);
  clock();
  EXPECT_TRUE(card.inta_oe);
  EXPECT_EQ(card.sout_o, 3);
  EXPECT_EQ(read(2), 0xc4);
  EXPECT_EQ(read(0), 0xa5);
  EXPECT_FALSE(card.inta_oe);
}

TEST_F(Port, TimesOutAfterFourCharacters) {
  start(0xc1, 0x10, 0x01);
  const int64_t entered = ticks.after(write(0, 0x11)) + 1 + kToStopSample;
  write(0, 0x22);
  const int64_t second = entered + 160;
  clock_until(ticks[second + 640] + 1);
  EXPECT_TRUE(card.inta_oe);
  EXPECT_EQ(inta_edge(), ticks[second + 640]);
  EXPECT_EQ(read(2), 0xcc);
  const int64_t strobe = now();
  EXPECT_EQ(read(0), 0x11);
  const int64_t last_tick = ticks.after(strobe + 2) - 1;
  EXPECT_FALSE(card.inta_oe);
  clock_until(ticks[last_tick + 645]);
  EXPECT_EQ(inta_edge(), ticks[last_tick + 641]);
  EXPECT_EQ(read(0), 0x22);
  EXPECT_EQ(read(2), 0xc1);
  EXPECT_EQ(read(0), 0x22) << "an empty FIFO reads as the last character";
}

TEST_F(Port, DelaysThreOfASingleByte) {
  start(0x01, 0, 0x02);
  EXPECT_EQ(read(2), 0xc2);
  const int64_t first = ticks.after(write(0, 1));
  clock_until(ticks[first] + 1);
  EXPECT_EQ(inta_edge(), ticks[first]) << "the first one after FCR[0] changed is immediate";
  EXPECT_EQ(read(2), 0xc2);
  clock_until(ticks[first + 200]);
  EXPECT_EQ(read(5), 0x60);
  const int64_t second = ticks.after(write(0, 1));
  clock_until(ticks[second + 144] + 1);
  EXPECT_EQ(inta_edge(), ticks[second + 144]);
  EXPECT_EQ(read(5), 0x20);
}

TEST_F(Port, SamplesInTheMiddle) {
  start(0x01, 0, 0x01);
  const int64_t glitch = drive_sin(false);
  clock_until(ticks[glitch + 7] - 1);
  drive_sin(true);
  clock_until(ticks[glitch + 30]);
  const int64_t begin = drive_sin(false);
  clock_until(ticks[begin + 24] - 3);
  drive_sin(true);
  clock_until(ticks[begin + kToStopSample] + 1);
  EXPECT_EQ(inta_edge(), ticks[begin + kToStopSample]);
  EXPECT_EQ(read(5), 0x61);
  EXPECT_EQ(read(0), 0xff);
}

TEST_F(Port, TakesTheBitAfterAFramingErrorAsAStart) {
  start(0x01, 0, 0x05);
  // Data ff, then low from the middle of the stop bit for three quarters of a bit, then mark: a
  // character ff behind it.
  const int64_t begin = drive_sin(false);
  clock_until(ticks[begin + 16]);
  drive_sin(true);
  clock_until(ticks[begin + 140]);
  drive_sin(false);
  clock_until(ticks[begin + 160]);
  drive_sin(true);
  EXPECT_EQ(inta_edge(), ticks[begin + kToStopSample]);
  EXPECT_EQ(read(5), 0xe9) << "FE";
  EXPECT_EQ(read(0), 0xff);
  EXPECT_FALSE(card.inta_oe);
  const int64_t second = begin + kToStopSample + 9 * 16;
  clock_until(ticks[second] + 1);
  EXPECT_EQ(inta_edge(), ticks[second]);
  EXPECT_EQ(read(5), 0x61);
  EXPECT_EQ(read(0), 0xff);
}

TEST_F(Port, ABreakIsOneCharacter) {
  start(0x01, 0, 0x04);
  const int64_t begin = drive_sin(false);
  clock_until(ticks[begin + 500]);
  EXPECT_EQ(inta_edge(), ticks[begin + kToStopSample]);
  drive_sin(true);
  EXPECT_EQ(read(5), 0xf9) << "BI and FE";
  EXPECT_EQ(read(5), 0x61);
  EXPECT_EQ(read(0), 0x00);
  EXPECT_EQ(read(5), 0x60);
}

}  // namespace
}  // namespace mtty
