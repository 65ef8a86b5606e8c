// SPDX-License-Identifier: Apache-2.0
// Both formats, read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <bitset>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <system_error>

#include "model/wave/fst.h"
#include "model/wave/vcd_reader.h"
#include "model/wave/wave_writer.h"

namespace mtty {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
namespace fs = std::filesystem;

RecordedWaves read_fst(const std::string& file) {
  void* fst = fstReaderOpen(file.c_str());
  if (!fst) throw std::runtime_error("no FST: " + file);
  const std::string copy = file + ".vcd";
  std::FILE* vcd = std::fopen(copy.c_str(), "w");
  fstReaderProcessHier(fst, vcd);
  fstReaderSetFacProcessMaskAll(fst);
  fstReaderIterBlocks(fst, nullptr, nullptr, vcd);
  std::fprintf(vcd, "#%llu\n", static_cast<unsigned long long>(fstReaderGetEndTime(fst)));
  EXPECT_EQ(fstReaderGetTimescale(fst), -9);
  fstReaderClose(fst);
  std::fclose(vcd);
  std::ifstream in(copy);
  RecordedWaves waves = read_vcd(in);
  fs::remove(copy);
  return waves;
}

/// Each test for each format; the parameter is the ending.
class Wave : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "mtty-wave-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    file_ = (folder_ / ("waves." + GetParam())).string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<WaveWriter> make(const std::string& file) const {
    return GetParam() == "fst" ? make_fst_writer(file) : make_vcd_writer(file);
  }
  std::unique_ptr<WaveWriter> make() const { return make(file_); }
  RecordedWaves read() const {
    if (GetParam() == "fst") return read_fst(file_);
    std::ifstream in(file_);
    return read_vcd(in);
  }

  fs::path folder_;
  std::string file_;
};

TEST_P(Wave, values_come_back_at_their_times) {
  auto writer = make();
  const auto bit = writer->add("card.pci.bit", 1);
  const auto word = writer->add("card.pci.word", 32);
  const auto nibble = writer->add("card.uart0.nibble", 4);
  writer->change(2, bit, 1);
  writer->change(2, word, 0x80000001);
  writer->change(3, nibble, 0);
  writer->change(3, bit, 1);  // as it was
  writer->change(5, bit, 0);
  writer->change(1000000000, word, 0);
  writer->close(1000000001);

  const RecordedWaves waves = read();
  EXPECT_EQ(waves.signals.size(), 3u);
  EXPECT_EQ(waves.end, 30000000030u);
  EXPECT_EQ(waves.signals.at("card.pci.word").width, 32u);
  EXPECT_EQ(waves.signals.at("card.pci.word").at(60), "10000000000000000000000000000001");
  EXPECT_EQ(waves.signals.at("card.pci.word").at(30000000000), std::string(32, '0'));
  EXPECT_EQ(waves.signals.at("card.uart0.nibble").at(89), "xxxx") << "not known before";
  EXPECT_EQ(waves.signals.at("card.uart0.nibble").at(90), "0000");
  EXPECT_THAT(waves.signals.at("card.pci.bit").changes, ElementsAre(Pair(60, "1"), Pair(150, "0")));
}

TEST_P(Wave, any_time_and_any_value_comes_back) {
  std::mt19937_64 random(1);
  auto writer = make();
  std::vector<WaveWriter::Signal> signals;
  for (unsigned width = 1; width <= 32; ++width)
    signals.push_back(writer->add("w" + std::to_string(width), width));
  std::vector<RecordedSignal> expected(signals.size());
  Clock at = 0;
  // Steps of a clock up to 2^40: times of any length, whose upper digits stay or change.
  for (unsigned i = 0; i < 4000; ++i, at += 1 + (random() >> (24 + random() % 40))) {
    const auto signal = unsigned(random() % signals.size()), width = signal + 1;
    const auto value = std::uint32_t(random() % (std::uint64_t{1} << (random() % width + 1)));
    writer->change(at, signals[signal], value);
    const std::string digits = std::bitset<32>(value).to_string().substr(32 - width);
    auto& changes = expected[signal].changes;
    if (changes.empty() || changes.back().second != digits)
      changes.emplace_back(at * kNanosecondsPerClock, digits);
  }
  writer->close(at);

  const RecordedWaves waves = read();
  EXPECT_EQ(waves.end, at * kNanosecondsPerClock);
  for (unsigned width = 1; width <= 32; ++width)
    EXPECT_EQ(waves.signals.at("w" + std::to_string(width)).changes, expected[width - 1].changes);
}

TEST_P(Wave, released_signals_are_z) {
  auto writer = make();
  const auto bit = writer->add("bit", 1);
  const auto word = writer->add("word", 12);
  writer->release(0, bit);
  writer->change(0, word, 0xabc);
  writer->release(1, word);
  writer->release(2, word);
  writer->change(3, word, 0xabc);  // driven again, to the value it had
  writer->close(4);

  const RecordedWaves waves = read();
  EXPECT_EQ(waves.signals.at("bit").at(0), "z");
  EXPECT_THAT(
      waves.signals.at("word").changes,
      ElementsAre(Pair(0, "101010111100"), Pair(30, "zzzzzzzzzzzz"), Pair(90, "101010111100")));
}

