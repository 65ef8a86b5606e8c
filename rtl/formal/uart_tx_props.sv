// SPDX-License-Identifier: Apache-2.0
//
// Shape of a frame, told by its age: the number of ticks since its start bit began (docs/timing.md, "Transmitter").

module uart_tx_props (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             tick_i,
  input uart_pkg::frame_t frame_i,
  input logic             valid_i,
  input logic [7:0]       data_i,
  input logic             take_o,
  input logic             last_stop_o,
  input logic             busy_o,
  input logic             line_o,
  input logic [3:0]       ticks_q,
  input logic [3:0]       bits_q,
  input logic             half_stop_q,
  input logic [9:0]       shift_q
);

  power_on u_power_on (.*);

  logic             sending_q;
  logic [7:0]       age_q;
  logic [7:0]       data_q;
  uart_pkg::frame_t frame_q;

  logic [3:0] word;       // data bits
  logic       ones;       // an odd number of ones in them
  logic       parity;     // the parity bit
  logic       half;       // the last stop bit is half a bit
  logic [7:0] length;     // ticks of the frame
  logic       ends;       // with this tick the frame is over

  assign word   = 4'd5 + {2'b0, frame_q.word};
  assign ones   = ^(data_q & (8'hff >> (4'd8 - word)));
  assign parity = frame_q.stick ? ~frame_q.even : frame_q.even ? ones : ~ones;
  assign half   = frame_q.long_stop & (frame_q.word == 2'd0);
  assign length = {word + 4'd2 + {3'b0, frame_q.parity}, 4'd0} + (half ? 8'd8 : frame_q.long_stop ? 8'd16 : 8'd0);
  assign ends   = sending_q & (age_q == length - 8'd1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sending_q <= 1'b0;
    end else if (tick_i) begin
      age_q <= age_q + 8'd1;
      if (ends) sending_q <= 1'b0;
      if (take_o) begin
        sending_q <= 1'b1;
        age_q     <= '0;
        data_q    <= data_i;
        frame_q   <= frame_i;
      end
    end
  end

  // The line, and what is to follow it: one bit every 16 ticks, mark behind the last.
  for (genvar i = 0; i < 10; i++) begin : gen_bit
    logic [4:0] at;
    logic       level;
    assign at = {1'b0, age_q[7:4]} + 5'(i);
    always_comb begin
      level = 1'b1;
      if (at == 5'd0) level = 1'b0;
      else if (at <= {1'b0, word}) level = data_q[3'(at - 5'd1)];
      else if (frame_q.parity & (at == {1'b0, word} + 5'd1)) level = parity;
      if (!sending_q) level = 1'b1;
      if (rst_ni) assert (shift_q[i] == level);
    end
  end

  always_comb begin
    if (rst_ni) begin
      assert (line_o == gen_bit[0].level);
      assert (busy_o == sending_q);
      assert (take_o == (tick_i & valid_i & (~sending_q | ends)));
      assert (last_stop_o == (tick_i & sending_q & (age_q + 8'd1 == length - (half ? 8'd8 : 8'd16))));
      if (sending_q) begin
        assert (age_q < length);
        assert (half_stop_q == half);
        assert (!(half & (bits_q == '0)) | (ticks_q < 4'd8));
        assert ({bits_q, ticks_q} - (half & (bits_q != '0) ? 8'd8 : 8'd0) == length - 8'd1 - age_q);
      end else begin
        assert ({bits_q, ticks_q} == '0);
      end
    end
  end

  always_comb begin
    if (rst_ni) begin
      cover (sending_q & (age_q == 8'd16) & line_o);
    end
  end

endmodule

bind uart_tx uart_tx_props u_props (.*);
