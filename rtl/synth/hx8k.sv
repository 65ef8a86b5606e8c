// SPDX-License-Identifier: Apache-2.0
//
// The card in an iCE40 HX8K: the split pins of `mtty_card` become real ones. DEVSEL#, TRDY#, STOP# and PERR# are sustained
// tri-state, SERR# and INTA# open drain.

module hx8k (
  input  wire        pci_clk,
  input  wire        pci_rst_n,
  inout  wire [31:0] pci_ad,
  input  wire [3:0]  pci_cbe_n,
  inout  wire        pci_par,
  input  wire        pci_frame_n,
  input  wire        pci_irdy_n,
  input  wire        pci_idsel,
  inout  wire        pci_devsel_n,
  inout  wire        pci_trdy_n,
  inout  wire        pci_stop_n,
  inout  wire        pci_perr_n,
  inout  wire        pci_serr_n,
  inout  wire        pci_inta_n,
  input  wire        crystal,      // 1.8432 MHz
  input  wire [1:0]  sin,
  output wire [1:0]  sout,
  input  wire [1:0]  cts_n,
  input  wire [1:0]  dsr_n,
  input  wire [1:0]  ri_n,
  input  wire [1:0]  dcd_n,
  output wire [1:0]  rts_n,
  output wire [1:0]  dtr_n,
  output wire [1:0]  out1_n,
  output wire [1:0]  out2_n
);

  logic [31:0] ad_i, ad_o;
  logic        ad_oe;
  logic        par_i, par_o, par_oe;
  logic        devsel_no, devsel_oe, trdy_no, trdy_oe, stop_no, stop_oe;
  logic        perr_no, perr_oe, serr_no, serr_oe, inta_no, inta_oe;
  logic [5:0]  unused_in;  // the card listens to none of these

  tristate_pad #(.WIDTH(32)) u_ad     (.pad_io(pci_ad),       .out_i(ad_o),      .oe_i(ad_oe),     .in_o(ad_i));
  tristate_pad               u_par    (.pad_io(pci_par),      .out_i(par_o),     .oe_i(par_oe),    .in_o(par_i));
  tristate_pad               u_devsel (.pad_io(pci_devsel_n), .out_i(devsel_no), .oe_i(devsel_oe), .in_o(unused_in[0]));
  tristate_pad               u_trdy   (.pad_io(pci_trdy_n),   .out_i(trdy_no),   .oe_i(trdy_oe),   .in_o(unused_in[1]));
  tristate_pad               u_stop   (.pad_io(pci_stop_n),   .out_i(stop_no),   .oe_i(stop_oe),   .in_o(unused_in[2]));
  tristate_pad               u_perr   (.pad_io(pci_perr_n),   .out_i(perr_no),   .oe_i(perr_oe),   .in_o(unused_in[3]));
  tristate_pad               u_serr   (.pad_io(pci_serr_n),   .out_i(serr_no),   .oe_i(serr_oe),   .in_o(unused_in[4]));
  tristate_pad               u_inta   (.pad_io(pci_inta_n),   .out_i(inta_no),   .oe_i(inta_oe),   .in_o(unused_in[5]));

  mtty_card u_card (
    .clk_i    (pci_clk),
    .rst_ni   (pci_rst_n),
    .ad_i,
    .ad_o,
    .ad_oe,
    .cbe_ni   (pci_cbe_n),
    .par_i,
    .par_o,
    .par_oe,
    .frame_ni (pci_frame_n),
    .irdy_ni  (pci_irdy_n),
    .idsel_i  (pci_idsel),
    .devsel_no,
    .devsel_oe,
    .trdy_no,
    .trdy_oe,
    .stop_no,
    .stop_oe,
    .perr_no,
    .perr_oe,
    .serr_no,
    .serr_oe,
    .inta_no,
    .inta_oe,
    .crystal_i(crystal),
    .sin_i    (sin),
    .sout_o   (sout),
    .cts_ni   (cts_n),
    .dsr_ni   (dsr_n),
    .ri_ni    (ri_n),
    .dcd_ni   (dcd_n),
    .rts_no   (rts_n),
    .dtr_no   (dtr_n),
    .out1_no  (out1_n),
    .out2_no  (out2_n)
  );

endmodule
