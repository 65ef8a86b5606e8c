// SPDX-License-Identifier: Apache-2.0
//
// A proof begins in reset; later, reset may come and go as it likes.

module power_on (
  input logic clk_i,
  input logic rst_ni
);

  logic begun_q = 1'b0;

  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb if (!begun_q) assume (!rst_ni);

endmodule
