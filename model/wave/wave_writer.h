// SPDX-License-Identifier: Apache-2.0
// Waves are written where something changes, not by looking at every signal in every clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "model/time/clock.h"

namespace mtty {

/// A file of value changes. First all signals are added, then changes come in the order of their
/// clocks.
class WaveWriter {
 public:
  using Signal = unsigned;

  virtual ~WaveWriter() = default;
  /// A signal of 1 to 32 bits; `path` names it with its scopes, "card.uart0.sout". Signals of a
  /// scope are added together.
  virtual Signal add(const std::string& path, unsigned width) = 0;
  /// The signal takes a value at a clock; nothing is written where it has that value already.
  virtual void change(Clock at, Signal signal, std::uint32_t value) = 0;
  /// The end of the time that the file covers. Throws std::system_error where the file could not be
  /// written in full.
  virtual void close(Clock end) = 0;
};

/// A value change dump (IEEE 1364-2005, chapter 18) with a timescale of 1 ns. Throws
/// std::system_error where the file cannot be written.
std::unique_ptr<WaveWriter> make_vcd_writer(const std::string& file);

}  // namespace mtty
