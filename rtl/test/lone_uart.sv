// SPDX-License-Identifier: Apache-2.0
//
// One UART with the card's crystal and nothing else, to measure a card against.

module lone_uart (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       crystal_i,  // 1.8432 MHz
  input  logic       read_i,
  input  logic       write_i,
  input  logic [2:0] addr_i,
  input  logic [7:0] wdata_i,
  output logic [7:0] rdata_o,
  output logic       irq_o,
  input  logic       sin_i,
  output logic       sout_o,
  input  logic       cts_ni,
  input  logic       dsr_ni,
  input  logic       ri_ni,
  input  logic       dcd_ni,
  output logic       rts_no,
  output logic       dtr_no,
  output logic       out1_no,
  output logic       out2_no
);

  logic pulse;

  crystal_edge u_crystal (
    .clk_i,
    .crystal_i,
    .pulse_o(pulse)
  );

  uart16550 u_uart (
    .crystal_i(pulse),
    .*
  );

endmodule
