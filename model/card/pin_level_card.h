// SPDX-License-Identifier: Apache-2.0
// The card as its pins show it, clock by clock: what the pin model and the RTL have in common.
#pragma once

#include <array>
#include <ostream>
#include <tuple>

#include "model/line/cabling.h"
#include "model/pci/pci_pins.h"

namespace mtty {

/// What the card samples at an edge.
struct CardInputs {
  PciInputs pci;
  bool crystal = false;
  std::array<InputPins, kMaxPorts> serial{kInputsIdle, kInputsIdle};

  bool operator==(const CardInputs& other) const {
    return std::tuple(pci.tie(), crystal, serial) ==
           std::tuple(other.pci.tie(), other.crystal, other.serial);
  }
};

/// What the card drives after an edge.
struct CardOutputs {
  PciOutputs pci;
  std::array<OutputPins, kMaxPorts> serial{kOutputsIdle, kOutputsIdle};

  bool operator==(const CardOutputs& other) const {
    return std::tuple(pci.tie(), serial) == std::tuple(other.pci.tie(), other.serial);
  }
};

/// Begins in State(0), out of reset.
class PinLevelCard {
 public:
  virtual ~PinLevelCard() = default;

  virtual unsigned ports() const = 0;
  /// The next rising edge of the clock, with the inputs as they were before it.
  virtual void clock(const CardInputs& inputs) = 0;
  /// RST#, which acts at once; the inputs are those of the present state.
  virtual void set_reset(bool asserted) = 0;
  virtual const CardOutputs& outputs() const = 0;

  /// LSR[0] of a port, looked at without the bus.
  virtual bool data_ready(unsigned port) const = 0;
  /// Nothing goes on inside: as long as the inputs rest and nobody accesses the card, no output
  /// changes.
  virtual bool resting() const = 0;
};

}  // namespace mtty
