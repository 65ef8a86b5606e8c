// SPDX-License-Identifier: Apache-2.0
//
// The PCI serial card: a PCI target, configuration space and one or two 16550A ports on the card's crystal.
//
// One clock domain, the PCI clock; the crystal and all serial and modem pins are synchronised into it. RST# acts
// asynchronously, as PCI wants it. Pins that are more than an input are split: `_o` (or `_no`, low active) is the level that
// the card drives while its `_oe` is high. What `_o` shows while `_oe` is low means nothing.

module mtty_card #(
  parameter int unsigned PORTS     = 2,    // 1 or 2
  parameter bit          OUT2_GATE = 1'b0  // a port interrupts only while its OUT2 pin is active, as on a PC
) (
  // PCI, signals as in PCI 2.3 chapter 2
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [31:0]      ad_i,
  output logic [31:0]      ad_o,
  output logic             ad_oe,
  input  logic [3:0]       cbe_ni,
  input  logic             par_i,
  output logic             par_o,
  output logic             par_oe,
  input  logic             frame_ni,
  input  logic             irdy_ni,
  input  logic             idsel_i,
  output logic             devsel_no,
  output logic             devsel_oe,
  output logic             trdy_no,
  output logic             trdy_oe,
  output logic             stop_no,
  output logic             stop_oe,
  output logic             perr_no,
  output logic             perr_oe,
  output logic             serr_no,  // open drain
  output logic             serr_oe,
  output logic             inta_no,  // open drain
  output logic             inta_oe,

  input  logic             crystal_i,  // 1.8432 MHz

  // Ports, one bit each
  input  logic [PORTS-1:0] sin_i,
  output logic [PORTS-1:0] sout_o,
  input  logic [PORTS-1:0] cts_ni,
  input  logic [PORTS-1:0] dsr_ni,
  input  logic [PORTS-1:0] ri_ni,
  input  logic [PORTS-1:0] dcd_ni,
  output logic [PORTS-1:0] rts_no,
  output logic [PORTS-1:0] dtr_no,
  output logic [PORTS-1:0] out1_no,
  output logic [PORTS-1:0] out2_no
);

  logic        cfg_select;
  logic        cfg_write;
  logic [5:0]  cfg_addr;
  logic [3:0]  cfg_be;
  logic [31:0] cfg_wdata;
  logic [31:0] cfg_rdata;
  logic        parity_error;
  logic        system_error;
  logic        target_abort;
  logic        io_enable;
  logic        parity_response;
  logic        serr_enable;
  logic        interrupt_disable;
  logic [28:0] bar0;
  logic [28:0] bar1;

  logic               crystal;  // one clock per crystal period
  logic [PORTS-1:0]   reg_read;
  logic [PORTS-1:0]   reg_write;
  logic [2:0]         reg_addr;
  logic [7:0]         reg_wdata;
  logic [8*PORTS-1:0] reg_rdata;  // 0 from a port that is not read
  logic [PORTS-1:0]   irq;
  logic               interrupt;

  crystal_edge u_crystal (
    .clk_i,
    .crystal_i,
    .pulse_o(crystal)
  );

  pci_target #(
    .PORTS(PORTS)
  ) u_target (
    .clk_i,
    .rst_ni,
    .ad_i,
    .ad_o,
    .ad_oe,
    .cbe_ni,
    .par_i,
    .par_o,
    .par_oe,
    .frame_ni,
    .irdy_ni,
    .idsel_i,
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
    .cfg_select_o     (cfg_select),
    .cfg_write_o      (cfg_write),
    .cfg_addr_o       (cfg_addr),
    .cfg_be_o         (cfg_be),
    .cfg_wdata_o      (cfg_wdata),
    .cfg_rdata_i      (cfg_rdata),
    .parity_error_o   (parity_error),
    .system_error_o   (system_error),
    .target_abort_o   (target_abort),
    .io_enable_i      (io_enable),
    .parity_response_i(parity_response),
    .serr_enable_i    (serr_enable),
    .bar0_i           (bar0),
    .bar1_i           (bar1),
    .hold_i           (crystal),
    .read_o           (reg_read),
    .write_o          (reg_write),
    .addr_o           (reg_addr),
    .wdata_o          (reg_wdata),
    .rdata_i          (reg_rdata[7:0] | reg_rdata[8*PORTS-1-:8])
  );

  pci_config #(
    .PORTS(PORTS)
  ) u_config (
    .clk_i,
    .rst_ni,
    .select_i           (cfg_select),
    .write_i            (cfg_write),
    .addr_i             (cfg_addr),
    .be_i               (cfg_be),
    .wdata_i            (cfg_wdata),
    .rdata_o            (cfg_rdata),
    .interrupt_i        (interrupt),
    .parity_error_i     (parity_error),
    .system_error_i     (system_error),
    .target_abort_i     (target_abort),
    .io_enable_o        (io_enable),
    .parity_response_o  (parity_response),
    .serr_enable_o      (serr_enable),
    .interrupt_disable_o(interrupt_disable),
    .bar0_o             (bar0),
    .bar1_o             (bar1)
  );

  for (genvar p = 0; p < PORTS; p++) begin : gen_port
    uart16550 u_uart (
      .clk_i,
      .rst_ni,
      .crystal_i(crystal),
      .read_i   (reg_read[p]),
      .write_i  (reg_write[p]),
      .addr_i   (reg_addr),
      .wdata_i  (reg_wdata),
      .rdata_o  (reg_rdata[8*p+:8]),
      .irq_o    (irq[p]),
      .sin_i    (sin_i[p]),
      .sout_o   (sout_o[p]),
      .cts_ni   (cts_ni[p]),
      .dsr_ni   (dsr_ni[p]),
      .ri_ni    (ri_ni[p]),
      .dcd_ni   (dcd_ni[p]),
      .rts_no   (rts_no[p]),
      .dtr_no   (dtr_no[p]),
      .out1_no  (out1_no[p]),
      .out2_no  (out2_no[p])
    );
  end

  assign interrupt = OUT2_GATE ? (irq & ~out2_no) != '0 : irq != '0;
  assign inta_no   = 1'b0;  // open drain
  assign inta_oe   = interrupt & ~interrupt_disable;

endmodule
