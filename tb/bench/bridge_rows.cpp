// SPDX-License-Identifier: Apache-2.0
// What it costs to get an access from the driver's side of the bridge to the model and back.
#include <sched.h>
#include <sys/eventfd.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "kernel-bridge/host/card_server.h"
#include "kernel-bridge/host/user_stand_in.h"
#include "tb/bench/busy_ports.h"
#include "tb/bench/rows.h"

namespace mtty::bench {
namespace {

using Round = std::function<Lap()>;

constexpr std::uint8_t kConfigRegion = 7;
constexpr unsigned kTrips = 2000, kSleepingTrips = 200;

/// The calling thread stays on the first or second CPU that the process may use.
void stay_on(unsigned which) {
  cpu_set_t allowed, one;
  sched_getaffinity(0, sizeof allowed, &allowed);
  for (unsigned cpu = 0, found = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || found++ != which) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) == 0) return;
  }
  throw std::runtime_error("two CPUs are needed to measure what goes between them");
}

/// A card that a thread on the other CPU serves for ever. Not destroyed: the process ends with it.
class ServedCard {
 public:
  explicit ServedCard(std::chrono::nanoseconds spin) : driver_({2, std::chrono::seconds(3), spin}) {
    std::thread([spin, endpoint = driver_.attach()] {
      stay_on(1);
      const auto dut = make_dut("tlm", 2);
      ProgrammedCard card(2);
      dut->observe(card);
      CardServer server(*endpoint, *dut, card, PaceSetting::parse("free"), [](const auto&) {});
      BridgeWait wait({endpoint.get()});
      wait.set_spin(spin);
      serve_cards({&server}, wait);
    }).detach();
    stay_on(0);
    driver_.write(kConfigRegion, pci::kBar0, 4, kBar0);
    driver_.write(kConfigRegion, pci::kCommandStatus, 2, pci::kCommandIo);
    if (read() != 0x60) throw std::runtime_error("the card does not answer");
  }

  std::uint32_t read() { return driver_.read(0, reg::kLsr, 1).data; }

 private:
  UserStandIn driver_;
};

Contender served(std::chrono::nanoseconds spin, unsigned trips) {
  return {[=]() -> Round {
    auto* card = new ServedCard(spin);
    return [=] {
      return wall_lap([=] {
        for (unsigned i = 0; i < trips; ++i) card->read();
        return trips;
      });
    };
  }};
}

struct alignas(64) Line {
  std::atomic<unsigned> count{0};
};

/// A count goes to the other CPU and back: on one cache line, or on a line each way.
Contender ping_pong(unsigned lines) {
  return {[=]() -> Round {
    auto* there = new Line;
    auto* back = lines == 1 ? there : new Line;
    std::thread([=] {
      stay_on(1);
      for (unsigned i = 1;; i += 2) {
        while (there->count.load(std::memory_order_acquire) != i) cpu_relax();
        back->count.store(i + 1, std::memory_order_release);
      }
    }).detach();
    stay_on(0);
    return [=, i = 0u]() mutable {
      return wall_lap([&] {
        for (unsigned trip = 0; trip < kTrips; ++trip) {
          there->count.store(i + 1, std::memory_order_release);
          i += 2;
          while (back->count.load(std::memory_order_acquire) != i) cpu_relax();
        }
        return kTrips;
      });
    };
  }};
}

/// The same where both sleep in the kernel.
Round eventfd_ping_pong() {
  const int there = eventfd(0, EFD_CLOEXEC), back = eventfd(0, EFD_CLOEXEC);
  if (there < 0 || back < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  std::thread([=] {
    stay_on(1);
    eventfd_t count;
    while (eventfd_read(there, &count) == 0) eventfd_write(back, 1);
  }).detach();
  stay_on(0);
  return [=] {
    return wall_lap([=] {
      eventfd_t count;
      for (unsigned trip = 0; trip < kSleepingTrips; ++trip) {
        eventfd_write(there, 1);
        if (eventfd_read(back, &count) != 0) return 0.0;
      }
      return double(kSleepingTrips);
    });
  };
}

}  // namespace

std::vector<Row> bridge_rows() {
  using std::chrono::nanoseconds;
  return {
      {"shm_round_trip",
       "LSR read through the bridge, model and all",
       "a bare one-line ping-pong",
       Figure::kTime,
       "ns",
       1e9,
       1.5,
       served(std::chrono::microseconds(200), kTrips),
       {ping_pong(1)},
       101},
      {"shm_two_lines",
       "a bare ping-pong with a line each way",
       "the same on one line",
       Figure::kTime,
       "ns",
       1e9,
       0,
       ping_pong(2),
       {ping_pong(1)},
       101},
      {"shm_round_trip_sleeping",
       "the same, both sides sleeping",
       "an eventfd ping-pong",
       Figure::kTime,
       "us",
       1e6,
       1.2,
       served(nanoseconds(0), kSleepingTrips),
       {{eventfd_ping_pong}},
       31},
  };
}

}  // namespace mtty::bench
