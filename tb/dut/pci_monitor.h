// SPDX-License-Identifier: Apache-2.0
// Checks the rules of the bus on the wires, in every clock of every run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/pci/config_space.h"
#include "model/time/clock.h"
#include "tb/dut/pci_wires.h"

namespace mtty {

/// A rule that was broken: its id in the acceptance list, and the edge at which it was seen.
struct PciBreach {
  const char* rule;
  Clock clock;
  std::string what;
};

/// Watches one target with this project's identity: it keeps its own idea of BARs and Command from
/// the writes it sees.
class PciMonitor {
 public:
  explicit PciMonitor(unsigned ports) : config_(ports) {}

  /// Edge `now`, with the wires as they were before it.
  void clock(Clock now, const PciWires& wires);
  /// RST# goes low: everything on the bus ends.
  void reset();

  const std::vector<PciBreach>& breaches() const { return breaches_; }
  /// Rule, clock and what, a line each; empty where no rule was broken.
  std::string report() const;

 private:
  enum class Phase : std::uint8_t { kIdle, kAccess };

  void check(bool holds, const char* rule, std::string_view what);
  void check_reset(const PciWires& wires);
  void check_drivers(const PciWires& wires);
  void check_sustained(const char* name, bool was_oe, bool was_n, bool oe);
  void check_released(const PciWires& wires);
  void check_parity(const PciWires& wires);
  void check_intx(const PciWires& wires);
  void check_errors(const PciWires& wires);
  void check_access(const PciWires& wires);
  void begin_access(const PciWires& wires);
  void end_data(const PciWires& wires);
  bool should_claim() const;
  Clock age() const { return now_ - address_clock_; }

  ConfigSpace config_;
  std::vector<PciBreach> breaches_;
  Clock now_ = 0;
  PciWires before_;  // the wires one clock earlier
  bool known_ = false;
  bool was_still_ = false;  // nothing happened in the last clock, and nothing was to be done in it

  Phase phase_ = Phase::kIdle;
  Clock address_clock_ = 0;
  Clock ended_ = 0;
  std::uint32_t address_ = 0;
  std::uint8_t command_ = 0;
  bool idsel_ = false;
  bool address_parity_ = false;
  bool may_claim_ = false;
  bool claimed_ = false;
  bool data_done_ = false;
  bool aborted_ = false;

  bool perr_due_ = false;  // from an edge to the next
  bool serr_due_ = false;
  bool data_parity_ = false;
  bool check_data_parity_ = false;
};

}  // namespace mtty
