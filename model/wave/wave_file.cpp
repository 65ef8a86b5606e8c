// SPDX-License-Identifier: Apache-2.0
#include "model/wave/wave_file.h"

#include <algorithm>

namespace mtty {
namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t dot; (dot = path.find('.', begin)) != path.npos; begin = dot + 1)
    parts.push_back(path.substr(begin, dot - begin));
  parts.push_back(path.substr(begin));
  return parts;
}

}  // namespace

WaveWriter::Signal WaveFile::add(const std::string& path, unsigned width) {
  std::vector<std::string> scopes = split(path);
  std::string name = scopes.back();
  scopes.pop_back();
  enter_scopes(scopes);
  if (width > 1) name += " [" + std::to_string(width - 1) + ":0]";
  declare(name, width);
  signals_.push_back({width});
  return Signal(signals_.size() - 1);
}

void WaveFile::change(Clock at, Signal signal, std::uint32_t value) {
  State& state = signals_[signal];
  if (state.level == Level::kDriven && state.value == value) return;
  state.level = Level::kDriven;
  state.value = value;
  move_to(at);
  put_value(signal, state.width, value);
}

void WaveFile::release(Clock at, Signal signal) {
  State& state = signals_[signal];
  if (state.level == Level::kReleased) return;
  state.level = Level::kReleased;
  move_to(at);
  put_released(signal, state.width);
}

void WaveFile::close(Clock end) {
  move_to(end);
  finish();
}

void WaveFile::enter_scopes(const std::vector<std::string>& wanted) {
  const auto common =
      std::mismatch(scopes_.begin(), scopes_.end(), wanted.begin(), wanted.end()).second -
      wanted.begin();
  for (auto i = std::ptrdiff_t(scopes_.size()); i > common; --i) close_scope();
  for (auto i = common; i < std::ptrdiff_t(wanted.size()); ++i) open_scope(wanted[i]);
  scopes_ = wanted;
}

void WaveFile::begin(Clock at) {
  enter_scopes({});
  end_declarations();
  begun_ = true;
  time_ = at;
  put_time(at * kNanosecondsPerClock);
  if (clock_) put_value(*clock_, 1, 1);
}

void WaveFile::move_to(Clock at) {
  if (!begun_) return begin(at);
  if (at == time_) return;
  for (; clock_ && time_ < at; ++time_) {
    put_time(time_ * kNanosecondsPerClock + kNanosecondsPerClock / 2);
    put_value(*clock_, 1, 0);
    put_time((time_ + 1) * kNanosecondsPerClock);
    put_value(*clock_, 1, 1);
  }
  if (!clock_) put_time(at * kNanosecondsPerClock);
  time_ = at;
}

}  // namespace mtty
