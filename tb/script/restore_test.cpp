// SPDX-License-Identifier: Apache-2.0
// A card restored from bytes is the card that was saved: whatever random traffic follows, both show
// the same at the same clocks.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <deque>
#include <random>

#include "tb/dut/tlm_dut.h"
#include "tb/script/player.h"
#include "tb/script/random_script.h"

namespace mtty {
namespace {

/// A card with what a master knows of it, and all that is seen of it.
class SeenCard : public DutObserver {
 public:
  explicit SeenCard(std::unique_ptr<TlmDut> dut) : dut_(std::move(dut)), card_(dut_->ports()) {
    dut_->observe(card_);
    dut_->observe(*this);
  }

  std::string saved() {
    char bytes[4096];
    StateWriter writer(bytes, sizeof bytes);
    writer(dut(), card_);
    return {bytes, writer.size()};
  }
  void restore(const std::string& saved) {
    StateReader reader(saved.data(), saved.size());
    reader(dut(), card_);
    reader.finish();
  }
  /// Plays and returns all that was seen meanwhile.
  std::vector<std::string> play(const std::vector<Action>& script) {
    seen_.clear();
    players_.emplace_back(*dut_, card_, nullptr, [&](const std::string& line) { see(line); });
    players_.back().play(script, "random");
    return std::move(seen_);
  }
  Dut& dut() { return *dut_; }

 private:
  void see(std::string what) { seen_.push_back(std::move(what)); }
  void intx(Clock at, bool asserted) override { see(fmt::format("{} intx {}", at, asserted)); }
  void outputs(Clock at, unsigned port, OutputPins pins) override {
    see(fmt::format("{} outputs {} {:02x}", at, port, pins));
  }
  void inputs(Clock at, unsigned port, InputPins pins) override {
    see(fmt::format("{} inputs {} {:02x}", at, port, pins));
  }

