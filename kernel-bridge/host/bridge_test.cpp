// SPDX-License-Identifier: Apache-2.0
// The protocol of uapi/mtty_bridge.h, between the endpoint and the user-space stand-in of the
// driver.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <functional>
#include <future>

#include "kernel-bridge/host/bridge_node.h"
#include "kernel-bridge/host/user_stand_in.h"

namespace mtty {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;
using Outcome = UserStandIn::Outcome;

constexpr uint8_t kBar0 = 0;
constexpr uint8_t kConfig = 7;

Clock::time_point soon() { return Clock::now() + seconds(20); }

// Serves `count` requests with `answer`; false where one did not come in time.
using Answer = std::function<void(BridgeEndpoint&, const BridgeRequest&)>;
bool serve(BridgeEndpoint& endpoint, int count, const Answer& answer) {
  const auto deadline = soon();
  while (count > 0) {
    if (const auto request = endpoint.poll()) {
      answer(endpoint, *request);
      --count;
    } else if (endpoint.wait(deadline) != BridgeWake::kRequest) {
      return false;
    }
  }
  return true;
}

void answer_zero(BridgeEndpoint& endpoint, const BridgeRequest& request) {
  endpoint.respond(request, 0, MTTY_BRIDGE_OK, false);
}

bool triggered(const IntxLine& intx, milliseconds within) {
  pollfd fd{intx.trigger_fd(), POLLIN, 0};
  if (::poll(&fd, 1, static_cast<int>(within.count())) != 1) return false;
  eventfd_t count;
  return eventfd_read(fd.fd, &count) == 0;
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = soon();
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(BridgeWord, RequestFieldsAtTheirLimitsComeBack) {
  for (const uint8_t size : {1, 2, 4}) {
    for (const uint8_t op : {MTTY_BRIDGE_READ, MTTY_BRIDGE_WRITE, MTTY_BRIDGE_RESET}) {
      for (const uint8_t region : {0, 1, 7, 15}) {
        for (const uint8_t offset : {0, 1, 128, 255}) {
          const BridgeRequest in{0xffff, op, region, offset, size, 0xdeadbeef};
          const auto out = mtty_bridge_unpack_request(mtty_bridge_pack_request(in));
          EXPECT_EQ(out.seq, in.seq);
          EXPECT_EQ(out.op, in.op);
          EXPECT_EQ(out.region, in.region);
          EXPECT_EQ(out.offset, in.offset);
          EXPECT_EQ(out.size, in.size);
          EXPECT_EQ(out.data, in.data);
        }
      }
    }
  }
}

TEST(BridgeWord, FieldsLieWhereTheHeaderSays) {
  EXPECT_EQ(mtty_bridge_pack_request({0x1234, MTTY_BRIDGE_WRITE, 7, 0x56, 4, 0x789abcde}),
            0x1234'6756'789a'bcdeu);
  EXPECT_EQ(mtty_bridge_pack_response({0x1234, MTTY_BRIDGE_TARGET_ABORT, 1, 0x789abcde}),
            0x1234'0102'789a'bcdeu);
  EXPECT_EQ(mtty_bridge_pack_request({}), 0u);  // a fresh page holds a request that is answered
  EXPECT_EQ(mtty_bridge_pack_response({}), 0u);
}

TEST(BridgeWord, ResponseFieldsComeBack) {
  for (const uint8_t intx : {0, 1}) {
    const mtty_bridge_response in{0x8001, 0xff, intx, 0x80000001};
    const auto out = mtty_bridge_unpack_response(mtty_bridge_pack_response(in));
    EXPECT_EQ(out.seq, in.seq);
    EXPECT_EQ(out.status, in.status);
    EXPECT_EQ(out.intx, in.intx);
    EXPECT_EQ(out.data, in.data);
  }
}

TEST(BridgeWord, AnySixtyFourBitsUnpackToASizeThatTheCodeKnows) {
  for (uint64_t size_field = 0; size_field < 4; ++size_field)
    EXPECT_LE(mtty_bridge_unpack_request(size_field << 44).size, 8);
}

TEST(BridgeWord, AllOnesOfEachSize) {
  EXPECT_EQ(mtty_bridge_all_ones(1), 0xffu);
  EXPECT_EQ(mtty_bridge_all_ones(2), 0xffffu);
  EXPECT_EQ(mtty_bridge_all_ones(4), 0xffffffffu);
}

TEST(Bridge, EveryOpArrivesAsItWasIssued) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  std::vector<BridgeRequest> seen;
  auto simulator = std::async(std::launch::async, [&] {
    return serve(*endpoint, 4, [&](BridgeEndpoint& end, const BridgeRequest& request) {
      seen.push_back(request);
      end.respond(request, 0xa1b2c3d4, MTTY_BRIDGE_OK, false);
    });
  });
  EXPECT_EQ(stand_in.read(kConfig, 0xfc, 4).data, 0xa1b2c3d4u);
  EXPECT_EQ(stand_in.read(kBar0, 5, 1).data, 0xd4u);
  EXPECT_EQ(stand_in.write(kBar0, 2, 2, 0x55aa).outcome, Outcome::kAnswered);
  EXPECT_EQ(stand_in.reset(MTTY_BRIDGE_RST).outcome, Outcome::kAnswered);
  ASSERT_TRUE(simulator.get());

  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0].op, MTTY_BRIDGE_READ);
  EXPECT_EQ(seen[0].region, kConfig);
  EXPECT_EQ(seen[0].offset, 0xfc);
  EXPECT_EQ(seen[0].size, 4);
  EXPECT_EQ(seen[2].op, MTTY_BRIDGE_WRITE);
  EXPECT_EQ(seen[2].size, 2);
  EXPECT_EQ(seen[2].data, 0x55aau);
  EXPECT_EQ(seen[3].op, MTTY_BRIDGE_RESET);
  EXPECT_EQ(seen[3].data, static_cast<uint32_t>(MTTY_BRIDGE_RST));
}

TEST(Bridge, AnAbortReadsAllOnes) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  auto simulator = std::async(std::launch::async, [&] {
    return serve(*endpoint, 1, [](BridgeEndpoint& end, const BridgeRequest& request) {
      end.respond(request, 0, MTTY_BRIDGE_MASTER_ABORT, false);
    });
  });
  EXPECT_EQ(stand_in.read(kBar0, 0, 2).data, 0xffffu);
  EXPECT_TRUE(simulator.get());
}

