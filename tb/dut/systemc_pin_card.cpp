// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/systemc_pin_card.h"

#include "model/time/sc_clock.h"

namespace mtty {

// Edge n is at n periods; edge 0, before which there is nothing, is left out. Between two calls the
// simulation stands half a period behind an edge.
SystemCPinCard::SystemCPinCard(unsigned ports)
    : card_(ports), clk_("clk", time_of(1), 0.5, time_of(1), true) {
  module_.clk(clk_);
  module_.rst_n(rst_n_);
  module_.in(in_);
  module_.out(out_);
  sc_core::sc_start(time_of(1) / 2);
}

void SystemCPinCard::clock(const CardInputs& inputs) {
  in_.write(inputs);
  sc_core::sc_start(time_of(1));
}

void SystemCPinCard::set_reset(bool asserted) {
  rst_n_.write(!asserted);
  while (sc_core::sc_pending_activity_at_current_time()) sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

}  // namespace mtty
