// SPDX-License-Identifier: Apache-2.0
// Plays an access script on a body.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "tb/dut/dut.h"
#include "tb/dut/programmed_card.h"
#include "tb/script/access_log.h"
#include "tb/script/line_codec.h"
#include "tb/script/script.h"

namespace mtty {

/// Plays one script. Before the first I/O access it sets BARs and Command[0], unless the script has
/// configuration writes of its own.
class Player : private DutObserver {
 public:
  /// Hears of each line played: stamped, with the value seen, and a comment where that is not the
  /// expected one.
  using Print = std::function<void(const std::string& line)>;

  /// `card` observes `dut` already; `log` may be null.
  Player(Dut& dut, ProgrammedCard& card, AccessLog* log, Print print);

  /// Plays all; `file` is for messages. Returns how many expectations failed. Throws ScriptError
  /// where a line cannot be played.
  unsigned play(const std::vector<Action>& script, const std::string& file);

 private:
  using Actions = std::vector<Action>;

  Clock begin_of(const Action& action) const;
  void play_bus(const Action& action, Clock at);
  void play_back_to_back(const Action& action, const Action& next, Clock at);
  Clock play_line(std::size_t index, const Action& action, Clock at);
  Clock drive_line(std::size_t index, const Action& action, Clock at);
  void play_ahead(const Actions& script, std::size_t next, Clock begin);
  void receive(const Action& action, Clock at);
  void set_up_card();
  void check(const Action& action, Clock at);
  void check_due();
  void print(const Action& seen, const Action& expected, Clock at);
  void print_line(const Action& seen, const Action& expected, Clock at);

  void intx(Clock at, bool asserted) override;
  void outputs(Clock at, unsigned port, OutputPins pins) override;

  Dut& dut_;
  ProgrammedCard& card_;
  AccessLog* const log_;
  const Print print_;
  std::string file_;

  struct Due {
    Action action;
    Clock at;
  };
  // What has been played but not printed: behind an expectation whose clock has not come yet.
  // Checks do not move time on, so that an access may follow at the same clock.
  std::deque<Due> due_;

  Clock last_begin_ = 0;
  Clock free_ = 0;  // where a wait ends
  struct Driven {
    std::size_t index;
    Clock at;
  };
  std::deque<Driven> driven_;  // pins and plugs of the script that have been handed to the lines

  std::array<LineSender, kMaxPorts> senders_;
  std::array<LineReader, kMaxPorts> readers_;
  std::array<bool, kMaxPorts> sout_{true, true};
  std::vector<std::pair<Clock, bool>> intx_changes_{{0, false}};
  unsigned failures_ = 0;
};

}  // namespace mtty
