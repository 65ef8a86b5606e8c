// SPDX-License-Identifier: Apache-2.0
//
// No delta is lost, none comes from nothing.

module uart_modem_props (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       loop_i,
  input logic [3:0] mcr_i,
  input logic [3:0] pins_i,
  input logic       msr_read_i,
  input logic [7:0] msr_o
);

  power_on u_power_on (.*);

  logic       running_q = 1'b0;  // there was a clock out of reset before this one
  logic [3:0] level;             // DCD, RI, DSR, CTS
  logic [3:0] level_q;
  logic [3:0] changed_q;         // in that clock
  logic [3:0] kept_q;            // deltas that nobody read in that clock

  assign level = loop_i ? {mcr_i[3], mcr_i[2], mcr_i[0], mcr_i[1]} : pins_i;

  always_ff @(posedge clk_i) begin
    running_q <= rst_ni;
    level_q   <= level;
    // RI counts where it ends.
    changed_q <= {level[3] != msr_o[7], ~level[2] & msr_o[6], level[1:0] != msr_o[5:4] ? level[1:0] ^ msr_o[5:4] : 2'b00};
    kept_q    <= msr_read_i ? 4'h0 : msr_o[3:0];
  end

  always_comb begin
    if (rst_ni & running_q) begin
      assert (msr_o[7:4] == level_q);
      assert ((changed_q & ~msr_o[3:0]) == '0);
      assert ((kept_q & ~msr_o[3:0]) == '0);
      assert ((msr_o[3:0] & ~(changed_q | kept_q)) == '0);
      cover (changed_q == 4'hf && kept_q == '0);
    end
    if (!rst_ni) assert (msr_o[3:0] == '0);
  end

  // A change in the very clock of a read.
  logic read_q;
  always_ff @(posedge clk_i) read_q <= msr_read_i;
  always_comb if (rst_ni & running_q) cover (read_q & (changed_q != '0));

endmodule

bind uart_modem uart_modem_props u_props (.*);
