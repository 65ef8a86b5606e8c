// SPDX-License-Identifier: Apache-2.0
// In place of rtl_card.cpp where MTTY_RTL_NETLIST names a netlist of the card with two ports.
#include <stdexcept>

#include "Vmtty_card.h"
#include "Vmtty_card_one.h"
#include "tb/dut/rtl_card.h"
#include "tb/dut/verilated_card.h"

namespace mtty {
namespace {

/// A netlist has lost the names of what is inside: only its pins can be looked at.
template <typename Verilated, unsigned kPorts>
class NetlistCard final : public VerilatedCard<Verilated, kPorts> {
 public:
  bool data_ready(unsigned) const override {
    throw std::logic_error("nobody can look into the FIFO of a netlist");
  }
  bool resting() const override { return false; }
};

}  // namespace

std::unique_ptr<PinLevelCard> make_rtl_card(unsigned ports) {
  if (ports == 1) return std::make_unique<NetlistCard<Vmtty_card_one, 1>>();
  return std::make_unique<NetlistCard<Vmtty_card, 2>>();
}

}  // namespace mtty