TEST(Bridge, PollGivesARequestOnce) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  EXPECT_FALSE(endpoint->poll());
  auto user = std::async(std::launch::async, [&] { return stand_in.read(kBar0, 0, 1); });
  ASSERT_EQ(endpoint->wait(soon()), BridgeWake::kRequest);
  const auto request = endpoint->poll();
  ASSERT_TRUE(request);
  EXPECT_FALSE(endpoint->poll());
  endpoint->respond(*request, 0x42, MTTY_BRIDGE_OK, false);
  EXPECT_EQ(user.get().data, 0x42u);
  EXPECT_FALSE(endpoint->poll());
}

TEST(Bridge, WaitEndsAtItsDeadline) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  const auto deadline = Clock::now() + milliseconds(5);
  EXPECT_EQ(endpoint->wait(deadline), BridgeWake::kDeadline);
  EXPECT_GE(Clock::now(), deadline);
  EXPECT_EQ(endpoint->wait(Clock::now() - seconds(1)), BridgeWake::kDeadline);
  EXPECT_EQ(endpoint->look(), BridgeWake::kDeadline);
}

TEST(Bridge, WaitEndsForAWatchedDescriptor) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  const UniqueFd event(eventfd(0, EFD_CLOEXEC));
  endpoint->watch(event.get());
  auto other = std::async(std::launch::async, [&] { eventfd_write(event.get(), 1); });
  EXPECT_EQ(endpoint->wait(soon()), BridgeWake::kWatched);
  EXPECT_EQ(endpoint->look(), BridgeWake::kWatched);
}

