// SPDX-License-Identifier: Apache-2.0
//
// A level is seen two clocks after it was at the pin.

module sync2_props #(
  parameter int unsigned WIDTH = 1
) (
  input logic             clk_i,
  input logic [WIDTH-1:0] d_i,
  input logic [WIDTH-1:0] q_o
);

  logic [1:0] clocks_q = 2'd0;

  always_ff @(posedge clk_i) begin
    if (clocks_q != 2'd2) clocks_q <= clocks_q + 2'd1;
    if (clocks_q == 2'd2) assert (q_o == $past(d_i, 2));
    cover (clocks_q == 2'd2 && q_o != d_i);
  end

endmodule

bind sync2 sync2_props #(
  .WIDTH(WIDTH)
) u_props (.*);