  std::unique_ptr<TlmDut> dut_;
  ProgrammedCard card_;
  std::deque<Player> players_;  // observers live as long as the body
  std::vector<std::string> seen_;
};

/// Whatever a card may have been before it is restored.
void scramble(Dut& dut, std::mt19937_64& random) {
  const auto write = [&](PciCommand command, std::uint32_t address, std::uint32_t data) {
    dut.access({command, address, kAllLanes, data}, dut.bus_free() + random() % 300);
  };
  if (random() % 2) dut.reset(dut.bus_free());
  write(PciCommand::kConfigWrite, pci::kBar0, 0xa000);
  write(PciCommand::kConfigWrite, pci::kBar1, 0xa008);
  write(PciCommand::kConfigWrite, pci::kCommandStatus, std::uint32_t(random()) | 1);
  for (int i = 0; i < 60; ++i)
    write(random() % 8 ? PciCommand::kIoWrite : PciCommand::kIoRead,
          0xa000 + std::uint32_t(random() % 4) * 4, std::uint32_t(random()));
  for (unsigned port = 0; port < dut.ports(); ++port) {
    dut.plug(dut.now() + random() % 3000, port, random() % 2 ? Plug::kNone : Plug::kLoopback);
    dut.force(dut.now() + random() % 3000, port, kDsr, random() % 2);
    dut.send(dut.now() + random() % 3000, port, random() % 2);
  }
}

class Restored : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(Restored, goes_on_as_the_saved_one) {
  constexpr int kRounds = 400;
  const auto [seed, ports] = GetParam();
  auto duts = TlmDut::make({unsigned(ports), unsigned(ports)});
  SeenCard saved(std::move(duts[0])), restored(std::move(duts[1]));
  RandomScript traffic(std::uint64_t(seed), unsigned(ports), false);
  std::mt19937_64 random(std::uint64_t(seed) + 1000);
  std::size_t seen = 0;
  for (int round = 0; round < kRounds; ++round) {
    scramble(restored.dut(), random);
    const std::string state = saved.saved();
    restored.restore(state);
    ASSERT_EQ(restored.saved(), state);
    const auto script = traffic.next(2000 + random() % 20000);
    const auto expected = saved.play(script);
    const auto got = restored.play(script);
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_EQ(i < got.size() ? got[i] : "nothing", expected[i]) << "round " << round;
    ASSERT_EQ(got.size(), expected.size()) << "round " << round;
    ASSERT_EQ(restored.saved(), saved.saved()) << "round " << round;
    seen += expected.size();
  }
  EXPECT_GT(seen, 40'000u) << "the traffic shows little";
}
INSTANTIATE_TEST_SUITE_P(Seeds, Restored,
                         testing::Combine(testing::Range(1, 7), testing::Values(1, 2)));

// A member that visit() does not list stays as it was, and random traffic finds that only where it
// matters soon. So whoever adds one is asked here to list it: then set the new size.
TEST(State, lists_every_member) {
  EXPECT_EQ(sizeof(BaudGenerator), 24u);
  EXPECT_EQ(sizeof(Fifo<std::uint8_t>), 18u);
  EXPECT_EQ(sizeof(InputSynchroniser), 80u);
  EXPECT_EQ(sizeof(ModemLines), 2u);
  EXPECT_EQ(sizeof(Receiver), 72u);
  EXPECT_EQ(sizeof(Transmitter), 64u);
  EXPECT_EQ(sizeof(UartCore), 304u);
  EXPECT_EQ(sizeof(Cabling), 64u);
  EXPECT_EQ(sizeof(SerialPorts), 712u);
  EXPECT_EQ(sizeof(ConfigSpace), 24u);
  EXPECT_EQ(sizeof(ProgrammedCard), 56u);
}

// Where this fails, the layout has changed: raise kVersion in model/state/state_file.cpp, so that
// old files are told from new ones, and set the new sum.
TEST(State, has_the_layout_of_its_version) {
  SeenCard card(std::make_unique<TlmDut>(2));
  const std::string state = card.saved();
  EXPECT_EQ(crc32(0, reinterpret_cast<const unsigned char*>(state.data()), unsigned(state.size())),
            2325193110u);
}

TEST(State, of_another_kind_of_card_is_refused) {
  auto duts = TlmDut::make({1, 2});
  SeenCard one(std::move(duts[0])), two(std::move(duts[1]));
  EXPECT_THROW(one.restore(two.saved()), StateError);
  EXPECT_THROW(two.restore(one.saved()), StateError);
}

/// In the middle of a frame that goes out and comes in, with changes of the lines planned.
void make_busy(Dut& dut) {
  const auto write = [&](PciCommand command, std::uint32_t address, std::uint32_t data) {
    dut.access({command, address, kAllLanes, data}, dut.bus_free());
  };
  write(PciCommand::kConfigWrite, pci::kBar0, 0xa000);
  write(PciCommand::kConfigWrite, pci::kCommandStatus, pci::kCommandIo);
  write(PciCommand::kIoWrite, 0xa000, 0x83000000);  // LCR
  write(PciCommand::kIoWrite, 0xa000, 0x03000001);  // DLL, LCR
  dut.access({PciCommand::kIoWrite, 0xa000, 0x1, 0x55}, dut.bus_free());
  dut.advance_to(dut.now() + 1000);
  dut.force(dut.now() + 100, 1, kDsr, true);
  dut.send(dut.now() + 200, 1, false);
}

// Bytes that no card can have made are refused or taken, but never lead astray.
TEST(State, with_wrong_bytes_does_no_harm) {
  SeenCard card(std::make_unique<TlmDut>(2));
  make_busy(card.dut());
  const std::string good = card.saved();
  std::mt19937_64 random(1);
  unsigned refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = good;
    for (auto changes = 1 + random() % 4; changes; --changes)
      bad[random() % bad.size()] = char(random());
    if (random() % 16 == 0) bad.resize(random() % bad.size());
    try {
      card.restore(bad);
    } catch (const StateError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000u);
  card.restore(good);
  EXPECT_EQ(card.saved(), good);
}

}  // namespace
}  // namespace mtty
