// SPDX-License-Identifier: Apache-2.0
// Waves are written where something changes, not by looking at every signal in every clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "model/time/clock.h"

namespace mtty {

/// A file of value changes. First all signals are added, then changes come in the order of their
/// clocks. Errors in writing are std::system_error; one that is destroyed without close() keeps
/// what it has got so far.
class WaveWriter {
 public:
  using Signal = unsigned;

  virtual ~WaveWriter() = default;
  /// A signal of 1 to 32 bits; `path` names it with its scopes, "card.uart0.sout". Signals of a
  /// scope are added together.
  virtual Signal add(const std::string& path, unsigned width) = 0;
  /// The clock itself, one in a file: it rises at each clock and falls half a clock later. Takes no
  /// changes; it is written as time goes by.
  virtual void add_clock(const std::string& path) = 0;
  /// The signal takes a value at a clock; nothing is written where it has that value already.
  virtual void change(Clock at, Signal signal, std::uint32_t value) = 0;
  /// Nobody drives the signal any more: all its bits are z.
  virtual void release(Clock at, Signal signal) = 0;
  /// The end of the time that the file covers, and of the file.
  virtual void close(Clock end) = 0;
};

/// A value change dump (IEEE 1364-2005, chapter 18) with a timescale of 1 ns.
std::unique_ptr<WaveWriter> make_vcd_writer(const std::string& file);

/// The same as a fast signal trace, GTKWave's compressed format.
std::unique_ptr<WaveWriter> make_fst_writer(const std::string& file);

/// Passes on the clocks from .. to, both included: all values at `from`, then the changes. The file
/// is complete as soon as a change behind `to` comes. Where all ends before `from`, the file has
/// the last values.
std::unique_ptr<WaveWriter> make_wave_window(std::unique_ptr<WaveWriter> file, Clock from,
                                             Clock to);

}  // namespace mtty
