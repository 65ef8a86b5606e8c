// SPDX-License-Identifier: Apache-2.0
// The waves of every body, read back.
#include "tb/dut/card_waves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "model/wave/vcd_reader.h"

namespace mtty {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

class CardWavesTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "mtty-card-waves-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    dut_ = make_dut(GetParam(), 2);
    waves_ = std::make_unique<CardWaves>(make_vcd_writer((folder_ / "w.vcd").string()), *dut_);
    dut_->observe(*waves_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  const RecordedWaves& close() {
    waves_->close(dut_->now());
    std::ifstream in(folder_ / "w.vcd");
    return recorded_ = read_vcd(in);
  }
  std::string at(Clock clock, const std::string& signal) const {
    return recorded_.signals.at("card." + signal).at(clock * kNanosecondsPerClock);
  }
  std::vector<std::string> over(Clock from, Clock to, const std::string& signal) const {
    std::vector<std::string> values;
    for (Clock clock = from; clock <= to; ++clock) values.push_back(at(clock, signal));
    return values;
  }

  fs::path folder_;
  std::unique_ptr<Dut> dut_;
  std::unique_ptr<CardWaves> waves_;
  RecordedWaves recorded_;
};

std::string bits(std::uint32_t value) {
  std::string text;
  for (unsigned bit = 32; bit-- > 0;) text += char('0' + (value >> bit & 1));
  return text;
}

const PciRequest kReadIdentification{PciCommand::kConfigRead, 0, kAllLanes};

TEST_P(CardWavesTest, a_transaction_is_there_from_its_address_phase_to_its_end) {
  dut_->access(kReadIdentification, 100);
  dut_->advance_to(110);
  close();
  EXPECT_THAT(over(99, 103, "pci.busy"), ElementsAre("0", "1", "1", "1", "0"));
  EXPECT_EQ(at(100, "pci.command"), "1010");
  EXPECT_EQ(at(100, "pci.byte_enables"), "1111");
  EXPECT_EQ(at(102, "pci.data"), std::string(32, 'x'));
  EXPECT_EQ(at(103, "pci.data"), bits(0x32534348));
  EXPECT_EQ(at(103, "pci.status"), "00");
}

/// docs/timing.md, PCI accesses, with N = 100: A = L = 102, C = E = 103.
TEST_P(CardWavesTest, the_wires_are_as_the_timing_page_says) {
  dut_->access(kReadIdentification, 100);
  dut_->advance_to(110);
  close();
  if (GetParam() == "tlm") {
    for (const auto& [path, signal] : recorded_.signals) EXPECT_NE(path.rfind("card.bus.", 0), 0u);
    return;
  }
  const std::string z(32, 'z');
  EXPECT_THAT(over(98, 101, "bus.frame_n"), ElementsAre("1", "0", "1", "1"));
  EXPECT_THAT(over(98, 100, "bus.idsel"), ElementsAre("0", "1", "0"));
  EXPECT_THAT(over(99, 103, "bus.irdy_n"), ElementsAre("1", "0", "0", "0", "1"));
  EXPECT_THAT(over(99, 104, "bus.ad"),
              ElementsAre(bits(0), z, bits(0), bits(0x32534348), z, bits(0)))
      << "address, turnaround, the card, turnaround, parked";
  EXPECT_THAT(over(99, 103, "bus.cbe_n"), ElementsAre("1010", "0000", "0000", "0000", "zzzz"));
  EXPECT_THAT(over(100, 104, "bus.devsel_n"), ElementsAre("z", "0", "0", "1", "z"));
  EXPECT_THAT(over(100, 104, "bus.trdy_n"), ElementsAre("z", "1", "0", "1", "z"));
  EXPECT_THAT(over(100, 104, "bus.devsel_oe"), ElementsAre("0", "1", "1", "1", "0"));
  EXPECT_THAT(over(100, 104, "bus.ad_oe"), ElementsAre("0", "1", "1", "0", "0"));
  EXPECT_THAT(over(101, 104, "bus.par_oe"), ElementsAre("0", "1", "1", "0"));
  EXPECT_EQ(at(103, "bus.inta_n"), "z") << "open drain";
  const auto& clock = recorded_.signals.at("card.bus.clk");
  for (Clock n = 90; n < 110; ++n) {
    EXPECT_EQ(clock.at(n * kNanosecondsPerClock), "1");
    EXPECT_EQ(clock.at(n * kNanosecondsPerClock + 15), "0");
  }
}

TEST_P(CardWavesTest, reset_and_lines) {
  dut_->reset(50);
  dut_->plug(70, 1, Plug::kNone);
  dut_->force(80, 1, InputPin::kCts, true);
  dut_->force(85, 1, InputPin::kSin, false);
  dut_->advance_to(100);
  close();
  for (const char* reset : {"pci.rst_n", "bus.rst_n"}) {
    if (!recorded_.signals.count(std::string("card.") + reset)) continue;
    EXPECT_THAT(over(49, 58, reset), ElementsAre("1", "0", "0", "0", "0", "0", "0", "0", "0", "1"));
  }
  EXPECT_THAT(over(79, 80, "uart1.cts"), ElementsAre("0", "1"));
  EXPECT_THAT(over(84, 85, "uart1.sin"), ElementsAre("1", "0"));
}

TEST_P(CardWavesTest, what_was_programmed_shows_from_the_end_of_its_transaction) {
  const auto number = [](unsigned width, std::uint32_t value) {
    return bits(value).substr(32 - width);
  };
  dut_->access({PciCommand::kConfigWrite, pci::kBar1, kAllLanes, 0xc008}, 100);
  dut_->access({PciCommand::kConfigWrite, pci::kCommandStatus, kAllLanes, 0xffff}, 110);
  const auto write = [&](unsigned offset, std::uint8_t value) {
    const std::uint32_t address = 0xc008 + offset;
    return dut_->access({PciCommand::kIoWrite, address, lanes_of(address, 1),
                         std::uint32_t{value} << (8 * (address & 3))},
                        0);
  };
  const Clock lcr = write(reg::kLcr, 0x83).completion_clock;
  const Clock dlm = write(reg::kDlm, 0x12).completion_clock;
  write(reg::kLcr, 0x03);
  const Clock ier = write(reg::kIer, 0xff).completion_clock;
  const Clock fcr = write(reg::kFcr, 0xc7).completion_clock;
  const Clock reset = dut_->now() + 20;
  dut_->reset(reset);
  close();
  EXPECT_THAT(over(102, 103, "config.bar1"), ElementsAre(bits(0), bits(0xc008)));
  EXPECT_EQ(at(113, "config.command"), number(16, 0x0541)) << "only the bits that the card has";
  EXPECT_THAT(over(lcr - 1, lcr, "uart1.lcr"), ElementsAre(number(8, 0), number(8, 0x83)));
  EXPECT_EQ(at(dlm, "uart1.divisor"), number(16, 0x1200));
  EXPECT_THAT(over(ier - 1, ier, "uart1.ier"), ElementsAre(number(8, 0), number(8, 0x0f)));
  EXPECT_EQ(at(fcr, "uart1.fcr"), number(8, 0xc1)) << "clearing is done, not kept";
  EXPECT_THAT(over(reset - 1, reset, "uart1.ier"), ElementsAre(number(8, 0x0f), number(8, 0)));
  EXPECT_EQ(at(reset, "config.bar1"), bits(0));
  EXPECT_EQ(at(reset - 1, "uart0.ier"), number(8, 0)) << "the other port's";
}

/// GTKWave leaves out what it does not find.
TEST_P(CardWavesTest, gtkwave_finds_all_signals_of_its_save_file) {
  close();
  std::ifstream in(std::string(MTTY_WAVES) + (GetParam() == "tlm" ? "/tlm.gtkw" : "/pins.gtkw"));
  unsigned found = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("card.", 0) != 0) continue;
    const std::string path = line.substr(0, line.find('['));
    ASSERT_EQ(recorded_.signals.count(path), 1u) << path;
    const unsigned width = recorded_.signals.at(path).width;
    EXPECT_EQ(line, width == 1 ? path : path + '[' + std::to_string(width - 1) + ":0]");
    ++found;
  }
  EXPECT_GE(found, recorded_.signals.size() - 2) << "nearly all are shown";
}

INSTANTIATE_TEST_SUITE_P(Body, CardWavesTest, testing::ValuesIn(dut_names()),
                         [](const auto& body) { return body.param; });

}  // namespace
}  // namespace mtty
