// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include "model/wave/wave_writer.h"

namespace mtty {
namespace {

class WaveWindow final : public WaveWriter {
 public:
  WaveWindow(std::unique_ptr<WaveWriter> file, Clock from, Clock to)
      : file_(std::move(file)), from_(from), to_(to) {}

  Signal add(const std::string& path, unsigned width) override {
    const Signal signal = file_->add(path, width);
    values_.resize(signal + 1);
    return signal;
  }
  void add_clock(const std::string& path) override { file_->add_clock(path); }

  void change(Clock at, Signal signal, std::uint32_t value) override {
    if (is_past(at)) return;
    if (is_before(at))
      values_[signal] = {Level::kDriven, value};
    else
      file_->change(at, signal, value);
  }

  void release(Clock at, Signal signal) override {
    if (is_past(at)) return;
    if (is_before(at))
      values_[signal] = {Level::kReleased, 0};
    else
      file_->release(at, signal);
  }

  void close(Clock end) override {
    if (phase_ == Phase::kBefore) open(std::min(end, from_));
    if (phase_ != Phase::kPast) end_at(std::min(end, to_));
  }

 private:
  enum class Phase : std::uint8_t { kBefore, kOpen, kPast };
  enum class Level : std::uint8_t { kUnknown, kDriven, kReleased };
  struct Value {
    Level level = Level::kUnknown;
    std::uint32_t value = 0;
  };

  bool is_past(Clock at) {
    if (phase_ == Phase::kPast || at <= to_) return phase_ == Phase::kPast;
    close(at);
    return true;
  }

  /// What changes at `from` itself comes after the values that hold there.
  bool is_before(Clock at) {
    if (phase_ == Phase::kBefore && at >= from_) open(from_);
    return phase_ == Phase::kBefore;
  }

  void open(Clock at) {
    phase_ = Phase::kOpen;
    for (Signal signal = 0; signal < values_.size(); ++signal) {
      const Value& value = values_[signal];
      if (value.level == Level::kDriven) file_->change(at, signal, value.value);
      if (value.level == Level::kReleased) file_->release(at, signal);
    }
  }

  void end_at(Clock end) {
    phase_ = Phase::kPast;
    file_->close(end);
  }

  std::unique_ptr<WaveWriter> file_;
  const Clock from_, to_;
  Phase phase_ = Phase::kBefore;
  std::vector<Value> values_;
};

}  // namespace

std::unique_ptr<WaveWriter> make_wave_window(std::unique_ptr<WaveWriter> file, Clock from,
                                             Clock to) {
  return std::make_unique<WaveWindow>(std::move(file), from, to);
}

}  // namespace mtty
