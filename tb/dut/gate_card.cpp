// SPDX-License-Identifier: Apache-2.0
// The synthesized card in the place of the RTL: a program linked with this one instead of
// rtl_card.cpp has gates where it says `rtl`.
#include "Vmtty_gates.h"
#include "Vmtty_gates_one.h"
#include "tb/dut/rtl_card.h"
#include "tb/dut/verilated_card.h"

namespace mtty {
namespace {

template <typename Verilated, unsigned kPorts>
class GateCard final : public VerilatedCard<Verilated, kPorts> {
 public:
  bool data_ready(unsigned port) const override {
    if constexpr (kPorts == 2)
      if (port == 1) return this->card().received1 != 0;
    return this->card().received0 != 0;
  }

  /// Nobody can tell from outside, so it never claims to.
  bool resting() const override { return false; }
};

}  // namespace

std::unique_ptr<PinLevelCard> make_rtl_card(unsigned ports) {
  if (ports == 1) return std::make_unique<GateCard<Vmtty_gates_one, 1>>();
  return std::make_unique<GateCard<Vmtty_gates, 2>>();
}

}  // namespace mtty
