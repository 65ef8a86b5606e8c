// SPDX-License-Identifier: Apache-2.0
// The monitor sees each rule broken: what a good card did on the wires is recorded, one thing in it
// is made wrong, and the monitor must name the rule and the edge.
#include "tb/dut/pci_monitor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>

#include "model/card/pin_card.h"
#include "tb/dut/pin_dut.h"

namespace mtty {
namespace {

constexpr std::uint32_t kBar = 0xc000;
constexpr Lanes kLane3 = 0x8;
constexpr std::uint32_t kScr = kBar + 7;

/// A recorded run: the wires of each clock, and when its transactions began and ended.
class Recording : private WireObserver {
 public:
  Recording() : dut_(std::make_unique<PinCard>(2)) {
    dut_.observe_wires(*this);
    access({PciCommand::kConfigWrite, pci::kBar0, kAllLanes, kBar});
    access({PciCommand::kConfigWrite, pci::kCommandStatus, kAllLanes,
            pci::kCommandIo | pci::kCommandParityResponse | pci::kCommandSerr});
    write = access({PciCommand::kIoWrite, kScr, kLane3, 0x5a000000});
    read = access({PciCommand::kIoRead, kScr, kLane3});
    late_read = access({PciCommand::kIoRead, kScr, kLane3, 0, {.irdy_delay = 4}});
    burst = access({PciCommand::kIoRead, kScr, kLane3, 0, {.burst = true}});
    foreign = access({PciCommand::kIoRead, kScr + 0x100, kLane3});
    dut_.access_back_to_back({PciCommand::kIoWrite, kScr + 0x100, kLane3, 0},
                             {PciCommand::kConfigRead, 0, kAllLanes}, dut_.now() + 6);
    aborted = access({PciCommand::kIoRead, kScr, 0x1});
    bad_data = access({PciCommand::kIoWrite, kScr, kLane3, 0, {.bad_data_parity = true}});
    bad_address = access({PciCommand::kIoRead, kScr, kLane3, 0, {.bad_address_parity = true}});
    reset = dut_.now() + 4;
    dut_.reset(reset);
    access({PciCommand::kConfigWrite, pci::kCommandStatus, kAllLanes, pci::kCommandIntxDisable});
    disabled = dut_.now() + 2;
    dut_.advance_to(disabled + 4);
  }

  PciResult write, read, late_read, burst, foreign, aborted, bad_data, bad_address;
  Clock reset, disabled;

  /// Changes what the target drives, as it is sampled at an edge.
  void target(Clock edge, const std::function<void(PciOutputs&)>& change) {
    PciWires& wires = wires_.at(edge - 1);
    change(wires.target);
    wires.resolve(wires.master, wires.target);
  }
  void master(Clock edge, const std::function<void(MasterOutputs&)>& change) {
    PciWires& wires = wires_.at(edge - 1);
    change(wires.master);
    wires.resolve(wires.master, wires.target);
  }
  /// What is sampled at an edge lasts so many clocks longer.
  void stretch(Clock edge, unsigned clocks) {
    wires_.insert(wires_.begin() + std::ptrdiff_t(edge), clocks, wires_.at(edge - 1));
  }

  std::vector<PciBreach> breaches() const {
    PciMonitor monitor(2);
    for (std::size_t i = 0; i < wires_.size(); ++i) monitor.clock(i + 1, wires_[i]);
    return monitor.breaches();
  }

 private:
  PciResult access(const PciRequest& request) { return dut_.access(request, dut_.now() + 6); }
  void wires(Clock clock, const PciWires& wires) override {
    wires_.resize(clock + 1);
    wires_[clock] = wires;
  }

