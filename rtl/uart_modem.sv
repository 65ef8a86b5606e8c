// SPDX-License-Identifier: Apache-2.0
//
// Modem lines, MSR. In loop mode the lines come from MCR instead of the pins; entering and leaving it makes the deltas that
// the change of level makes. All lines are positive logic here, in the order of MSR[7:4]: DCD, RI, DSR, CTS.

module uart_modem (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       loop_i,
  input  logic [3:0] mcr_i,       // OUT2, OUT1, RTS, DTR
  input  logic [3:0] pins_i,      // synchronised
  input  logic       msr_read_i,
  output logic [7:0] msr_o
);

  logic [3:0] lines;
  logic [3:0] lines_q;
  logic [3:0] change;
  logic [3:0] delta_q;

  assign lines = loop_i ? {mcr_i[3:2], mcr_i[0], mcr_i[1]} : pins_i;

  // RI counts at its trailing edge only.
  assign change = (lines ^ lines_q) & ~(lines & 4'b0100);
  assign msr_o  = {lines_q, delta_q};

  // Not reset, so that the end of a reset is no change of level.
  always_ff @(posedge clk_i) lines_q <= lines;

  // A change in the very clock of a read stays.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      delta_q <= '0;
    end else if (msr_read_i | (change != '0)) begin
      delta_q <= (msr_read_i ? '0 : delta_q) | change;
    end
  end

endmodule
