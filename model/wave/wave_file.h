// SPDX-License-Identifier: Apache-2.0
// What the formats of wave files share: scopes, time, the clock, and leaving out what is known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/wave/wave_writer.h"

namespace mtty {

/// A format says how scopes, signals, times and values are written down. No virtual function is
/// called from constructor or destructor: a format completes its file itself.
class WaveFile : public WaveWriter {
 public:
  Signal add(const std::string& path, unsigned width) final;
  void add_clock(const std::string& path) final { clock_ = add(path, 1); }
  void change(Clock at, Signal signal, std::uint32_t value) final;
  void release(Clock at, Signal signal) final;
  void close(Clock end) final;

 protected:
  virtual void open_scope(const std::string& name) = 0;
  virtual void close_scope() = 0;
  /// The next signal, in the scope that is open. `name` has its range, "ad [31:0]".
  virtual void declare(const std::string& name, unsigned width) = 0;
  virtual void end_declarations() = 0;
  virtual void put_time(std::uint64_t nanoseconds) = 0;
  virtual void put_value(Signal signal, unsigned width, std::uint32_t value) = 0;
  virtual void put_released(Signal signal, unsigned width) = 0;
  /// Completes the file; throws std::system_error where that fails.
  virtual void finish() = 0;

 private:
  enum class Level : std::uint8_t { kUnknown, kDriven, kReleased };
  struct State {
    unsigned width;
    std::uint32_t value = 0;
    Level level = Level::kUnknown;
  };

  void enter_scopes(const std::vector<std::string>& wanted);
  void begin(Clock at);
  void move_to(Clock at);

  std::vector<std::string> scopes_;
  std::vector<State> signals_;
  std::optional<Signal> clock_;
  Clock time_ = 0;
  bool begun_ = false;
};

}  // namespace mtty