TEST(Bridge, BothSidesSleepAndAreWoken) {
  UserStandIn::Options options;
  options.spin = nanoseconds(0);
  UserStandIn stand_in(options);
  const auto endpoint = stand_in.attach();
  endpoint->set_spin(nanoseconds(0));
  constexpr int kCount = 200;
  auto simulator = std::async(std::launch::async, [&] {
    return serve(*endpoint, kCount, [](BridgeEndpoint& end, const BridgeRequest& request) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));  // longer than any look
      end.respond(request, request.offset, MTTY_BRIDGE_OK, false);
    });
  });
  for (int i = 0; i < kCount; ++i) {
    const auto result = stand_in.read(kConfig, static_cast<uint8_t>(i), 1);
    ASSERT_EQ(result.outcome, Outcome::kAnswered);
    ASSERT_EQ(result.data, static_cast<uint8_t>(i));
  }
  EXPECT_TRUE(simulator.get());
  EXPECT_GE(stand_in.sleeps(), static_cast<uint64_t>(kCount) / 2);
}

// A pause of a length that differs each time, up to a few times the shortest look of either side.
class Pause {
 public:
  void operator()() {
    noise_ = noise_ * 1664525 + 1013904223;
    for (uint32_t i = 0; i < noise_ >> 24; ++i) cpu_relax();
  }

 private:
  uint32_t noise_ = 1;
};

// One side answers at once, so that the other's pause decides: what it publishes comes just when
// the first side stops looking and goes to sleep. A lost wakeup ends in the access's timeout.
void expect_no_wakeup_lost(bool pause_before_request, bool pause_before_answer) {
  UserStandIn::Options options;
  options.timeout = seconds(10);
  options.spin = pause_before_answer ? std::chrono::microseconds(2) : std::chrono::seconds(1);
  UserStandIn stand_in(options);
  const auto endpoint = stand_in.attach();
  endpoint->set_spin(pause_before_request ? nanoseconds(1000) : seconds(1));
  constexpr int kCount = 30000;
  auto simulator = std::async(std::launch::async, [&] {
    Pause pause;
    return serve(*endpoint, kCount, [&](BridgeEndpoint& end, const BridgeRequest& request) {
      if (pause_before_answer) pause();
      end.respond(request, ~request.data, MTTY_BRIDGE_OK, false);
    });
  });
  Pause pause;
  for (uint32_t i = 0; i < kCount; ++i) {
    if (pause_before_request) pause();
    const auto result = stand_in.access({0, MTTY_BRIDGE_WRITE, kBar0, 0, 4, i});
    ASSERT_EQ(result.outcome, Outcome::kAnswered) << "access " << i;
    ASSERT_EQ(result.data, ~i);
  }
  EXPECT_TRUE(simulator.get());
}

TEST(Bridge, NoWakeupOfTheSimulatorIsLost) { expect_no_wakeup_lost(true, false); }

TEST(Bridge, NoWakeupOfTheDriverIsLost) { expect_no_wakeup_lost(false, true); }

TEST(Bridge, SeveralUsersAreServedOneAtATime) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  constexpr int kEach = 2000;
  const auto user = [&](uint8_t offset) {
    int wrong = 0;
    for (int i = 0; i < kEach; ++i) wrong += stand_in.read(kConfig, offset, 1).data != offset;
    return wrong;
  };
  auto one = std::async(std::launch::async, user, 1);
  auto two = std::async(std::launch::async, user, 2);
  EXPECT_TRUE(serve(*endpoint, 2 * kEach, [](BridgeEndpoint& end, const BridgeRequest& request) {
    end.respond(request, request.offset, MTTY_BRIDGE_OK, false);
  }));
  EXPECT_EQ(one.get(), 0);
  EXPECT_EQ(two.get(), 0);
}

