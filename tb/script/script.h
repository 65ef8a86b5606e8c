// SPDX-License-Identifier: Apache-2.0
// Access scripts: the format that players read and logs are written in. See docs/scripts.md.
#pragma once

#include <cstdint>
#include <istream>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/line/cabling.h"
#include "model/time/clock.h"
#include "tb/dut/dut.h"

namespace mtty {

/// One line of a script. Which fields count depends on `kind`.
struct Action {
  enum class Kind : std::uint8_t {
    kReset,
    kConfigRead,
    kConfigWrite,
    kIoRead,
    kIoWrite,
    kBus,
    kIntx,
    kPin,
    kPlug,
    kReceive,
    kTransmitted,
    kWait,
  };
  enum class When : std::uint8_t {
    kFree,   ///< as soon as the bus is free
    kAt,     ///< at PCI clock `time`
    kAfter,  ///< `time` clocks after the last action began
  };

  Kind kind{};
  When when = When::kFree;
  Clock time = 0;
  unsigned line = 0;  ///< in its file, from 1

  unsigned bar = 0;  ///< or port
  unsigned offset = 0;
  unsigned size = 1;        ///< 1, 2 or 4 bytes
  std::uint32_t value = 0;  ///< to be written, or expected where `checked`
  bool checked = false;
  bool level = false;  ///< of a pin or of INTA# (true = asserted)
  InputPin pin{};
  Plug plug{};
  std::vector<std::uint8_t> bytes;
  Clock clocks = 0;      ///< to wait
  PciRequest request{};  ///< of `bus`; its data is `value`

  bool uses_bus() const { return kind <= Kind::kBus; }
  /// Only a body with pins can do it.
  bool needs_pins() const { return kind == Kind::kBus && !request.manners.ordinary(); }
};

/// A line that is not a valid action; what() is "file:line: what is wrong".
class ScriptError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads a whole script for a card with this many ports. Throws ScriptError for its first bad line.
std::vector<Action> read_script(std::istream& text, const std::string& file, unsigned ports);

/// The action as a line without its newline, stamped "@clock".
std::string format_action(const Action& action, Clock clock);

}  // namespace mtty
