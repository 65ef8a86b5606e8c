// SPDX-License-Identifier: Apache-2.0
// Register map of a 16550A (TI TL16C550C data sheet, table 3).
#pragma once

#include <cstdint>

namespace mtty {

/// Offsets in the port's 8 bytes. Offsets 0 and 1 are the divisor while LCR[7] is set.
namespace reg {
enum Offset : unsigned {
  kRbr = 0,  ///< receiver buffer, read
  kThr = 0,  ///< transmitter holding, write
  kDll = 0,
  kIer = 1,
  kDlm = 1,
  kIir = 2,  ///< read
  kFcr = 2,  ///< write
  kLcr = 3,
  kMcr = 4,
  kLsr = 5,
  kMsr = 6,
  kScr = 7,
};
}  // namespace reg

namespace ier {
enum Bit : std::uint8_t {
  kReceived = 0x01,
  kThrEmpty = 0x02,
  kLineStatus = 0x04,
  kModem = 0x08,
  kMask = 0x0f
};
}

namespace iir {
enum Value : std::uint8_t {
  kModem = 0x00,
  kNone = 0x01,
  kThrEmpty = 0x02,
  kReceived = 0x04,
  kLineStatus = 0x06,
  kTimeout = 0x0c,
  kFifosEnabled = 0xc0,
};
}

namespace fcr {
enum Bit : std::uint8_t { kEnable = 0x01, kClearReceiver = 0x02, kClearTransmitter = 0x04 };
constexpr unsigned kTriggerShift = 6;
}  // namespace fcr

namespace lcr {
enum Bit : std::uint8_t {
  kWordLength = 0x03,
  kStopBits = 0x04,
  kParityEnable = 0x08,
  kParityEven = 0x10,
  kParityStick = 0x20,
  kBreak = 0x40,
  kDivisorLatch = 0x80,
};
}

namespace mcr {
enum Bit : std::uint8_t {
  kDtr = 0x01,
  kRts = 0x02,
  kOut1 = 0x04,
  kOut2 = 0x08,
  kLoop = 0x10,
  kMask = 0x1f
};
}

namespace lsr {
enum Bit : std::uint8_t {
  kDataReady = 0x01,
  kOverrun = 0x02,
  kParity = 0x04,
  kFraming = 0x08,
  kBreak = 0x10,
  kThrEmpty = 0x20,
  kTransmitterEmpty = 0x40,
  kFifoError = 0x80,
  kCharacterErrors = kParity | kFraming | kBreak,
};
}

namespace msr {
enum Bit : std::uint8_t {
  kDeltaCts = 0x01,
  kDeltaDsr = 0x02,
  kTrailingRi = 0x04,
  kDeltaDcd = 0x08,
  kCts = 0x10,
  kDsr = 0x20,
  kRi = 0x40,
  kDcd = 0x80,
  kDeltas = 0x0f,
  kLevels = 0xf0,
};
}

}  // namespace mtty
