// SPDX-License-Identifier: Apache-2.0
//
// Two flip-flops between the world and the PCI clock. They have no reset: while RST# is low they go on following their
// pin, so nothing looks like a change of level when RST# rises (docs/timing.md, "Modem lines").

module sync2 #(
  parameter int unsigned WIDTH = 1
) (
  input  logic             clk_i,
  input  logic [WIDTH-1:0] d_i,
  output logic [WIDTH-1:0] q_o
);

  logic [WIDTH-1:0] meta_q;

  always_ff @(posedge clk_i) begin
    meta_q <= d_i;
    q_o    <= meta_q;
  end

endmodule
