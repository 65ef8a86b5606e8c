// SPDX-License-Identifier: Apache-2.0
//
// One pulse for each rising edge, two clocks after it was at the pin.

module crystal_edge_props (
  input logic clk_i,
  input logic crystal_i,
  input logic pulse_o
);

  logic [1:0] clocks_q = 2'd0;

  always_ff @(posedge clk_i) begin
    if (clocks_q != 2'd3) clocks_q <= clocks_q + 2'd1;
    if (clocks_q == 2'd3) assert (pulse_o == ($past(crystal_i, 2) & ~$past(crystal_i, 3)));
    cover (clocks_q == 2'd3 && pulse_o);
  end

endmodule

bind crystal_edge crystal_edge_props u_props (.*);
