// SPDX-License-Identifier: Apache-2.0
//
// FIFO of 16, its oldest entry always in view. With `single_i` (16450 mode) it holds one entry, and a push onto that one
// replaces it; as a FIFO it drops what is pushed when it is full.
//
// Push and pop never come in the same clock: pushes and pops of one side are register strobes, those of the other are
// ticks, and a strobe never falls on a crystal pulse (docs/timing.md). `single_i` may change only together with `clear_i`.

module uart_fifo #(
  parameter int unsigned WIDTH = 8
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             en_i,     // clock enable: a strobe or a tick
  input  logic             single_i,
  input  logic             clear_i,
  input  logic             push_i,
  input  logic [WIDTH-1:0] data_i,
  input  logic             pop_i,    // never of an empty FIFO
  output logic [WIDTH-1:0] data_o,   // means nothing while the FIFO is empty
  output logic [4:0]       count_o,
  output logic             full_o
);

  logic [WIDTH-1:0] mem [16];
  logic [3:0]       rptr_q;
  logic [4:0]       count_q;
  logic [3:0]       wptr;

  assign count_o = count_q;
  assign full_o  = single_i ? count_q[0] : count_q[4];
  assign wptr    = single_i ? rptr_q : rptr_q + count_q[3:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
    end else if (en_i) begin
      if (clear_i) count_q <= '0;
      else if (pop_i) count_q <= count_q - 5'd1;
      else if (push_i & ~full_o) count_q <= count_q + 5'd1;
    end
  end

  // Only the count is reset. A FIFO may begin anywhere in its memory, and a read pointer without reset is what a block RAM
  // can take as its own address register.
  always_ff @(posedge clk_i) begin
    if (pop_i) rptr_q <= rptr_q + 4'd1;
  end

  always_ff @(posedge clk_i) begin
    if (push_i & (single_i | ~full_o)) mem[wptr] <= data_i;
  end

  assign data_o = mem[rptr_q];

endmodule
