// SPDX-License-Identifier: Apache-2.0
//
// Receive FIFO (or RBR alone, 16450 mode) with what LSR tells of it: error bits belong to their character and show when it
// is at the top; LSR[7] tells of an error anywhere (PC16550D, section 8.4).

module uart_rx_fifo (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 en_i,         // clock enable: a strobe or a tick
  input  logic                 single_i,     // 16450 mode
  input  logic                 clear_i,
  input  logic                 push_i,
  input  uart_pkg::character_t character_i,
  input  logic                 rbr_read_i,
  input  logic                 lsr_read_i,
  output logic [7:0]           rbr_o,
  output logic [4:0]           count_o,
  output logic [3:0]           errors_o,     // LSR[4:1]: break, framing, parity, overrun
  output logic                 any_error_o,  // LSR[7]
  output logic                 stored_o      // a character enters in this clock, it is not lost
);

  localparam int unsigned CharacterBits = 11;  // of character_t; yosys 0.23 cannot ask a type for its $bits

  uart_pkg::character_t top;
  logic                 full;
  logic                 empty;
  logic                 pop;
  logic                 becomes_top;
  logic                 bad;         // the character that comes in has an error
  logic                 top_bad;
  logic                 overrun_q;
  logic                 seen_q;      // LSR was read since this character is at the top
  logic                 any_error_q;
  logic [4:0]           bad_count_q; // characters with an error in the FIFO, seen or not
  logic [7:0]           last_q;      // the character read last

  uart_fifo #(
    .WIDTH(CharacterBits)
  ) u_fifo (
    .clk_i,
    .rst_ni,
    .en_i,
    .single_i,
    .clear_i,
    .push_i,
    .data_i (character_i),
    .pop_i  (pop),
    .data_o (top),
    .count_o(count_o),
    .full_o (full)
  );

  assign empty       = count_o == '0;
  assign pop         = rbr_read_i & ~empty;
  assign stored_o    = push_i & (single_i | ~full);
  assign becomes_top = push_i & (single_i | empty);
  assign bad         = character_i.break_int | character_i.framing | character_i.parity;
  assign top_bad     = ~empty & (top.break_int | top.framing | top.parity);

  // An empty FIFO reads as the character that was last read from it: the memory has no reset and may hold anything.
  assign rbr_o         = empty ? last_q : top.data;
  assign errors_o[3:1] = empty | seen_q ? '0 : {top.break_int, top.framing, top.parity};
  assign errors_o[0]   = overrun_q;
  assign any_error_o   = any_error_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      overrun_q   <= 1'b0;
      seen_q      <= 1'b0;
      any_error_q <= 1'b0;
      bad_count_q <= '0;
      last_q      <= '0;
    end else if (en_i) begin
      if (clear_i) begin
        any_error_q <= 1'b0;
        bad_count_q <= '0;
      end else if (push_i) begin
        if (full) overrun_q <= 1'b1;
        if (becomes_top) seen_q <= 1'b0;
        if (stored_o & bad & ~single_i) begin
          any_error_q <= 1'b1;
          bad_count_q <= bad_count_q + 5'd1;
        end
      end else if (pop) begin
        seen_q <= 1'b0;
        last_q <= top.data;
        if (top_bad & ~single_i) bad_count_q <= bad_count_q - 5'd1;
      end else if (lsr_read_i) begin
        overrun_q <= 1'b0;
        seen_q    <= 1'b1;
        if (bad_count_q == 5'(top_bad)) any_error_q <= 1'b0;
      end
    end
  end

endmodule
