// SPDX-License-Identifier: Apache-2.0
//
// When THRE rises and falls, and when its interrupt is pending: every clock is one of these cases
// (docs/timing.md, "Transmitter").

module uart_thre_props (
  input logic clk_i,
  input logic rst_ni,
  input logic en_i,
  input logic single_i,
  input logic mode_change_i,
  input logic clear_i,
  input logic empty_i,
  input logic write_i,
  input logic take_last_i,
  input logic last_stop_i,
  input logic enable_i,
  input logic reported_i,
  input logic thre_o,
  input logic pending_o,
  input logic two_q,
  input logic first_q
);

  power_on u_power_on (.*);

  logic pair_q;    // the FIFO has held two bytes at once since the last rise
  logic fresh_q;  // FCR[0] has changed, and there was no rise behind that clock
  logic rise;

  assign rise = ~thre_o & (clear_i | (last_stop_i & empty_i) | (take_last_i & (single_i | pair_q | fresh_q)));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pair_q   <= 1'b0;
      fresh_q <= 1'b0;
    end else begin
      if (rise) {pair_q, fresh_q} <= 2'b00;
      if (write_i & ~single_i & ~empty_i) pair_q <= 1'b1;
      if (mode_change_i) fresh_q <= 1'b1;
    end
  end

  // Strobes are one at a time and never in the clock of a tick; a change of the mode clears the FIFO.
  logic strobe, tick;

  assign strobe = write_i | clear_i | enable_i | reported_i;
  assign tick   = take_last_i | last_stop_i;

  always_comb begin
    if (rst_ni) begin
      assume (en_i | ~(strobe | tick));
      assume (!(strobe & tick));
      assume (3'(write_i) + 3'(clear_i) + 3'(enable_i) + 3'(reported_i) <= 3'd1);
      assume (!(take_last_i & last_stop_i));
      assume (clear_i | ~mode_change_i);
    end
  end

  // What was, one clock ago.
  logic running_q = 1'b0;  // out of reset
  logic rise_q, write_q, enable_q, reported_q, thre_q, pending_q;

  always_ff @(posedge clk_i) begin
    running_q  <= rst_ni;
    rise_q     <= rise;
    write_q    <= write_i;
    enable_q   <= enable_i;
    reported_q <= reported_i;
    thre_q     <= thre_o;
    pending_q  <= pending_o;
  end

  always_comb begin
    if (!rst_ni) assert (thre_o & ~pending_o);
    if (rst_ni) assert ((pair_q == two_q) & (fresh_q == first_q));
    if (rst_ni) assert (thre_o | ~pending_o);
    if (rst_ni & running_q) begin
      if (write_q) assert (~thre_o & ~pending_o);
      else if (rise_q) assert (thre_o & pending_o);
      else assert (thre_o == thre_q);
      if (reported_q) assert (~pending_o);
      if (enable_q) assert (pending_o == thre_q);  // re-armed as often as it is enabled
      if (!write_q && !rise_q && !reported_q && !enable_q) assert (pending_o == pending_q);
    end
  end

  always_comb begin
    if (rst_ni) begin
      cover (rise & take_last_i & pair_q & ~single_i);
      cover (rise & last_stop_i & ~fresh_q & ~single_i);
      cover (~thre_o & take_last_i & ~rise);
      cover (enable_i & thre_o & ~pending_o);
    end
  end

endmodule

bind uart_thre uart_thre_props u_props (.*);
