// SPDX-License-Identifier: Apache-2.0
// A netlist of the card in the place of the RTL: a program linked with this one instead of
// rtl_card.cpp has it where it says `rtl`.
#ifdef MTTY_RTL_NETLIST  // the one that the build was given (rtl/CMakeLists.txt)
#include <stdexcept>

#include "Vmtty_card.h"
#include "Vmtty_card_one.h"
#else  // what rtl/synth has made
#include "Vmtty_gates.h"
#include "Vmtty_gates_one.h"
#endif
#include "tb/dut/rtl_card.h"
#include "tb/dut/verilated_card.h"

namespace mtty {
namespace {

// A netlist has lost the names of what is inside. The count of a receive FIFO is an output of those
// that rtl/synth/netlist.sh has made.
#ifdef MTTY_RTL_NETLIST
using OnePort = Vmtty_card_one;
using TwoPorts = Vmtty_card;
template <typename Netlist>
unsigned received(const Netlist&, unsigned /*port*/) {
  throw std::logic_error("nobody can look into the FIFO of this netlist");
}
#else
using OnePort = Vmtty_gates_one;
using TwoPorts = Vmtty_gates;
unsigned received(const OnePort& card, unsigned /*port*/) { return card.received0; }
unsigned received(const TwoPorts& card, unsigned port) {
  return port == 0 ? card.received0 : card.received1;
}
#endif

template <typename Netlist, unsigned kPorts>
class NetlistCard final : public VerilatedCard<Netlist, kPorts> {
 public:
  bool data_ready(unsigned port) const override { return received(this->card(), port) != 0; }
  /// Nobody can tell from outside, so it never claims to.
  bool resting() const override { return false; }
};

}  // namespace

std::unique_ptr<PinLevelCard> make_rtl_card(unsigned ports) {
  if (ports == 1) return std::make_unique<NetlistCard<OnePort, 1>>();
  return std::make_unique<NetlistCard<TwoPorts, 2>>();
}

}  // namespace mtty
