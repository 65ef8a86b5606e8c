// SPDX-License-Identifier: Apache-2.0
//
// Order and count of the FIFO: what it shows is what a queue would show that shifts its entries instead of moving pointers.
// So a push onto a full FIFO leaves it alone, and one onto a full single register replaces its entry.

module uart_fifo_props #(
  parameter int unsigned WIDTH = 8
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic                en_i,
  input logic                single_i,
  input logic                clear_i,
  input logic                push_i,
  input logic [WIDTH-1:0]    data_i,
  input logic                pop_i,
  input logic [WIDTH-1:0]    data_o,
  input logic [4:0]          count_o,
  input logic                full_o,
  input logic [3:0]          rptr_q,
  input logic [16*WIDTH-1:0] mem
);

  power_on u_power_on (.*);

  logic [16*WIDTH-1:0] queue_q;  // the oldest entry lowest
  logic [4:0]          count_q;
  logic                single_q;
  logic                may_change_q = 1'b1;

  always_ff @(posedge clk_i) begin
    single_q     <= single_i;
    may_change_q <= clear_i | ~rst_ni;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
    end else if (clear_i) begin
      count_q <= '0;
    end else if (pop_i) begin
      count_q <= count_q - 5'd1;
      queue_q <= queue_q >> WIDTH;
    end else if (push_i & single_i) begin
      count_q            <= 5'd1;
      queue_q[WIDTH-1:0] <= data_i;
    end else if (push_i & (count_q < 5'd16)) begin
      count_q                       <= count_q + 5'd1;
      queue_q[WIDTH*count_q+:WIDTH] <= data_i;
    end
  end

  // What the FIFO asks of its user.
  always_comb begin
    if (rst_ni) begin
      assume (!(push_i & pop_i));
      assume (!(pop_i & (count_o == '0)));
      assume (en_i | ~(push_i | pop_i | clear_i));
      assume ((single_i == single_q) | may_change_q);
    end
  end

  always_comb begin
    if (rst_ni) begin
      shows_count: assert (count_o == count_q);
      shows_limit: assert (count_o <= (single_i ? 5'd1 : 5'd16));
      shows_full: assert (full_o == (count_o == (single_i ? 5'd1 : 5'd16)));
      if (count_o != '0) shows_data: assert (data_o == queue_q[WIDTH-1:0]);
    end
  end

  // Each entry lies where its pop will look for it.
  for (genvar i = 0; i < 16; i++) begin : gen_entry
    logic [3:0] at;
    assign at = rptr_q + 4'(i);
    always_comb if (rst_ni & (count_q > 5'(i))) assert (mem[WIDTH*at+:WIDTH] == queue_q[WIDTH*i+:WIDTH]);
  end

  always_comb begin
    if (rst_ni) begin
      cover (~single_i & full_o & push_i);
      cover (single_i & full_o & push_i);
      cover (~single_i & (count_o == 5'd1) & pop_i & (rptr_q == 4'd15));
    end
  end

endmodule

bind uart_fifo uart_fifo_props #(
  .WIDTH(WIDTH)
) u_props (
  .clk_i, .rst_ni, .en_i, .single_i, .clear_i, .push_i, .data_i, .pop_i, .data_o, .count_o, .full_o, .rptr_q,
  .mem({mem[15], mem[14], mem[13], mem[12], mem[11], mem[10], mem[9], mem[8],
        mem[7], mem[6], mem[5], mem[4], mem[3], mem[2], mem[1], mem[0]})
);
