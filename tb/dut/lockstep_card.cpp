// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/lockstep_card.h"

#include <fmt/format.h>

namespace mtty {
namespace {

/// A copy in which levels that are not driven are all alike.
PciOutputs driven_part(PciOutputs pins) {
  if (!pins.ad_oe) pins.ad = 0;
  pins.par &= pins.par_oe;
  pins.devsel_n |= !pins.devsel_oe;
  pins.trdy_n |= !pins.trdy_oe;
  pins.stop_n |= !pins.stop_oe;
  pins.perr_n |= !pins.perr_oe;
  return pins;
}

class Differences {
 public:
  void add(const std::string& signal, std::uint64_t a, std::uint64_t b) {
    if (a != b)
      text_ += fmt::format("{}{} is {:#x} and {:#x}", text_.empty() ? "" : ", ", signal, a, b);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string differences(const CardOutputs& left, const CardOutputs& right, unsigned ports) {
  const PciOutputs a = driven_part(left.pci), b = driven_part(right.pci);
  Differences found;
  found.add("ad", a.ad, b.ad);
  found.add("ad_oe", a.ad_oe, b.ad_oe);
  found.add("par", a.par, b.par);
  found.add("par_oe", a.par_oe, b.par_oe);
  found.add("devsel_n", a.devsel_n, b.devsel_n);
  found.add("devsel_oe", a.devsel_oe, b.devsel_oe);
  found.add("trdy_n", a.trdy_n, b.trdy_n);
  found.add("trdy_oe", a.trdy_oe, b.trdy_oe);
  found.add("stop_n", a.stop_n, b.stop_n);
  found.add("stop_oe", a.stop_oe, b.stop_oe);
  found.add("perr_n", a.perr_n, b.perr_n);
  found.add("perr_oe", a.perr_oe, b.perr_oe);
  found.add("serr_oe", a.serr_oe, b.serr_oe);
  found.add("inta_oe", a.inta_oe, b.inta_oe);
  for (unsigned i = 0; i < ports; ++i) {
    const auto pin = [&](const char* name, OutputPins bit) {
      found.add(fmt::format("uart{}.{}", i, name), (left.serial[i] & bit) != 0,
                (right.serial[i] & bit) != 0);
    };
    pin("sout", kSout);
    pin("rts", kRts);
    pin("dtr", kDtr);
    pin("out1", kOut1);
    pin("out2", kOut2);
  }
  return found.text();
}

}  // namespace

void LockstepCard::compare() const {
  const CardOutputs &a = a_->outputs(), &b = b_->outputs();
  if (a.serial == b.serial && driven_part(a.pci).tie() == driven_part(b.pci).tie()) return;
  const std::string found = differences(a, b, ports());
  if (!found.empty()) throw LockstepDifference(now_, fmt::format("clock {}: {}", now_, found));
}

}  // namespace mtty
