// SPDX-License-Identifier: Apache-2.0
//
// What LSR tells of the characters in the receive FIFO. `queue` is the one that uart_fifo_props holds against the memory,
// the oldest character lowest.

module uart_rx_fifo_props (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic                 en_i,
  input logic                 single_i,
  input logic                 clear_i,
  input logic                 push_i,
  input uart_pkg::character_t character_i,
  input logic                 rbr_read_i,
  input logic                 lsr_read_i,
  input logic [7:0]           rbr_o,
  input logic [4:0]           count_o,
  input logic [3:0]           errors_o,
  input logic                 any_error_o,
  input logic                 stored_o,
  input logic [4:0]           bad_count_q,
  input logic [7:0]           last_q,
  input logic                 seen_q,
  input logic [16*11-1:0]     queue
);

  power_on u_power_on (.*);

  logic [15:0] bad;        // entry i has an error
  logic [4:0]  bad_count;
  logic        full;
  logic [7:0]  last_read_q;
  logic        told_q;     // LSR was read since this character is at the top
  logic        overrun_q;
  logic        any_q;
  logic        single_q;
  logic        may_change_q = 1'b1;

  assign full = count_o == (single_i ? 5'd1 : 5'd16);

  for (genvar i = 0; i < 16; i++) begin : gen_bad
    assign bad[i] = (count_o > 5'(i)) & (queue[11*i+8+:3] != '0);
  end

  always_comb begin
    bad_count = '0;
    for (int i = 0; i < 16; i++) bad_count = bad_count + {4'b0, bad[i]};
  end

  always_ff @(posedge clk_i) begin
    single_q     <= single_i;
    may_change_q <= clear_i | ~rst_ni;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_read_q <= '0;
      told_q      <= 1'b0;
      overrun_q   <= 1'b0;
      any_q       <= 1'b0;
    end else begin
      if (push_i & full) overrun_q <= 1'b1;
      if (push_i & (single_i | (count_o == '0))) told_q <= 1'b0;
      if (push_i & ~full & ~single_i & (character_i.break_int | character_i.framing | character_i.parity)) any_q <= 1'b1;
      if (rbr_read_i & (count_o != '0)) begin
        last_read_q <= queue[7:0];
        told_q      <= 1'b0;
      end
      if (lsr_read_i) begin
        overrun_q <= 1'b0;
        told_q    <= 1'b1;
        if (bad[15:1] == '0) any_q <= 1'b0;
      end
      if (clear_i) any_q <= 1'b0;  // and nothing else: an overrun is still to be told
    end
  end

  // Characters come at ticks, strobes one at a time and never with a tick.
  always_comb begin
    if (rst_ni) begin
      assume (en_i | ~(push_i | rbr_read_i | lsr_read_i | clear_i));
      assume (3'(push_i) + 3'(rbr_read_i) + 3'(lsr_read_i) + 3'(clear_i) <= 3'd1);
      assume ((single_i == single_q) | may_change_q);
    end
  end

  always_comb begin
    if (rst_ni) begin
      assert (rbr_o == (count_o == '0 ? last_read_q : queue[7:0]));
      assert (errors_o[3:1] == (count_o == '0 || told_q ? 3'b0 : queue[10:8]));
      assert (errors_o[0] == overrun_q);
      assert (any_error_o == any_q);
      assert (stored_o == (push_i & (single_i | ~full)));
      assert (bad_count_q == (single_i ? 5'd0 : bad_count));
      assert (!(single_i & any_error_o));
      assert ((last_q == last_read_q) & (seen_q == told_q));
    end
  end

  always_comb begin
    if (rst_ni) begin
      cover (errors_o[3:1] == 3'b101);
      cover (lsr_read_i & any_error_o & (bad[2:0] == 3'b101));
      cover (lsr_read_i & errors_o[0] & single_i);
    end
  end

endmodule

bind uart_rx_fifo uart_rx_fifo_props u_props (
  .clk_i, .rst_ni, .en_i, .single_i, .clear_i, .push_i, .character_i, .rbr_read_i, .lsr_read_i, .rbr_o, .count_o, .errors_o,
  .any_error_o, .stored_o, .bad_count_q, .last_q, .seen_q
);
