// SPDX-License-Identifier: Apache-2.0
// The wires of a 33 MHz, 32-bit PCI bus (PCI 2.3, chapter 2), from the card's point of view.
#pragma once

#include <cstdint>
#include <ostream>
#include <tuple>

namespace mtty {

/// What a target samples at an edge: the resolved bus. Names ending in _n are low active, as on the
/// wire.
struct PciInputs {
  std::uint32_t ad = 0;
  std::uint8_t cbe_n = 0;
  bool par = false;
  bool frame_n = true;
  bool irdy_n = true;
  bool idsel = false;

  auto tie() const { return std::tie(ad, cbe_n, par, frame_n, irdy_n, idsel); }
};

/// What a target drives: each level counts only while its _oe is set.
struct PciOutputs {
  std::uint32_t ad = 0;
  bool ad_oe = false;
  bool par = false, par_oe = false;
  bool devsel_n = true, devsel_oe = false;
  bool trdy_n = true, trdy_oe = false;
  bool stop_n = true, stop_oe = false;
  bool perr_n = true, perr_oe = false;
  bool serr_oe = false;  ///< open drain: driven low or not at all
  bool inta_oe = false;  ///< likewise

  auto tie() const {
    return std::tie(ad, ad_oe, par, par_oe, devsel_n, devsel_oe, trdy_n, trdy_oe, stop_n, stop_oe,
                    perr_n, perr_oe, serr_oe, inta_oe);
  }
};

}  // namespace mtty
