// SPDX-License-Identifier: Apache-2.0
//
// Transmitter: takes the oldest byte at a tick, sends start bit, data, parity and stop bits, 16 ticks each (8 for the half
// stop bit). A frame keeps the shape it began with. Frames follow each other without a gap (docs/timing.md, "Transmitter").

module uart_tx (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             tick_i,
  input  uart_pkg::frame_t frame_i,
  input  logic             valid_i,      // there is a byte to send
  input  logic [7:0]       data_i,
  output logic             take_o,       // the byte moves to the shift register in this clock
  output logic             last_stop_o,  // the last stop bit begins in this clock
  output logic             busy_o,       // a frame is on the line
  output logic             line_o        // 1 = mark
);

  logic       busy_q;
  logic [3:0] ticks_q;      // ticks that the bit on the line still lasts, less one
  logic [3:0] bits_q;       // bits behind the one on the line
  logic       half_stop_q;
  logic [9:0] shift_q;      // bit 0 is on the line; mark comes in from above and makes the stop bits
  logic       bit_end;

  assign busy_o = busy_q;
  assign line_o = shift_q[0];

  always_comb begin
    bit_end     = 1'b0;
    take_o      = 1'b0;
    last_stop_o = 1'b0;
    if (tick_i & (ticks_q == '0)) begin
      bit_end     = 1'b1;
      take_o      = (bits_q == '0) & valid_i;
      last_stop_o = bits_q == 4'd1;
    end
  end

  // Start bit, data, the parity bit if any, mark: as LCR stands.
  function automatic logic [9:0] frame_bits(input logic [7:0] data);
    logic [7:0] word;
    logic       parity;
    word   = data & (8'hff >> (2'd3 - frame_i.word));
    parity = ~frame_i.parity | (~frame_i.even ^ (^word & ~frame_i.stick));
    unique case (frame_i.word)
      2'd0: frame_bits = {3'b111, parity, word[4:0], 1'b0};
      2'd1: frame_bits = {2'b11, parity, word[5:0], 1'b0};
      2'd2: frame_bits = {1'b1, parity, word[6:0], 1'b0};
      2'd3: frame_bits = {parity, word[7:0], 1'b0};
    endcase
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q      <= 1'b0;
      ticks_q     <= '0;
      bits_q      <= '0;
      half_stop_q <= 1'b0;
      shift_q     <= '1;
    end else if (tick_i) begin
      if (take_o) begin
        busy_q      <= 1'b1;
        ticks_q     <= 4'd15;
        bits_q      <= 4'd6 + 4'(frame_i.word) + 4'(frame_i.parity) + 4'(frame_i.long_stop);
        half_stop_q <= frame_i.long_stop & (frame_i.word == '0);
        shift_q     <= frame_bits(data_i);
      end else if (!bit_end) begin
        ticks_q <= ticks_q - 4'd1;
      end else if (bits_q == '0) begin
        busy_q <= 1'b0;
      end else begin
        ticks_q <= last_stop_o & half_stop_q ? 4'd7 : 4'd15;
        bits_q  <= bits_q - 4'd1;
        shift_q <= {1'b1, shift_q[9:1]};
      end
    end
  end

endmodule