TEST(Bridge, AHungSimulatorCostsOneTimeoutAndItsLateAnswerIsDropped) {
  UserStandIn::Options options;
  options.timeout = milliseconds(20);
  UserStandIn stand_in(options);
  const auto endpoint = stand_in.attach();

  const auto first = stand_in.read(kBar0, 0, 1);
  EXPECT_EQ(first.outcome, Outcome::kTimeout);
  EXPECT_EQ(first.data, 0xffu);

  const auto begin = Clock::now();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(stand_in.read(kBar0, 1, 1).outcome, Outcome::kTimeout);
  EXPECT_LT(Clock::now() - begin, 100 * options.timeout / 4) << "each access waited again";

  // It wakes up: it has seen the first access only, and the late answer is not the next one's.
  const auto late = endpoint->poll();
  ASSERT_TRUE(late);
  EXPECT_EQ(late->offset, 0);
  endpoint->respond(*late, 0x11, MTTY_BRIDGE_OK, false);
  auto user = std::async(std::launch::async, [&] { return stand_in.read(kBar0, 2, 1); });
  EXPECT_TRUE(serve(*endpoint, 1, [](BridgeEndpoint& end, const BridgeRequest& request) {
    EXPECT_EQ(request.offset, 2);
    end.respond(request, 0x22, MTTY_BRIDGE_OK, false);
  }));
  EXPECT_EQ(user.get().data, 0x22u);
}

TEST(Bridge, ALateAnswerStillBringsItsInterrupt) {
  UserStandIn::Options options;
  options.timeout = milliseconds(5);
  UserStandIn stand_in(options);
  const auto endpoint = stand_in.attach();
  EXPECT_EQ(stand_in.read(kBar0, 0, 1).outcome, Outcome::kTimeout);
  const auto late = endpoint->poll();
  ASSERT_TRUE(late);
  endpoint->respond(*late, 0, MTTY_BRIDGE_OK, true);
  EXPECT_TRUE(triggered(stand_in.intx(), seconds(20)));
}

TEST(Bridge, WithoutASimulatorEverythingReadsAllOnes) {
  UserStandIn stand_in;
  EXPECT_EQ(stand_in.read(kConfig, 0, 4).outcome, Outcome::kNoSimulator);
  EXPECT_EQ(stand_in.read(kConfig, 0, 4).data, 0xffffffffu);
  EXPECT_FALSE(stand_in.post({0, MTTY_BRIDGE_RESET, 0, 0, 4, MTTY_BRIDGE_POWER_OFF}));
}

TEST(Bridge, ASimulatorKilledInsideAnAccessEndsItAndAnotherTakesOver) {
  UserStandIn stand_in;
  auto endpoint = stand_in.attach();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    while (endpoint->wait() != BridgeWake::kRequest) {
    }
    endpoint->poll();
    raise(SIGKILL);  // it has the request, and never answers
  }
  endpoint.reset();

  const auto begin = Clock::now();
  const auto result = stand_in.read(kBar0, 0, 1);
  EXPECT_EQ(result.outcome, Outcome::kNoSimulator);
  EXPECT_EQ(result.data, 0xffu);
  EXPECT_LT(Clock::now() - begin, seconds(3)) << "ended by the timeout, not by the death";
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  ASSERT_TRUE(stand_in.wait_detached(soon()));

  const auto again = stand_in.attach();
  auto user = std::async(std::launch::async, [&] { return stand_in.read(kBar0, 0, 1); });
  EXPECT_TRUE(serve(*again, 1, answer_zero));
  EXPECT_EQ(user.get().data, 0u);
}

