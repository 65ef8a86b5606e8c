// SPDX-License-Identifier: Apache-2.0
// A PCI master at the pins (PCI 2.3, chapter 3), which can also do what a good one never does.
#pragma once

#include <deque>
#include <optional>

#include "tb/dut/dut.h"
#include "tb/dut/pci_wires.h"

namespace mtty {

/// One transaction at a time. clock() is one rising edge.
class PciMaster {
 public:
  /// Drives the address phase, so that it is sampled at the next edge. While a write is under way:
  /// fast back-to-back, the address phase takes the place of the idle clock behind it.
  void begin(const PciRequest& request);
  /// Edge `now`, with the wires as they were before it.
  void clock(Clock now, const PciWires& wires);
  /// RST#: lets go of everything, forgets what was under way.
  void reset();

  const MasterOutputs& outputs() const { return out_; }
  /// The results of transactions that have ended, in their order, each once.
  std::optional<PciResult> take_result();
  bool busy() const { return state_ != State::kIdle; }

 private:
  enum class State : std::uint8_t { kIdle, kAddress, kData, kLastIrdy };

  void drive_address(const PciRequest& request);
  void drive_data(Clock now);
  void drive_ready(Clock now);
  void sample_data(Clock now, const PciWires& wires);
  void end(Clock now, PciStatus status, std::uint32_t data);
  void release();

  MasterOutputs out_;
  State state_ = State::kIdle;
  PciRequest request_{};
  std::optional<PciRequest> next_;
  Clock address_clock_ = 0;
  Clock irdy_clock_ = 0;  // the edge at which IRDY# may go low
  bool claimed_ = false;
  std::deque<PciResult> results_;
};

}  // namespace mtty
