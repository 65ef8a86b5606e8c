// SPDX-License-Identifier: Apache-2.0
// Random traffic for a card, as an access script: so every run can be written down and played
// again.
#pragma once

#include <cstdint>
#include <queue>
#include <random>
#include <vector>

#include "tb/script/script.h"

namespace mtty {

/// Reaches corners: random line settings, divisors, triggers, interrupt enables, loop mode, breaks,
/// glitches, skewed baud, noise on modem lines, resets in the middle, illegal byte enables; with
/// pins also bursts, late IRDY#, FRAME# that ends early, wrong parity, fast back-to-back.
class RandomScript {
 public:
  RandomScript(std::uint64_t seed, unsigned ports, bool pins);

  /// The actions that begin in the next `clocks` clocks, each with its clock.
  std::vector<Action> next(Clock clocks);

 private:
  struct Event {
    Clock at;
    std::uint64_t order;  // of those at one clock, the one that was planned first comes first
    Action action;
    bool operator>(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  struct Port {
    std::uint8_t lcr = 0;
    unsigned divisor = 1;
    bool neglected = false;  // nobody reads RBR
    Clock line_free = 0;     // what is being sent into SIN ends
  };

  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }
  bool chance(unsigned percent) { return below(100) < percent; }

  void plan(Clock at, Action action);
  void bus_activity();
  void reset();
  void enable();
  void set_up();
  void set_line(unsigned port);
  void leave_alone(unsigned port);
  void time_out(unsigned port, Clock character);
  void time_out_as_one_enters(unsigned port, Clock character);
  void send_alone(unsigned port, Clock character);
  void expect_timeout(unsigned port);
  void read_status();
  void read_modem_status(unsigned port);
  void write(unsigned port, unsigned offset, std::uint32_t value, unsigned size = 1);
  void read(unsigned port, unsigned offset, unsigned size = 1);
  void register_access(unsigned port);
  void service(unsigned port);
  void config_access();
  void raw_access();
  void line_activity(unsigned port);
  void send_character(unsigned port);
  void pin(Clock at, unsigned port, InputPin pin, bool level);
  void modem_noise(Clock at, unsigned port);
  void change_plug(unsigned port);
  Clock gap();

  std::mt19937_64 random_;
  const unsigned ports_;
  const bool pins_;
  Clock cursor_ = 16;  // where the next bus action is planned
  Clock line_cursor_ = 16;
  std::uint64_t order_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> planned_;
  Port state_[kMaxPorts];
};

}  // namespace mtty