TEST_P(Wave, the_clock_rises_at_each_clock) {
  auto writer = make();
  writer->add_clock("clk");
  const auto bit = writer->add("bit", 1);
  writer->change(7, bit, 0);
  writer->change(9, bit, 1);
  writer->close(10);

  EXPECT_THAT(read().signals.at("clk").changes,
              ElementsAre(Pair(210, "1"), Pair(225, "0"), Pair(240, "1"), Pair(255, "0"),
                          Pair(270, "1"), Pair(285, "0"), Pair(300, "1")));
}

TEST_P(Wave, a_window_has_the_values_at_its_beginning_and_the_changes_in_it) {
  auto writer = make_wave_window(make(), 10, 20);
  writer->add_clock("clk");
  const auto early = writer->add("early", 4), late = writer->add("late", 1),
             never = writer->add("never", 2), gone = writer->add("gone", 8);
  writer->change(1, early, 3);
  writer->change(2, early, 4);
  writer->change(3, gone, 1);
  writer->release(9, gone);
  writer->change(15, late, 1);
  writer->change(20, late, 0);
  writer->change(21, late, 1);
  writer->release(22, early);
  EXPECT_NO_THROW(read()) << "complete before the run ends";
  writer->change(30, never, 1);
  writer->close(40);

  const RecordedWaves waves = read();
  EXPECT_EQ(waves.begin, 300u);
  EXPECT_EQ(waves.end, 600u);
  EXPECT_THAT(waves.signals.at("early").changes, ElementsAre(Pair(300, "0100")));
  EXPECT_THAT(waves.signals.at("gone").changes, ElementsAre(Pair(300, "zzzzzzzz")));
  EXPECT_THAT(waves.signals.at("late").changes, ElementsAre(Pair(450, "1"), Pair(600, "0")));
  EXPECT_EQ(waves.signals.at("never").at(600), "xx");
  EXPECT_EQ(waves.signals.at("clk").changes.size(), 21u);
}

TEST_P(Wave, a_change_at_the_beginning_of_the_window_is_in_it) {
  auto writer = make_wave_window(make(), 10, kNever);
  const auto bit = writer->add("bit", 1);
  writer->change(1, bit, 0);
  writer->change(10, bit, 1);
  writer->close(12);
  const RecordedWaves waves = read();
  EXPECT_EQ(waves.signals.at("bit").at(300), "1");
  EXPECT_EQ(waves.end, 360u);
}

TEST_P(Wave, a_window_in_which_nothing_changes_has_the_values) {
  auto writer = make_wave_window(make(), 10, 20);
  const auto bit = writer->add("bit", 1);
  writer->change(1, bit, 1);
  writer->close(30);
  EXPECT_EQ(read().signals.at("bit").at(300), "1");
  EXPECT_EQ(read().end, 600u);
}

TEST_P(Wave, a_run_that_ends_before_the_window_leaves_its_last_values) {
  auto writer = make_wave_window(make(), 10, 20);
  const auto bit = writer->add("bit", 1);
  writer->change(1, bit, 1);
  writer->close(5);
  EXPECT_EQ(read().begin, 150u);
  EXPECT_EQ(read().signals.at("bit").at(150), "1");
}

TEST_P(Wave, a_window_of_one_clock) {
  auto writer = make_wave_window(make(), 10, 10);
  const auto bit = writer->add("bit", 1), other = writer->add("other", 1);
  writer->change(1, bit, 0);
  writer->change(10, other, 1);
  writer->change(10, bit, 1);
  writer->change(11, bit, 0);
  writer->close(11);
  EXPECT_EQ(read().signals.at("bit").at(300), "1");
  EXPECT_EQ(read().signals.at("other").at(300), "1");
  EXPECT_EQ(read().end, 300u);
}

TEST_P(Wave, what_was_written_survives_an_exception) {
  {
    auto writer = make();
    const auto bit = writer->add("bit", 1);
    writer->change(1, bit, 1);
    writer->change(2, bit, 0);
  }
  EXPECT_EQ(read().signals.at("bit").at(30), "1");
  EXPECT_EQ(read().signals.at("bit").at(60), "0");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "and nothing beside it";
}

TEST_P(Wave, a_file_that_cannot_be_made) {
  try {
    make((folder_ / "missing" / "waves").string());
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_THAT(error.what(), HasSubstr("cannot write the waves"));
  }
}

/// The disk is full after any number of bytes.
TEST_P(Wave, a_file_that_is_cut_off_is_an_error) {
  const auto write = [&] {
    auto writer = make();
    writer->add_clock("card.clk");
    const auto word = writer->add("card.a_signal_with_a_long_name", 32);
    for (unsigned i = 0; i < 50; ++i) writer->change(i, word, i * 0x9e3779b9u);
    writer->close(50);
  };
  write();
  const auto size = fs::file_size(file_);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  // What lies below is written to temporary files first, where fstapi ends the program.
  for (auto bytes = size - 1; bytes > size - 150; --bytes) {
    rlimit small = limit;
    small.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &small);
    EXPECT_THROW(write(), std::system_error) << bytes << " of " << size;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Wave, testing::Values("vcd", "fst"),
                         [](const auto& format) { return format.param; });

TEST(VcdReader, refuses_what_is_no_dump) {
  for (const char* text : {"", "hello", "$var wire 0 ! x $end $enddefinitions $end",
                           "$enddefinitions $end 1!", "$enddefinitions $end #2 #1"}) {
    std::istringstream in(text);
    EXPECT_THROW(read_vcd(in), std::runtime_error) << text;
  }
}

}  // namespace
}  // namespace mtty
