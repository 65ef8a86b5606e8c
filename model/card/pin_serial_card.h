// SPDX-License-Identifier: Apache-2.0
// A card with pins as a SystemC module.
#pragma once

#include <systemc>

#include "model/card/pin_level_card.h"

namespace mtty {

inline std::ostream& operator<<(std::ostream& out, const CardInputs&) {
  return out << "card inputs";
}
inline std::ostream& operator<<(std::ostream& out, const CardOutputs&) {
  return out << "card outputs";
}
inline void sc_trace(sc_core::sc_trace_file*, const CardInputs&, const std::string&) {}
inline void sc_trace(sc_core::sc_trace_file*, const CardOutputs&, const std::string&) {}

/// Gives a PinLevelCard a clock and wires. The pins come in two bundles, so that a clock costs two
/// signal updates and not forty.
class PinSerialCard : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"};
  sc_core::sc_in<bool> rst_n{"rst_n"};  ///< asynchronous
  sc_core::sc_in<CardInputs> in{"in"};
  sc_core::sc_out<CardOutputs> out{"out"};

  PinSerialCard(const sc_core::sc_module_name& name, PinLevelCard& card)
      : sc_module(name), card_(card) {
    SC_HAS_PROCESS(PinSerialCard);
    SC_METHOD(react);
    sensitive << clk.pos() << rst_n;
    dont_initialize();
  }

 private:
  // RST# is asynchronous: where it has not changed, it was the clock that rose.
  void react() {
    const bool reset = !rst_n->read();
    if (reset == in_reset_)
      card_.clock(in->read());
    else
      card_.set_reset(in_reset_ = reset);
    out->write(card_.outputs());
  }

  PinLevelCard& card_;
  bool in_reset_ = false;
};

}  // namespace mtty
