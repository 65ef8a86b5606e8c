// SPDX-License-Identifier: Apache-2.0
// The card behind the bridge, driven by the stand-in as a guest's driver would.
#include "kernel-bridge/host/card_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <future>
#include <random>
#include <thread>

#include "kernel-bridge/host/user_stand_in.h"
#include "model/state/state_file.h"
#include "model/uart/registers.h"

namespace mtty {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kConfig = 7;

/// The card as a guest's driver has it.
struct Guest {
  void enable_io() {
    driver.write(kConfig, 0x10, 4, 0xc000);
    driver.write(kConfig, 0x14, 4, 0xc008);
    driver.write(kConfig, 0x04, 2, 0x0001);
  }
  std::uint8_t in(std::uint8_t port, std::uint8_t reg) {
    return std::uint8_t(driver.read(port, reg, 1).data);
  }
  void out(std::uint8_t port, std::uint8_t reg, std::uint8_t value) {
    driver.write(port, reg, 1, value);
  }

  UserStandIn driver;
};

/// Runs a guest's part in a thread while the card is served; ends when it does.
class ServedCard : public Guest {
 public:
  explicit ServedCard(const std::string& pace)
      : endpoint(driver.attach()),
        done(eventfd(0, EFD_CLOEXEC)),
        dut(make_dut("tlm", 2)),
        card(2),
        server(*endpoint, *dut, card, PaceSetting::parse(pace),
               [this](const std::string& event) { events.push_back(event); }) {
    dut->observe(card);
    wait.watch(done.get());
  }

  template <typename Guest>
  void run(Guest guest) {
    auto result = std::async(std::launch::async, [&] {
      guest();
      eventfd_write(done.get(), 1);
    });
    EXPECT_EQ(serve_cards({&server}, wait), BridgeWake::kWatched);
    result.get();
  }

  std::unique_ptr<BridgeEndpoint> endpoint;
  UniqueFd done;
  std::unique_ptr<Dut> dut;
  ProgrammedCard card;
  std::vector<std::string> events;
  CardServer server;
  BridgeWait wait{{endpoint.get()}};
};

/// An interrupt-driven 8250 driver for both ports: sends each port's bytes and collects what comes
/// back.
class TwoPortDriver {
 public:
  TwoPortDriver(Guest& card, std::size_t bytes) : card_(card) {
    std::mt19937 random(1);
    for (Port& port : ports_) {
      port.to_send.resize(bytes);
      for (auto& byte : port.to_send) byte = std::uint8_t(random());
    }
  }