TEST(Bridge, AnAccessWaitsForASimulatorThatReturns) {
  UserStandIn stand_in;
  auto endpoint = stand_in.attach(MTTY_BRIDGE_RETURNS);
  auto user = std::async(std::launch::async, [&] { return stand_in.read(kBar0, 0, 1).data; });
  EXPECT_TRUE(serve(*endpoint, 1, answer_zero));
  EXPECT_EQ(user.get(), 0u);

  user = std::async(std::launch::async, [&] { return stand_in.read(kBar0, 3, 1).data; });
  ASSERT_TRUE(eventually([&] { return endpoint->poll().has_value(); }));
  EXPECT_EQ(endpoint->requests(), 2u);
  endpoint.reset();  // it has the request, and never answers
  ASSERT_TRUE(stand_in.wait_detached(soon()));

  const auto again = stand_in.attach(MTTY_BRIDGE_RETURNS | MTTY_BRIDGE_RESTORED);
  EXPECT_EQ(again->requests(), 1u) << "what was not answered does not count";
  EXPECT_TRUE(serve(*again, 1, [](BridgeEndpoint& end, const BridgeRequest& request) {
    EXPECT_EQ(request.seq, 2u);
    EXPECT_EQ(request.offset, 3u);
    end.respond(request, 0x5a, MTTY_BRIDGE_OK, false);
  }));
  EXPECT_EQ(user.get(), 0x5au);
  EXPECT_EQ(again->requests(), 2u);
}

TEST(Bridge, ASimulatorThatDoesNotReturnIsWaitedForOnce) {
  UserStandIn::Options options;
  options.timeout = milliseconds(200);
  UserStandIn stand_in(options);
  stand_in.attach(MTTY_BRIDGE_RETURNS).reset();
  ASSERT_TRUE(stand_in.wait_detached(soon()));
  auto begin = Clock::now();
  EXPECT_EQ(stand_in.read(kBar0, 0, 1).data, 0xffu);
  EXPECT_GE(Clock::now() - begin, options.timeout);
  begin = Clock::now();
  EXPECT_EQ(stand_in.read(kBar0, 0, 1).data, 0xffu);
  EXPECT_LT(Clock::now() - begin, options.timeout);
}

TEST(Bridge, TheEndOfTheCardEndsTheSimulatorsWait) {
  auto stand_in = std::make_unique<UserStandIn>();
  const auto endpoint = stand_in->attach();
  auto simulator = std::async(std::launch::async, [&] { return endpoint->wait(soon()); });
  stand_in.reset();
  EXPECT_EQ(simulator.get(), BridgeWake::kClosed);
  EXPECT_TRUE(endpoint->closed());
  EXPECT_EQ(endpoint->look(), BridgeWake::kClosed);
}

TEST(Bridge, APostIsDeliveredWithoutAWaiter) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  ASSERT_TRUE(stand_in.post({0, MTTY_BRIDGE_RESET, 0, 0, 4, MTTY_BRIDGE_POWER_OFF}));
  EXPECT_TRUE(serve(*endpoint, 1, [](BridgeEndpoint& end, const BridgeRequest& request) {
    EXPECT_EQ(request.data, static_cast<uint32_t>(MTTY_BRIDGE_POWER_OFF));
    end.respond(request, 0, MTTY_BRIDGE_OK, true);
  }));
  EXPECT_TRUE(triggered(stand_in.intx(), seconds(20))) << "nobody waits: the answer has to ring";
}

TEST(Bridge, TheRequestPageIsReadOnlyForTheSimulator) {
  const UniqueFd memory(memfd_create("page", MFD_CLOEXEC));
  ASSERT_EQ(ftruncate(memory.get(), static_cast<off_t>(BridgePage::size())), 0);
  const BridgePage page(memory.get(), 0, false);
  EXPECT_DEATH(__atomic_store_n(&page.get()->word, 1, __ATOMIC_RELAXED), "");
}

TEST(Intx, TheLevelSignalsOnceUntilUnmaskedAndAgainWhileHigh) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  endpoint->set_intx(true);
  EXPECT_TRUE(triggered(stand_in.intx(), seconds(20)));
  EXPECT_TRUE(stand_in.intx().level());
  EXPECT_FALSE(triggered(stand_in.intx(), milliseconds(20))) << "automasked";
  stand_in.intx().unmask();
  EXPECT_TRUE(triggered(stand_in.intx(), seconds(20))) << "still high";
  endpoint->set_intx(false);
  ASSERT_TRUE(eventually([&] { return !stand_in.intx().level(); }));
  stand_in.intx().unmask();
  EXPECT_FALSE(triggered(stand_in.intx(), milliseconds(20))) << "low";
}

