// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <systemc>

#include "model/time/sc_clock.h"

namespace mtty {

/// An output port whose value is known before its time comes: an access that the model has finished
/// at clock n may have been asked for at an earlier time.
class TimedOutput : public sc_core::sc_module {
 public:
  using Port =
      sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
  Port out{"out"};

  explicit TimedOutput(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(TimedOutput);
    SC_METHOD(drive);
    sensitive << due_;
    dont_initialize();
  }

  bool bound() const { return out.size() > 0; }

  /// The output takes `value` at clock `at`, in the order of the calls.
  void set(Clock at, bool value) {
    if (!bound()) return;
    changes_.push_back({at, value});
    if (changes_.size() == 1) wait_for_first();
  }

 private:
  struct Change {
    Clock at;
    bool value;
  };

  void drive() {
    while (!changes_.empty() && changes_.front().at <= clock_now()) {
      out->write(changes_.front().value);
      changes_.pop_front();
    }
    if (!changes_.empty()) wait_for_first();
  }

  void wait_for_first() {
    const sc_core::sc_time at = time_of(changes_.front().at);
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    due_.notify(at > now ? at - now : sc_core::SC_ZERO_TIME);
  }

  std::deque<Change> changes_;
  sc_core::sc_event due_;
};

}  // namespace mtty