  std::vector<PciWires> wires_;  // a clock each; sampled at the edge after it
  PinDut dut_;
};

TEST(PciMonitorTest, a_good_card_breaks_no_rule) {
  const Recording recording;
  const auto breaches = recording.breaches();
  EXPECT_TRUE(breaches.empty()) << breaches.front().what;
}

struct Breach {
  const char* name;
  const char* rule;
  /// Makes it and says at which edge it shows.
  std::function<Clock(Recording&)> make;
};
void PrintTo(const Breach& breach, std::ostream* out) { *out << breach.name; }

void let_go(PciOutputs& t) { t.devsel_oe = t.trdy_oe = t.stop_oe = false; }
void drive_ad(PciOutputs& t) { t.ad_oe = true; }

const Breach kBreaches[] = {
    {"devsel_early", "DEV",
     [](Recording& r) {
       const Clock edge = r.read.address_clock + 1;
       r.target(edge, [](PciOutputs& t) { t.devsel_oe = true, t.devsel_n = false; });
       return edge;
     }},
    {"devsel_late", "DEV",
     [](Recording& r) {
       const Clock edge = r.late_read.address_clock + 2;
       r.target(edge, [](PciOutputs& t) { t.devsel_n = true; });
       return edge;
     }},
    {"devsel_not_held", "DEV",
     [](Recording& r) {
       const Clock edge = r.late_read.address_clock + 4;
       r.target(edge, [](PciOutputs& t) { t.devsel_n = true; });
       return edge;
     }},
    {"trdy_of_somebody_who_is_not_asked", "DEV",
     [](Recording& r) {
       const Clock edge = r.foreign.address_clock + 3;
       r.target(edge, [](PciOutputs& t) { t.trdy_oe = true, t.trdy_n = false; });
       return edge;
     }},
    {"devsel_outside_an_access", "DEV",
     [](Recording& r) {
       const Clock edge = r.read.address_clock - 1;
       r.target(edge, [](PciOutputs& t) { t.devsel_oe = true, t.devsel_n = false; });
       return edge;
     }},
    {"claims_what_is_not_its", "DEC",
     [](Recording& r) {
       const Clock edge = r.foreign.address_clock + 2;
       r.target(edge, [](PciOutputs& t) { t.devsel_oe = true, t.devsel_n = false; });
       return edge;
     }},
    {"no_turnaround", "TURN",
     [](Recording& r) {
       const Clock edge = r.read.address_clock + 1;
       r.target(edge, drive_ad);
       return edge;
     }},
    {"drives_ad_in_a_write", "TURN",
     [](Recording& r) {
       const Clock edge = r.write.address_clock + 2;
       r.target(edge, drive_ad);
       return edge;
     }},
    {"master_drives_ad_too_soon", "TURN",
     [](Recording& r) {
       const Clock edge = r.read.completion_clock + 1;
       r.master(edge, [](MasterOutputs& m) { m.ad_oe = true; });
       return edge;
     }},
    {"no_data_in_16_clocks", "LAT",
     [](Recording& r) {
       r.stretch(r.late_read.completion_clock - 1, 20);
       return r.late_read.address_clock + 16;
     }},
    {"bursts", "DISC",
     [](Recording& r) {
       const Clock edge = r.read.completion_clock;
       r.target(edge, [](PciOutputs& t) { t.stop_n = true; });
       return edge;
     }},
    {"retries", "DISC",
     [](Recording& r) {
       const Clock edge = r.read.completion_clock;
       r.target(edge, [](PciOutputs& t) { t.trdy_n = true; });
       return edge;
     }},
    {"trdy_again", "DISC",
     [](Recording& r) {
       const Clock edge = r.burst.completion_clock + 1;
       r.target(edge, [](PciOutputs& t) { t.trdy_n = false; });
       return edge;
     }},
    {"stop_not_held", "DISC",
     [](Recording& r) {
       const Clock edge = r.burst.completion_clock + 1;
       r.target(edge, [](PciOutputs& t) { t.stop_n = true; });
       return edge;
     }},
    {"released_while_low", "STS3",
     [](Recording& r) {
       const Clock edge = r.read.completion_clock + 1;
       r.target(edge, let_go);
       return edge;
     }},
    {"not_released", "STS3",
     [](Recording& r) {
       const Clock edge = r.read.completion_clock + 2;
       r.target(edge, [](PciOutputs& t) { t.devsel_oe = t.devsel_n = true; });
       return edge;
     }},
    {"abort_without_cause", "BE",
     [](Recording& r) {
       const Clock edge = r.late_read.completion_clock;
       r.target(edge, [](PciOutputs& t) { t.devsel_n = t.trdy_n = true; });
       return edge;
     }},
    {"data_where_an_abort_is_due", "BE",
     [](Recording& r) {
       const Clock edge = r.aborted.completion_clock;
       r.target(edge, [](PciOutputs& t) { t.devsel_n = t.trdy_n = false; });
       return edge;
     }},
    {"wrong_parity", "PAR",
     [](Recording& r) {
       const Clock edge = r.read.completion_clock + 1;
       r.target(edge, [](PciOutputs& t) { t.par = !t.par; });
       return edge;
     }},
    {"no_parity", "PAR",
     [](Recording& r) {
       const Clock edge = r.read.completion_clock + 1;
       r.target(edge, [](PciOutputs& t) { t.par_oe = false; });
       return edge;
     }},
    {"no_perr", "PERR",
     [](Recording& r) {
       const Clock edge = r.bad_data.completion_clock + 2;
       r.target(edge, [](PciOutputs& t) { t.perr_n = true; });
       return edge;
     }},
    {"perr_without_cause", "PERR",
     [](Recording& r) {
       const Clock edge = r.write.completion_clock + 2;
       r.target(edge, [](PciOutputs& t) { t.perr_oe = true, t.perr_n = false; });
       return edge;
     }},
    {"no_serr", "SERR",
     [](Recording& r) {
       const Clock edge = r.bad_address.address_clock + 2;
       r.target(edge, [](PciOutputs& t) { t.serr_oe = false; });
       return edge;
     }},
    {"serr_without_cause", "SERR",
     [](Recording& r) {
       const Clock edge = r.read.address_clock + 2;
       r.target(edge, [](PciOutputs& t) { t.serr_oe = true; });
       return edge;
     }},
    {"drives_in_reset", "RST",
     [](Recording& r) {
       const Clock edge = r.reset + 3;
       r.target(edge, [](PciOutputs& t) { t.inta_oe = true; });
       return edge;
     }},
    {"inta_though_disabled", "INTA",
     [](Recording& r) {
       const Clock edge = r.disabled + 2;
       r.target(edge, [](PciOutputs& t) { t.inta_oe = true; });
       return edge;
     }},
};

class PciMonitorBreach : public testing::TestWithParam<Breach> {};
INSTANTIATE_TEST_SUITE_P(Rules, PciMonitorBreach, testing::ValuesIn(kBreaches),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(PciMonitorBreach, is_named_with_its_rule_and_edge) {
  Recording recording;
  const Clock edge = GetParam().make(recording);
  const auto breaches = recording.breaches();
  ASSERT_FALSE(breaches.empty());
  EXPECT_EQ(breaches.front().clock, edge) << breaches.front().what;
  // The same levels may break another rule as well.
  EXPECT_TRUE(std::any_of(breaches.begin(), breaches.end(), [&](const PciBreach& breach) {
    return breach.clock == edge && breach.rule == std::string_view(GetParam().rule);
  })) << breaches.front().rule;
}

}  // namespace
}  // namespace mtty