TEST(Intx, AMaskedLineSignalsWhenUnmasked) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  stand_in.intx().mask();
  endpoint->set_intx(true);
  ASSERT_TRUE(eventually([&] { return stand_in.intx().level(); }));
  EXPECT_FALSE(triggered(stand_in.intx(), milliseconds(20)));
  stand_in.intx().unmask();
  EXPECT_TRUE(triggered(stand_in.intx(), seconds(20)));
}

TEST(Intx, DropsWithTheSimulator) {
  UserStandIn stand_in;
  auto endpoint = stand_in.attach();
  endpoint->set_intx(true);
  ASSERT_TRUE(eventually([&] { return stand_in.intx().level(); }));
  endpoint.reset();
  EXPECT_TRUE(eventually([&] { return !stand_in.intx().level(); }));
}

// One thread rings after each change while another goes on taking over what it saw with an answer.
// After a ring the level is and stays the one that was rung, however late the other thread is.
TEST(Intx, AnAnswerNeverUndoesARingThatOvertookIt) {
  IntxLine line;
  mtty_bridge_page response{};
  std::atomic<bool> done{false};
  auto answers = std::async(std::launch::async, [&] {
    while (!done) line.follow(response);
  });
  int undone = 0;
  for (int i = 0; i < 100'000; ++i) {
    const uint8_t level = i % 2 == 0;
    const mtty_bridge_response word{0, MTTY_BRIDGE_OK, level, 0};
    __atomic_store_n(&response.word, mtty_bridge_pack_response(word), __ATOMIC_SEQ_CST);
    line.follow(response);
    for (int look = 0; look < 20; ++look) {
      undone += line.level() != (level != 0);
      cpu_relax();
    }
  }
  done = true;
  answers.get();
  EXPECT_EQ(undone, 0);
}

// As an interrupt handler does: signal, a read that takes the cause away, unmask. The card has the
// next cause at once, so that its ring races with the answer and with the unmask.
TEST(Intx, NoInterruptIsLostOrSpurious) {
  UserStandIn stand_in;
  const auto endpoint = stand_in.attach();
  constexpr int kRounds = 3000;
  auto handler = std::async(std::launch::async, [&] {
    for (int i = 1; i <= kRounds; ++i) {
      if (!triggered(stand_in.intx(), seconds(20))) return i;
      if (stand_in.read(kBar0, 2, 1).data != 1) return i;
      stand_in.intx().unmask();
    }
    return 0;
  });
  for (int i = 1; i <= kRounds; ++i) {
    endpoint->set_intx(true);
    ASSERT_TRUE(serve(*endpoint, 1,
                      [](BridgeEndpoint& end, const BridgeRequest& request) {
                        end.respond(request, 1, MTTY_BRIDGE_OK, false);
                      }))
        << "interrupt " << i << " lost";
  }
  EXPECT_EQ(handler.get(), 0) << "interrupt lost";
  EXPECT_FALSE(triggered(stand_in.intx(), milliseconds(20)));
}

TEST(AttachCard, AMalformedUuidIsSaidSo) {
  try {
    attach_card("mtty0");
    FAIL() << "attached to nothing";
  } catch (const BridgeError& error) {
    EXPECT_STREQ(error.what(), "'mtty0' is no UUID: it has the form 8-4-4-4-12 hexadecimal digits");
  }
}

TEST(AttachCard, WithoutTheModuleItSaysWhatToDo) {
  if (access("/dev/" MTTY_BRIDGE_NODE, F_OK) == 0) GTEST_SKIP() << "the module is loaded here";
  try {
    attach_card("83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
    FAIL() << "attached to nothing";
  } catch (const BridgeError& error) {
    EXPECT_STREQ(error.what(), "no /dev/mtty-bridge: the module is not loaded (modprobe mtty)");
  }
}

}  // namespace
}  // namespace mtty
