// SPDX-License-Identifier: Apache-2.0
// The card's side of the PCI bus, clock by clock (PCI 2.3, chapter 3; docs/timing.md, "Pins of the
// target").
#pragma once

#include <cstdint>

#include "model/pci/config_space.h"
#include "model/pci/pci_pins.h"

namespace mtty {

/// A register strobe that the bus unit wants at this edge.
struct RegisterStrobe {
  unsigned port;
  unsigned offset;
  bool write;
  std::uint8_t value;  ///< to be written
};

/// The target's state machine. clock() is one rising edge; the caller then performs the strobe, if
/// there is one, and gives a read's result to read_done(). A copy is a snapshot.
class PciBusUnit {
 public:
  explicit PciBusUnit(ConfigSpace& config) : config_(&config) {}

  void reset();
  /// One edge. `bus` is what the wires were before it; `interrupt` is State(n-1) of the card's
  /// sources; `hold` keeps strobes off this edge. Returns the strobe to perform at this edge; none
  /// where `port` is kNoPort.
  RegisterStrobe clock(const PciInputs& bus, bool interrupt, bool hold);
  void read_done(std::uint8_t value);

  /// Without INTA#, which is not the bus unit's.
  const PciOutputs& outputs() const { return out_; }
  static constexpr unsigned kNoPort = ~0u;

 private:
  enum class State : std::uint8_t {
    kIdle,     // waits for an address phase
    kDecode,   // address taken: is it for us?
    kForeign,  // somebody else's, until FRAME# is high
    kClaimed,  // waits for IRDY#, then serves the lanes
    kEnding,   // STOP# low until FRAME# is high
    kTurn,     // sustained tri-state signals are high for one clock; may be an address phase (fast
               // back-to-back)
  };

  void take_address(const PciInputs& bus);
  void decode(const PciInputs& bus);
  RegisterStrobe serve(const PciInputs& bus, bool interrupt, bool hold);
  void abort();
  void end_data_phase();
  void finish(const PciInputs& bus);
  void drive_parity(const PciInputs& bus, bool data_error, bool system_error);
  bool write() const { return command_ & 1; }

  ConfigSpace* config_;
  PciOutputs out_;
  State state_ = State::kIdle;
  std::uint32_t address_ = 0;
  std::uint8_t command_ = 0;
  bool idsel_ = false;
  bool parity_ = false;      // of what was sampled in the last address or write data phase
  bool check_data_ = false;  // that was a write data phase, in the clock before this one
  unsigned port_ = kNoPort;  // of the claimed access; kNoPort: configuration
  unsigned lane_ = 0;        // of the strobe under way
  Lanes served_ = 0;
};

}  // namespace mtty
