// SPDX-License-Identifier: Apache-2.0
// A PCI master at the pins (PCI 2.3, chapter 3), which can also do what a good one never does.
#pragma once

#include <optional>
#include <utility>

#include "tb/dut/dut.h"
#include "tb/dut/pci_wires.h"

namespace mtty {

/// How a transaction differs from an ordinary one.
struct PciManners {
  unsigned irdy_delay = 0;  ///< clocks that IRDY# comes later than it could
  bool burst = false;       ///< wants more than one data phase
  bool bad_address_parity = false;
  bool bad_data_parity = false;  ///< of written data
};

/// One transaction at a time. clock() is one rising edge.
class PciMaster {
 public:
  /// Drives the address phase, so that it is sampled at the next edge. While a write is under way:
  /// fast back-to-back, the address phase takes the place of the idle clock behind it.
  void begin(const PciRequest& request, const PciManners& manners = {});
  /// Edge `now`, with the wires as they were before it.
  void clock(Clock now, const PciWires& wires);
  /// RST#: lets go of everything, forgets what was under way.
  void reset();

  const MasterOutputs& outputs() const { return out_; }
  /// The result of the transaction that ended last, once.
  std::optional<PciResult> take_result() { return std::exchange(result_, std::nullopt); }
  bool busy() const { return state_ != State::kIdle; }

 private:
  enum class State : std::uint8_t { kIdle, kAddress, kData, kLastIrdy };

  void drive_address();
  void take(const PciRequest& request, const PciManners& manners);
  void drive_data(Clock now);
  void sample_data(Clock now, const PciWires& wires);
  void end(Clock now, PciStatus status, std::uint32_t data);
  void release();

  MasterOutputs out_;
  State state_ = State::kIdle;
  struct Transaction {
    PciRequest request{};
    PciManners manners;
  };

  PciRequest request_{};
  PciManners manners_;
  std::optional<Transaction> next_;
  Clock address_clock_ = 0;
  Clock irdy_clock_ = 0;  // the edge at which IRDY# may go low
  bool claimed_ = false;
  std::optional<PciResult> result_;
};

}  // namespace mtty
