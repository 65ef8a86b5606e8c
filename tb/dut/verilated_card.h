// SPDX-License-Identifier: Apache-2.0
// A Verilated card behind the pins that all pin bodies share. `Verilated` is a class that Verilator
// has made of something with the pins of rtl/mtty_card.sv: of that, or of a netlist of it. How to
// look inside is left to who knows what it is.
#pragma once

#ifdef MTTY_COVERAGE
#include "tb/coverage/verilator_counts.h"
#endif

#include "model/card/pin_level_card.h"

namespace mtty {

template <typename Verilated, unsigned kPorts>
class VerilatedCard : public PinLevelCard {
 public:
  VerilatedCard() {
    card_.clk_i = 0;
    card_.rst_ni = 1;
    drive(CardInputs());
    card_.eval();
    sample();
  }
  ~VerilatedCard() override {
    card_.final();
#ifdef MTTY_COVERAGE
    write_counts(*card_.contextp());
#endif
  }

  unsigned ports() const override { return kPorts; }

  void clock(const CardInputs& inputs) override {
    drive(inputs);
    card_.clk_i = 1;
    card_.eval();
    sample();
    card_.clk_i = 0;
    card_.eval();
  }

  void set_reset(bool asserted) override {
    card_.rst_ni = !asserted;
    card_.eval();
    sample();
  }

  const CardOutputs& outputs() const override { return out_; }

 protected:
  const Verilated& card() const { return card_; }

 private:
  void drive(const CardInputs& inputs) {
    card_.ad_i = inputs.pci.ad;
    card_.cbe_ni = inputs.pci.cbe_n;
    card_.par_i = inputs.pci.par;
    card_.frame_ni = inputs.pci.frame_n;
    card_.irdy_ni = inputs.pci.irdy_n;
    card_.idsel_i = inputs.pci.idsel;
    card_.crystal_i = inputs.crystal;
    if (driven_ == inputs.serial) return;
    driven_ = inputs.serial;
    // Modem pins are low active at the card.
    card_.sin_i = gather(kSin);
    card_.cts_ni = ~gather(kCts) & kAllPorts;
    card_.dsr_ni = ~gather(kDsr) & kAllPorts;
    card_.ri_ni = ~gather(kRi) & kAllPorts;
    card_.dcd_ni = ~gather(kDcd) & kAllPorts;
  }

  CData gather(InputPins pin) const {
    CData bits = 0;
    for (unsigned i = 0; i < kPorts; ++i) bits |= CData(((driven_[i] & pin) != 0) << i);
    return bits;
  }

  void sample() {
    PciOutputs& pci = out_.pci;
    pci.ad = card_.ad_o;
    pci.ad_oe = card_.ad_oe;
    pci.par = card_.par_o;
    pci.par_oe = card_.par_oe;
    pci.devsel_n = card_.devsel_no;
    pci.devsel_oe = card_.devsel_oe;
    pci.trdy_n = card_.trdy_no;
    pci.trdy_oe = card_.trdy_oe;
    pci.stop_n = card_.stop_no;
    pci.stop_oe = card_.stop_oe;
    pci.perr_n = card_.perr_no;
    pci.perr_oe = card_.perr_oe;
    pci.serr_oe = card_.serr_oe;
    pci.inta_oe = card_.inta_oe;
    for (unsigned i = 0; i < kPorts; ++i)
      out_.serial[i] =
          OutputPins((card_.sout_o >> i & 1 ? kSout : 0) | (card_.rts_no >> i & 1 ? 0 : kRts) |
                     (card_.dtr_no >> i & 1 ? 0 : kDtr) | (card_.out1_no >> i & 1 ? 0 : kOut1) |
                     (card_.out2_no >> i & 1 ? 0 : kOut2));
  }

  static constexpr CData kAllPorts = (1 << kPorts) - 1;

  Verilated card_;
  std::array<InputPins, kMaxPorts> driven_{};  // differs from any real level at first
  CardOutputs out_;
};

}  // namespace mtty
