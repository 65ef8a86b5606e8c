// SPDX-License-Identifier: Apache-2.0
//
// Character timeout of the receive FIFO: four character times without a character coming in or being read (PC16550D,
// section 8.5). Counted in ticks, from the tick at which a character entered or, since a read lies between two ticks, from
// the tick after it.

module uart_timeout (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             en_i,       // clock enable: a strobe or a tick
  input  logic             tick_i,
  input  uart_pkg::frame_t frame_i,
  input  logic             entered_i,  // at this tick a character enters the FIFO
  input  logic             read_i,     // a read takes a character and leaves one
  input  logic             stop_i,     // the FIFO becomes empty, or is none (16450 mode)
  output logic             fired_o
);

  logic       fired_q;
  logic [9:0] ticks_q;     // 0: stopped
  logic       unused_parity_kind;

  assign fired_o            = fired_q;
  assign unused_parity_kind = frame_i.stick ^ frame_i.even;

  // Four characters in ticks: 32 for each half bit of one.
  function automatic logic [9:0] char_times(input logic [1:0] word, input logic parity, input logic long_stop);
    logic [4:0] half_bits;
    half_bits = 5'd14 + {2'b0, word, 1'b0} + {3'b0, parity, 1'b0} + {3'b0, long_stop, 1'b0};
    if (long_stop & (word == '0)) half_bits = half_bits - 5'd1;
    char_times = {half_bits, 5'b0};
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fired_q <= 1'b0;
      ticks_q <= '0;
    end else if (en_i) begin
      if (stop_i) begin
        fired_q <= 1'b0;
        ticks_q <= '0;
      end else if (read_i) begin
        fired_q <= 1'b0;
        ticks_q <= char_times(frame_i.word, frame_i.parity, frame_i.long_stop) + 10'd1;
      end else if (entered_i) begin
        // Once fired, only a read restarts it. A character at the very tick at which it would fire restarts it.
        if (!fired_q) ticks_q <= char_times(frame_i.word, frame_i.parity, frame_i.long_stop);
      end else if (tick_i & (ticks_q != '0)) begin
        if (ticks_q == 10'd1) fired_q <= 1'b1;
        ticks_q <= ticks_q - 10'd1;
      end
    end
  end

endmodule
