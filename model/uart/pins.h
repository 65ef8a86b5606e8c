// SPDX-License-Identifier: Apache-2.0
// The serial side of a UART. Modem lines are logical (true = asserted); SIN and SOUT are the line's
// level (true = mark, logic one).
#pragma once

#include <cstdint>

namespace mtty {

/// What the world drives into a port, one bit a pin.
enum InputPin : std::uint8_t {
  kSin = 0x01,
  kCts = 0x10,  // the modem inputs lie where MSR shows them
  kDsr = 0x20,
  kRi = 0x40,
  kDcd = 0x80,
};
using InputPins = std::uint8_t;
constexpr InputPins kInputsIdle = kSin;
constexpr InputPins kModemInputs = kCts | kDsr | kRi | kDcd;

/// What a port drives, one bit a pin.
enum OutputPin : std::uint8_t {
  kDtr = 0x01,  // the modem outputs lie where MCR holds them
  kRts = 0x02,
  kOut1 = 0x04,
  kOut2 = 0x08,
  kSout = 0x10,
};
using OutputPins = std::uint8_t;
constexpr OutputPins kOutputsIdle = kSout;

}  // namespace mtty
