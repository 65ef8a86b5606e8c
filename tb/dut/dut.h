// SPDX-License-Identifier: Apache-2.0
// A body of the card as testbench, script player and bridge see it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/line/cabling.h"
#include "model/pci/command.h"
#include "model/state/archive.h"
#include "model/time/clock.h"
#include "model/uart/pins.h"

namespace mtty {

/// How a master differs from an ordinary one. Only pins show it.
struct PciManners {
  unsigned irdy_delay = 0;  ///< clocks that IRDY# comes later than it could
  bool burst = false;       ///< wants more than one data phase
  /// FRAME# goes high before IRDY# is low, which PCI 2.3, 3.3.3.1 forbids; IRDY# is late by a clock
  /// at least.
  bool early_frame_end = false;
  bool bad_address_parity = false;
  bool bad_data_parity = false;  ///< of written data
  /// Follows the write before it without an idle clock (fast back-to-back, PCI 2.3, 3.4.2).
  bool back_to_back = false;

  bool ordinary() const {
    return !irdy_delay && !burst && !early_frame_end && !bad_address_parity && !bad_data_parity &&
           !back_to_back;
  }
};

/// One PCI transaction of a single data phase.
struct PciRequest {
  PciCommand command;
  std::uint32_t address;  ///< AD[31:0] of the address phase; configuration: the offset
  Lanes lanes;
  std::uint32_t data = 0;  ///< to be written, at its lanes
  PciManners manners{};

  bool is_write() const { return static_cast<std::uint8_t>(command) & 1; }
  bool is_config() const { return (static_cast<std::uint8_t>(command) & 0xe) == 0xa; }
};

enum class PciStatus { kDone, kMasterAbort, kTargetAbort };

struct PciResult {
  PciStatus status;
  std::uint32_t data;      ///< read: the enabled lanes, others 0; all ones after an abort
  Clock address_clock;     ///< FRAME# first sampled low
  Clock completion_clock;  ///< the data phase ended
};

/// Hears what happens at the card, in the order of the clocks.
class DutObserver {
 public:
  virtual ~DutObserver() = default;
  /// The address phase is at this clock.
  virtual void access_begins(Clock, const PciRequest&) {}
  /// The data phase has ended, at result.completion_clock.
  virtual void access_ends(const PciRequest&, const PciResult&) {}
  virtual void reset(Clock, bool /*asserted*/) {}
  virtual void intx(Clock, bool /*asserted*/) {}
  virtual void outputs(Clock, unsigned /*port*/, OutputPins) {}
  virtual void inputs(Clock, unsigned /*port*/, InputPins) {}
};

struct PciWires;

/// Hears of the wires of the bus, at least where they change.
class WireObserver {
 public:
  virtual ~WireObserver() = default;
  virtual void wires(Clock, const PciWires&) = 0;
};

/// Time is in PCI clocks and moves only forward, by advance_to, access and reset. A new body is in
/// State(now()) after a power-on reset.
class Dut {
 public:
  virtual ~Dut() = default;
  Dut() = default;
  Dut(const Dut&) = delete;
  Dut& operator=(const Dut&) = delete;

  virtual unsigned ports() const = 0;
  virtual Clock now() const = 0;
  /// To State(clock).
  virtual void advance_to(Clock clock) = 0;

  /// The first clock at which an address phase can be sampled: after now(), and with an idle clock
  /// behind the last transaction.
  virtual Clock bus_free() const = 0;
  /// A transaction with its address phase at `at`, or at bus_free() where that is later. Returns at
  /// its completion.
  virtual PciResult access(const PciRequest& request, Clock at) = 0;
  /// A write, and another transaction fast back-to-back behind it.
  virtual std::pair<PciResult, PciResult> access_back_to_back(const PciRequest& write,
                                                              const PciRequest& next, Clock at) = 0;
  /// Whether the body has pins, on which a master's manners show. Without them every request must
  /// be ordinary.
  virtual bool has_pins() const = 0;
  /// RST# low at clock `at`, or once the last transaction has ended, for kResetClocks.
  virtual void reset(Clock at) = 0;
  static constexpr Clock kResetClocks = 8;

  virtual bool intx() const = 0;
  virtual OutputPins outputs(unsigned port) const = 0;
  virtual InputPins inputs(unsigned port) const = 0;

  /// LSR[0] of a port, looked at without the bus.
  virtual bool data_ready(unsigned port) const = 0;

  /// What is to happen on the lines at clock `at`, now or later; see Cabling.
  virtual void plug(Clock at, unsigned port, Plug plug) = 0;
  virtual void force(Clock at, unsigned port, InputPin pin, bool level) = 0;
  virtual void send(Clock at, unsigned port, bool level) = 0;

  /// A clock, not after the next one at which INTA# changes or a planned change of the lines is
  /// due, where nobody accesses the card; kNever where nothing is under way. A body with a running
  /// clock says now() + 1 while something is.
  virtual Clock next_interrupt() const = 0;
  /// How many clocks it may be asked to advance without keeping a guest waiting that wants an
  /// access meanwhile.
  virtual Clock clocks_at_once() const = 0;

  /// Saves the body (model/state/archive.h), which only tlm can.
  virtual void visit(StateWriter&) { throw StateError("can hold no other body than tlm"); }
  /// Restores it into a body of the same kind, which then is at the clock of the one that was
  /// saved. Observers are not told. Where it throws StateError, the body is of no use any more.
  virtual void visit(StateReader&) { throw StateError("can hold no other body than tlm"); }

  /// Rules of the bus that were broken so far, a line each; only a body with pins can tell.
  virtual std::string breaches() const { return {}; }

  /// From now on the observer hears of the wires of the bus, which are returned as they are now.
  /// Null for a body that has none to show.
  virtual const PciWires* observe_wires(WireObserver&) { return nullptr; }

  /// Observers live as long as the body.
  void observe(DutObserver& observer) { observers_.push_back(&observer); }

 protected:
  bool observed() const { return !observers_.empty(); }
  template <typename Call>
  void tell(Call call) const {
    for (DutObserver* observer : observers_) call(*observer);
  }

 private:
  std::vector<DutObserver*> observers_;
};

/// Makes a body by the name users give it (tlm, ...). One at a time in a process: SystemC
/// elaborates once. Throws std::invalid_argument where there is no such body.
std::unique_ptr<Dut> make_dut(std::string_view name, unsigned ports);
/// Several, which only tlm can be in one process.
std::vector<std::unique_ptr<Dut>> make_duts(std::string_view name,
                                            const std::vector<unsigned>& ports);
/// "A+B" are two bodies in lockstep; `lockstep` is pins+rtl.
/// The names make_dut knows.
std::vector<std::string> dut_names();

}  // namespace mtty
