// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/pci_monitor.h"

#include <fmt/format.h>

#include <cstring>

namespace mtty {
namespace {

constexpr Clock kDevselMedium = 2;  // DEVSEL# sampled low this long after the address phase
constexpr Clock kFirstData = 16;    // PCI 2.3, 3.5.1.1
constexpr std::size_t kMostBreaches = 20;

/// Padding counts too, so two that are the same may seem to differ.
bool same(const PciWires& a, const PciWires& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;  // NOLINT(bugprone-suspicious-memory-comparison)
}

}  // namespace

void PciMonitor::check(bool holds, const char* rule, std::string_view what) {
  if (!holds && breaches_.size() < kMostBreaches)
    breaches_.push_back({rule, now_, std::string(what)});
}

std::string PciMonitor::report() const {
  std::string text;
  for (const PciBreach& breach : breaches_)
    text += fmt::format("clock {}: rule {}: {}\n", breach.clock, breach.rule, breach.what);
  return text;
}

void PciMonitor::reset() {
  config_.reset();
  phase_ = Phase::kIdle;
  known_ = was_still_ = false;
  perr_due_ = serr_due_ = check_data_parity_ = false;
}

void PciMonitor::clock(Clock now, const PciWires& wires) {
  now_ = now;
  if (!wires.rst_n) {
    check_reset(wires);
    return reset();
  }
  // A second clock of a bus at rest is like the first.
  const bool still = known_ && phase_ == Phase::kIdle && same(wires, before_);
  if (still && was_still_) return;
  was_still_ = still;
  check_drivers(wires);
  check_errors(wires);
  if (known_) {
    const PciOutputs &was = before_.target, &is = wires.target;
    check_sustained("DEVSEL#", was.devsel_oe, was.devsel_n, is.devsel_oe);
    check_sustained("TRDY#", was.trdy_oe, was.trdy_n, is.trdy_oe);
    check_sustained("STOP#", was.stop_oe, was.stop_n, is.stop_oe);
    check_sustained("PERR#", was.perr_oe, was.perr_n, is.perr_oe);
    check_parity(wires);
  }
  check_released(wires);
  check_intx(wires);
  check_access(wires);
  before_ = wires;
  known_ = true;
}

void PciMonitor::check_reset(const PciWires& wires) {
  const PciOutputs& t = wires.target;
  check(!t.ad_oe && !t.par_oe && !t.devsel_oe && !t.trdy_oe && !t.stop_oe && !t.perr_oe &&
            !t.serr_oe && !t.inta_oe,
        "RST", "an output is driven while RST# is low");
}

void PciMonitor::check_drivers(const PciWires& wires) {
  check(!(wires.master.ad_oe && wires.target.ad_oe), "TURN", "master and target both drive AD");
  check(!(wires.master.par_oe && wires.target.par_oe), "PAR", "master and target both drive PAR");
  if (!known_) return;
  // Between two drivers of AD lies a clock in which nobody drives it.
  check(!(before_.master.ad_oe && wires.target.ad_oe), "TURN",
        "the target drives AD without a turnaround clock");
  check(!(before_.target.ad_oe && wires.master.ad_oe), "TURN",
        "the master drives AD without a turnaround clock");
}

/// A sustained tri-state line is driven high before it is let go (PCI 2.3, 2.1).
void PciMonitor::check_sustained(const char* name, bool was_oe, bool was_n, bool oe) {
  if (was_oe && !oe && !was_n) check(false, "STS3", fmt::format("{} was released while low", name));
}

/// One clock after the access the lines are let go, also where the next address phase takes the
/// idle clock's place.
void PciMonitor::check_released(const PciWires& wires) {
  const bool idle = phase_ == Phase::kIdle && now_ >= ended_ + 2;
  const bool next = phase_ == Phase::kAccess && age() == 1;
  if (idle || next)
    check(!wires.target.devsel_oe && !wires.target.trdy_oe && !wires.target.stop_oe, "STS3",
          "DEVSEL#, TRDY# or STOP# is driven for more than a clock after the access");
}

/// PAR is even over AD and C/BE# of the clock before, driven by who drove AD then.
void PciMonitor::check_parity(const PciWires& wires) {
  check(wires.target.par_oe == before_.target.ad_oe, "PAR",
        "the target drives PAR where it did not drive AD, or not where it did");
  if (before_.target.ad_oe && wires.target.par_oe)
    check(wires.in.par == pci_parity(before_.in.ad, before_.in.cbe_n), "PAR",
          "parity of read data");
}

/// Command[10] keeps INTA# away. A write of Command takes effect before this monitor has seen its
/// end.
void PciMonitor::check_intx(const PciWires& wires) {
  if (phase_ != Phase::kIdle) return;
  check(wires.inta_n || !(config_.command() & pci::kCommandIntxDisable), "INTA",
        "INTA# is asserted though Command[10] disables it");
}

void PciMonitor::check_errors(const PciWires& wires) {
  check(wires.perr_n == !perr_due_, "PERR",
        perr_due_ ? "PERR# does not come two clocks after the data" : "PERR# without cause");
  check(wires.serr_n == !serr_due_, "SERR",
        serr_due_ ? "SERR# does not come" : "SERR# without cause");
  perr_due_ = serr_due_ = false;
  const bool responds = config_.command() & pci::kCommandParityResponse;
  if (check_data_parity_ && data_parity_ != wires.in.par) perr_due_ = responds;
  check_data_parity_ = false;
}

bool PciMonitor::should_claim() const {
  if ((command_ & 0xe) == 0xa) return idsel_ && (address_ & 3) == 0;
  if ((command_ & 0xe) == 0x2) return config_.decode_io(address_).has_value();
  return false;
}

void PciMonitor::begin_access(const PciWires& wires) {
  phase_ = Phase::kAccess;
  address_clock_ = now_;
  address_ = wires.in.ad;
  command_ = wires.in.cbe_n & 0xf;
  idsel_ = wires.in.idsel;
  address_parity_ = pci_parity(wires.in.ad, wires.in.cbe_n);
  may_claim_ = should_claim();
  claimed_ = data_done_ = aborted_ = false;
}

void PciMonitor::check_access(const PciWires& wires) {
  const bool devsel = !wires.devsel_n, trdy = !wires.trdy_n, stop = !wires.stop_n;
  // An access that nobody claimed may be followed back-to-back: then there is no idle clock.
  const bool falls = known_ && before_.in.frame_n && !wires.in.frame_n;
  if (phase_ == Phase::kAccess && !claimed_ && age() > kDevselMedium && falls)
    phase_ = Phase::kIdle, ended_ = now_ - 1;
  if (phase_ == Phase::kIdle) {
    check(!devsel && !trdy && !stop, "DEV", "DEVSEL#, TRDY# or STOP# outside an access");
    if (!wires.in.frame_n) begin_access(wires);
    return;
  }
  if (age() == 1 && address_parity_ != wires.in.par) {
    const bool responds = config_.command() & pci::kCommandParityResponse;
    if (responds) may_claim_ = false;
    serr_due_ = responds && config_.command() & pci::kCommandSerr;
  }
  check(!(wires.target.ad_oe && (command_ & 1)), "TURN", "the target drives AD in a write");
  check(age() > 1 || !wires.target.ad_oe, "TURN", "the target drives AD in the turnaround clock");
  check(age() >= kDevselMedium || !(devsel || trdy || stop), "DEV",
        "an answer before DEVSEL# may come");
  if (age() == kDevselMedium) {
    check(devsel == may_claim_, may_claim_ ? "DEV" : "DEC",
          may_claim_ ? "DEVSEL# is not low two clocks after the address phase"
                     : "claimed an access that is not the card's");
    claimed_ = devsel;
  }
  check(age() <= kDevselMedium || claimed_ || !devsel, "DEV", "DEVSEL# comes later than medium");
  check(claimed_ || !(trdy || stop), "DEV", "TRDY# or STOP# without DEVSEL#");
  if (claimed_ && !data_done_ && !aborted_) {
    const bool ended = trdy || stop;
    check(ended || age() < kFirstData || wires.in.irdy_n, "LAT",
          "no data within 16 clocks of FRAME#");
    if (stop && !trdy && !devsel) {
      aborted_ = true;
      check(
          (command_ & 0xe) == 0x2 && !legal_io_lanes(address_, Lanes(~wires.in.cbe_n & kAllLanes)),
          "BE", "target abort without cause");
      check(age() > kDevselMedium, "BE", "target abort without a clock of DEVSEL#");
    } else {
      check(devsel, "DEV", "DEVSEL# rose before the data phase ended");
      check(!trdy || stop, "DISC", "TRDY# without STOP#: the target would burst");
      check(!stop || trdy, "DISC", "STOP# without data");
      if (trdy && !wires.in.irdy_n) end_data(wires);
    }
  } else if (claimed_) {
    check(!trdy, "DISC", "TRDY# again after the data phase");
    if (known_ && !before_.in.frame_n) check(stop, "DISC", "STOP# rose before FRAME#");
  }
  const bool over = wires.in.frame_n && (wires.in.irdy_n || data_done_ || aborted_);
  const bool gave_up = !claimed_ && age() > kDevselMedium && wires.in.frame_n && wires.in.irdy_n;
  if ((claimed_ && over && (data_done_ || aborted_)) || gave_up)
    phase_ = Phase::kIdle, ended_ = now_;
}

void PciMonitor::end_data(const PciWires& wires) {
  data_done_ = true;
  const auto lanes = Lanes(~wires.in.cbe_n & kAllLanes);
  check((command_ & 0xe) == 0xa || legal_io_lanes(address_, lanes), "BE",
        "data for byte enables that do not fit the address");
  if (!(command_ & 1)) return;
  data_parity_ = pci_parity(wires.in.ad, wires.in.cbe_n);
  check_data_parity_ = true;
  if (command_ == static_cast<std::uint8_t>(PciCommand::kConfigWrite))
    config_.write(address_ & (pci::kConfigBytes - 4), lanes, wires.in.ad);
}

}  // namespace mtty
