// SPDX-License-Identifier: Apache-2.0
// A PCI bus segment with one master and one target, resolved.
#pragma once

#include "model/pci/pci_pins.h"

namespace mtty {

/// What the master drives. FRAME#, IRDY#, IDSEL and RST# have no other driver here, so they are
/// always driven.
struct MasterOutputs {
  std::uint32_t ad = 0;
  std::uint8_t cbe_n = 0;
  bool ad_oe = false, cbe_oe = false;
  bool par = false, par_oe = false;
  bool frame_n = true;
  bool irdy_n = true;
  bool idsel = false;
};

/// The wires as everybody samples them, and who drives them. Pull-ups keep control lines high; an
/// undriven AD keeps its last level.
struct PciWires {
  PciInputs in;  ///< what the target samples
  bool rst_n = true;
  bool devsel_n = true, trdy_n = true, stop_n = true;
  bool perr_n = true, serr_n = true, inta_n = true;
  MasterOutputs master;
  PciOutputs target;

  void resolve(const MasterOutputs& m, const PciOutputs& t) {
    master = m;
    target = t;
    if (m.ad_oe || t.ad_oe) in.ad = m.ad_oe ? m.ad : t.ad;
    if (m.cbe_oe) in.cbe_n = m.cbe_n;
    if (m.par_oe || t.par_oe) in.par = m.par_oe ? m.par : t.par;
    in.frame_n = m.frame_n;
    in.irdy_n = m.irdy_n;
    in.idsel = m.idsel;
    devsel_n = !t.devsel_oe || t.devsel_n;
    trdy_n = !t.trdy_oe || t.trdy_n;
    stop_n = !t.stop_oe || t.stop_n;
    perr_n = !t.perr_oe || t.perr_n;
    serr_n = !t.serr_oe;
    inta_n = !t.inta_oe;
  }
};

inline bool pci_parity(std::uint32_t ad, std::uint8_t cbe_n) {
  return __builtin_parity(ad) ^ __builtin_parity(cbe_n & 0xfu);
}

}  // namespace mtty