  /// False where no interrupt came for a while before all bytes were back.
  bool run() {
    for (std::uint8_t i = 0; i < 2; ++i) {
      card_.out(i, reg::kLcr, lcr::kDivisorLatch | 3);
      card_.out(i, reg::kDll, 1);
      card_.out(i, reg::kDlm, 0);
      card_.out(i, reg::kLcr, 3);
      card_.out(i, reg::kFcr, 0x81);
      card_.out(i, reg::kIer, ier::kReceived | ier::kThrEmpty | ier::kLineStatus);
    }
    while (!complete()) {
      pollfd fd{card_.driver.intx().trigger_fd(), POLLIN, 0};
      if (::poll(&fd, 1, 20'000) != 1) return false;
      eventfd_t count;
      eventfd_read(fd.fd, &count);
      for (bool handled = true; handled;) {
        handled = serve(0);
        handled |= serve(1);
      }
      card_.driver.intx().unmask();
    }
    return true;
  }

  bool all_came_back() const {
    return ports_[0].received == ports_[0].to_send && ports_[1].received == ports_[1].to_send;
  }
  unsigned overruns() const { return overruns_; }

 private:
  struct Port {
    Bytes to_send, received;
    std::size_t sent = 0;
  };

  bool complete() const {
    return ports_[0].received.size() >= ports_[0].to_send.size() &&
           ports_[1].received.size() >= ports_[1].to_send.size();
  }

  bool serve(std::uint8_t index) {
    if (card_.in(index, reg::kIir) & iir::kNone) return false;
    Port& port = ports_[index];
    std::uint8_t status;
    while ((status = card_.in(index, reg::kLsr)) & lsr::kDataReady) {
      if (status & lsr::kOverrun) ++overruns_;
      port.received.push_back(card_.in(index, reg::kRbr));
    }
    if (!(status & lsr::kThrEmpty)) return true;
    for (int room = 16; room > 0 && port.sent < port.to_send.size(); --room)
      card_.out(index, reg::kThr, port.to_send[port.sent++]);
    if (port.sent == port.to_send.size())
      card_.out(index, reg::kIer, ier::kReceived | ier::kLineStatus);
    return true;
  }

  Guest& card_;
  Port ports_[2];
  unsigned overruns_ = 0;
};

TEST(CardServer, answers_configuration_and_io) {
  ServedCard card("free");
  card.run([&] {
    EXPECT_EQ(card.driver.read(kConfig, 0, 4).data, 0x32534348u);
    EXPECT_EQ(card.driver.read(kConfig, 0x61, 1).data, unsigned('C'));
    EXPECT_EQ(card.in(0, reg::kLsr), 0xff) << "I/O is not enabled: master abort";
    card.enable_io();
    EXPECT_EQ(card.in(0, reg::kLsr), 0x60);
    EXPECT_EQ(card.in(1, reg::kLsr), 0x60);
    card.out(1, reg::kScr, 0x5a);
    EXPECT_EQ(card.driver.read(1, 4, 4).data, 0x5a006000u) << "MCR, LSR, MSR, SCR";
  });
}

TEST(CardServer, resets_and_says_so) {
  ServedCard card("free");
  card.run([&] {
    card.driver.reset(MTTY_BRIDGE_POWER_ON);
    card.enable_io();
    card.out(0, reg::kScr, 1);
    card.driver.reset(MTTY_BRIDGE_RST);
    EXPECT_EQ(card.driver.read(kConfig, 4, 2).data, 0u);
    card.enable_io();
    EXPECT_EQ(card.in(0, reg::kScr), 0);
    card.driver.reset(MTTY_BRIDGE_POWER_OFF);
  });
  const std::vector<std::string> expected{"the card was opened", "the card was reset",
                                          "the card was closed"};
  EXPECT_EQ(card.events, expected);
}

TEST(CardServer, pace_guest_loses_nothing_of_an_interrupt_driven_transfer_on_both_ports) {
  ServedCard card("guest");
  TwoPortDriver guest(card, 2000);
  card.run([&] {
    card.enable_io();
    EXPECT_TRUE(guest.run()) << "no interrupt came";
  });
  EXPECT_EQ(guest.overruns(), 0u);
  EXPECT_TRUE(guest.all_came_back());
}

/// A simulator process that keeps its card in a file, until it is killed.
[[noreturn]] void serve_kept(BridgeEndpoint& endpoint, const std::string& file) {
  const auto dut = make_dut("tlm", 2);
  ProgrammedCard card(2);
  dut->observe(card);
  StateFile state(file, "a card");
  if (!state.empty()) {
    if (!state.find(endpoint.requests())) _exit(3);
    state.restore([&](StateReader& reader) { reader(card, *dut); });
  }
  PaceSetting pace = PaceSetting::parse("guest");
  pace.patience = seconds(20);  // on a busy machine the driver may be away for long
  CardServer server(endpoint, *dut, card, pace, [](const std::string&) {});
  const auto keep = [&] {
    state.keep(endpoint.requests(), [&](StateWriter& writer) { writer(card, *dut); });
  };
  keep();
  server.keep_by(keep);
  BridgeWait wait{{&endpoint}};
  serve_cards({&server}, wait);
  _exit(4);
}

// Whatever instruction it is at when it is killed, the guest's driver gets each byte back once.
TEST(KeptCard, a_transfer_goes_on_over_simulators_that_are_killed) {
  constexpr int kKills = 150;
  std::string folder = (std::filesystem::temp_directory_path() / "kept-card-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  Guest guest;
  const auto start = [&] {
    auto endpoint = guest.driver.attach(MTTY_BRIDGE_RETURNS | MTTY_BRIDGE_RESTORED);
    const pid_t child = fork();
    if (child == 0) serve_kept(*endpoint, folder + "/state");
    return child;
  };

  pid_t simulator = start();
  guest.enable_io();
  TwoPortDriver driver(guest, 20'000);
  auto transfer = std::async(std::launch::async, [&] { return driver.run(); });
  std::mt19937 random(1);
  int kills = 0;
  for (; kills < kKills; ++kills) {
    const auto life = std::chrono::microseconds(2000 + random() % 8000);
    if (transfer.wait_for(life) == std::future_status::ready) break;
    kill(simulator, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(simulator, &status, 0), simulator);
    ASSERT_TRUE(WIFSIGNALED(status)) << "ended by itself, with " << WEXITSTATUS(status);
    ASSERT_TRUE(guest.driver.wait_detached(Clock::now() + seconds(20)));
    simulator = start();
  }
  EXPECT_TRUE(transfer.get()) << "no interrupt came";
  EXPECT_EQ(driver.overruns(), 0u);
  EXPECT_TRUE(driver.all_came_back());
  EXPECT_GE(kills, 20) << "the transfer was over too soon";
  kill(simulator, SIGKILL);
  waitpid(simulator, nullptr, 0);
  std::filesystem::remove_all(folder);
}

class IdleCard : public testing::TestWithParam<const char*> {};

// As long as nobody asks it anything, a card needs no CPU.
TEST_P(IdleCard, is_waited_for_without_end) {
  UserStandIn driver;
  const auto endpoint = driver.attach();
  const auto dut = make_dut("tlm", 2);
  const ProgrammedCard card(2);
  dut->plug(dut->now(), 0, Plug::kNullModem);
  CardServer server(*endpoint, *dut, card, PaceSetting::parse(GetParam()),
                    [](const std::string&) {});
  const auto deadline = Clock::now() + seconds(20);
  do server.step();
  while (server.next_step() != CardServer::Moment::max() && Clock::now() < deadline);
  EXPECT_EQ(server.next_step(), CardServer::Moment::max());
}
INSTANTIATE_TEST_SUITE_P(Paces, IdleCard, testing::Values("guest", "free", "wall"));

/// A guest that comes back before the longest look is over, from access to access: as fast as it
/// can, and after a pause.
class BusyCard : public testing::TestWithParam<milliseconds> {};

TEST_P(BusyCard, does_not_keep_a_signal_waiting) {
  ServedCard card("guest");
  card.wait.set_spin(seconds(20));
  std::atomic<bool> ended{false};
  bool in_time = false;
  auto guest = std::async(std::launch::async, [&] {
    card.enable_io();
    for (int i = 0; i < 100; ++i) card.in(0, reg::kLsr);
    eventfd_write(card.done.get(), 1);
    for (const auto begin = Clock::now(); !ended && Clock::now() - begin < seconds(3);) {
      std::this_thread::sleep_for(GetParam());
      if (!ended) card.in(0, reg::kLsr);
    }
    in_time = ended;
  });
  EXPECT_EQ(serve_cards({&card.server}, card.wait), BridgeWake::kWatched);
  ended = true;
  card.endpoint.reset();
  guest.get();
  EXPECT_TRUE(in_time);
}

INSTANTIATE_TEST_SUITE_P(Pauses, BusyCard, testing::Values(milliseconds(0), milliseconds(20)),
                         [](const auto& info) {
                           return std::to_string(info.param.count()) + "_ms";
                         });

// Twelve guests at once, each with both ports busy; none waits for another.
TEST(ServeCards, serves_many_in_one_thread) {
  constexpr unsigned kCards = 12;
  std::array<Guest, kCards> guests;
  const auto duts = make_duts("tlm", std::vector<unsigned>(kCards, 2));
  std::vector<std::unique_ptr<BridgeEndpoint>> endpoints;
  std::vector<BridgeEndpoint*> ends;
  std::deque<ProgrammedCard> cards;
  std::deque<CardServer> servers;
  std::vector<CardServer*> all;
  const auto nothing = [](const std::string&) {};
  for (unsigned i = 0; i < kCards; ++i) {
    ends.push_back(endpoints.emplace_back(guests[i].driver.attach()).get());
    cards.emplace_back(2);
    duts[i]->observe(cards[i]);
    servers.emplace_back(*ends[i], *duts[i], cards[i], PaceSetting::parse("guest"), nothing);
    all.push_back(&servers[i]);
  }
  const UniqueFd done(eventfd(0, EFD_CLOEXEC));
  BridgeWait wait(ends);
  wait.watch(done.get());

  std::atomic<unsigned> left{kCards};
  std::vector<std::future<bool>> results;
  for (Guest& guest : guests)
    results.push_back(std::async(std::launch::async, [&] {
      guest.enable_io();
      TwoPortDriver driver(guest, 500);
      const bool whole = driver.run() && driver.all_came_back() && driver.overruns() == 0;
      if (--left == 0) eventfd_write(done.get(), 1);
      return whole;
    }));
  EXPECT_EQ(serve_cards(all, wait), BridgeWake::kWatched);
  for (unsigned i = 0; i < kCards; ++i) EXPECT_TRUE(results[i].get()) << "card " << i;
}

class EveryPace : public testing::TestWithParam<const char*> {};

TEST_P(EveryPace, a_character_comes_back_with_an_interrupt) {
  ServedCard card(GetParam());
  TwoPortDriver guest(card, 1);
  card.run([&] {
    card.enable_io();
    EXPECT_TRUE(guest.run()) << "no interrupt came";
  });
  EXPECT_TRUE(guest.all_came_back());
}
INSTANTIATE_TEST_SUITE_P(Paces, EveryPace,
                         testing::Values("guest", "free", "wall", "wall*100", "wall*0.01"));

TEST(CardServer, pace_guest_stands_still_while_a_polling_guest_has_not_read) {
  ServedCard card("guest");
  card.run([&] {
    card.enable_io();
    card.out(0, reg::kLcr, lcr::kDivisorLatch | 3);
    card.out(0, reg::kDll, 1);
    card.out(0, reg::kLcr, 3);
    card.out(0, reg::kFcr, 1);
    for (unsigned round = 0; round < 64; ++round) {
      card.out(0, reg::kThr, std::uint8_t(round));
      const auto deadline = Clock::now() + seconds(20);
      std::uint8_t status;
      do status = card.in(0, reg::kLsr);
      while (!(status & lsr::kDataReady) && Clock::now() < deadline);
      ASSERT_EQ(status & (lsr::kDataReady | lsr::kOverrun), lsr::kDataReady);
      ASSERT_EQ(card.in(0, reg::kRbr), round);
    }
  });
}

TEST(CardServer, pace_guest_shows_overruns_to_a_guest_that_never_looks) {
  ServedCard card("guest");
  card.run([&] {
    card.enable_io();
    card.out(0, reg::kLcr, lcr::kDivisorLatch | 3);
    card.out(0, reg::kDll, 1);
    card.out(0, reg::kLcr, 3);
    // 16450 mode, no interrupts: two characters, of which the first is not read.
    const auto deadline = Clock::now() + seconds(20);
    card.out(0, reg::kThr, 1);
    while (!(card.in(0, reg::kLsr) & lsr::kThrEmpty) && Clock::now() < deadline) {
    }
    card.out(0, reg::kThr, 2);
    // Time moves on at wall speed 100 ms after the last access: look seldom.
    std::uint8_t status = 0;
    while (!(status & lsr::kOverrun) && Clock::now() < deadline) {
      std::promise<void>().get_future().wait_for(milliseconds(150));
      status |= card.in(0, reg::kLsr);
    }
    EXPECT_TRUE(status & lsr::kOverrun);
    EXPECT_EQ(card.in(0, reg::kRbr), 2);
  });
}

TEST(PaceSetting, reads_what_users_write) {
  EXPECT_EQ(PaceSetting::parse("wall").factor, 1);
  EXPECT_EQ(PaceSetting::parse("wall*2.5").factor, 2.5);
  EXPECT_EQ(PaceSetting::parse("guest").kind, PaceSetting::Kind::kGuest);
  EXPECT_EQ(PaceSetting::parse("free").kind, PaceSetting::Kind::kFree);
  for (const char* bad :
       {"", "wal", "wall*", "wall*0", "wall*-1", "wall*x", "wall*1x", "wall*nan", "guest "})
    EXPECT_THROW(PaceSetting::parse(bad), std::invalid_argument) << bad;
}

TEST(WallTime, maps_both_ways) {
  const auto begin = Clock::now();
  const WallTime wall(begin, 1000, 2.0);
  EXPECT_EQ(wall.clock_at(begin), 1000u);
  EXPECT_EQ(wall.clock_at(begin - seconds(1)), 1000u);
  EXPECT_EQ(wall.clock_at(begin + std::chrono::microseconds(3)), 1200u);
  EXPECT_EQ(wall.moment_of(kNever), Clock::time_point::max());
  for (const mtty::Clock clock : {1000u, 1001u, 77777u})
    EXPECT_GE(wall.clock_at(wall.moment_of(clock)), clock);
}

}  // namespace
}  // namespace mtty
