// SPDX-License-Identifier: Apache-2.0
//
// The timeout fires four character times after its last restart, to the tick, and only then.

module uart_timeout_props (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             en_i,
  input logic             tick_i,
  input uart_pkg::frame_t frame_i,
  input logic             entered_i,
  input logic             read_i,
  input logic             stop_i,
  input logic             fired_o,
  input logic [9:0]       ticks_q
);

  power_on u_power_on (.*);

  logic       running_q;
  logic       fired_q;
  logic [9:0] age_q;     // ticks since the restart
  logic [9:0] limit_q;
  logic [9:0] four;      // characters, in ticks

  // Start, 5 to 8 data bits, parity, stop; 16 ticks each.
  assign four = 10'd64 * (10'd7 + {8'b0, frame_i.word} + {9'b0, frame_i.parity}) +
                (!frame_i.long_stop ? 10'd0 : frame_i.word == '0 ? 10'd32 : 10'd64);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      fired_q   <= 1'b0;
    end else begin
      if (tick_i & running_q) begin
        age_q <= age_q + 10'd1;
        if (age_q + 10'd1 == limit_q & ~entered_i) begin
          fired_q   <= 1'b1;
          running_q <= 1'b0;
        end
      end
      if (entered_i & ~fired_q) begin
        running_q <= 1'b1;
        age_q     <= '0;
        limit_q   <= four;
      end
      if (read_i) begin
        running_q <= 1'b1;
        fired_q   <= 1'b0;
        age_q     <= '0;
        limit_q   <= four + 10'd1;
      end
      if (stop_i) begin
        running_q <= 1'b0;
        fired_q   <= 1'b0;
      end
    end
  end

  always_comb begin
    if (rst_ni) begin
      assume (en_i | ~(tick_i | entered_i | read_i | stop_i));
      assume (tick_i | ~entered_i);
      assume (!(tick_i & (read_i | stop_i)));
    end
  end

  always_comb begin
    if (rst_ni) begin
      assert (fired_o == fired_q);
      assert (!(fired_q & running_q));
      assert (ticks_q == (running_q ? limit_q - age_q : 10'd0));
      if (running_q) assert (age_q < limit_q);
      cover (running_q & tick_i & (age_q == 10'd8) & (limit_q == 10'd449));
      cover (read_i & running_q & (age_q == 10'd3));
    end
  end

endmodule

bind uart_timeout uart_timeout_props u_props (.*);
