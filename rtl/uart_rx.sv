// SPDX-License-Identifier: Apache-2.0
//
// Receiver: finds a start bit, looks at each bit in its middle, hands over the character at the middle of its first stop
// bit. The table of ticks is in docs/timing.md, "Receiver".
//
// After a stop bit that is low without being a break, the low may be a start bit that came early (a bit was lost): it is
// taken as such and sampled once more (PC16550D, section 8.4, framing error). After a break nothing is a start bit until
// the line has been mark again.

module uart_rx (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 tick_i,
  input  uart_pkg::frame_t     frame_i,
  input  logic                 line_i,       // 1 = mark
  output logic                 valid_o,      // a character enters in this clock
  output uart_pkg::character_t character_o
);

  typedef enum logic [2:0] {Idle, Start, Data, Parity, Stop, Resync, Break} state_e;

  state_e           state_q;
  uart_pkg::frame_t frame_q;   // as it stood when the start bit was found
  logic [3:0]       ticks_q;   // ticks to the next sample, less one
  logic [2:0]       bits_q;    // data bits behind the one that is sampled next
  logic [7:0]       shift_q;   // comes in from above
  logic             parity_q;  // the parity bit; 0 where there is none
  logic             unused_long_stop;

  // Only the first stop bit is looked at.
  assign unused_long_stop = frame_q.long_stop;

  always_comb begin
    valid_o     = tick_i & (state_q == Stop) & (ticks_q == '0);
    character_o = '0;
    if (valid_o) begin
      character_o.data      = shift_q >> (2'd3 - frame_q.word);
      character_o.parity    = frame_q.parity & (parity_q != (~frame_q.even ^ (^shift_q & ~frame_q.stick)));
      character_o.framing   = ~line_i;
      character_o.break_int = ~line_i & ~parity_q & (shift_q == '0);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Idle;
      frame_q  <= '0;
      ticks_q  <= '0;
      bits_q   <= '0;
      shift_q  <= '0;
      parity_q <= 1'b0;
    end else if (tick_i) begin
      if (ticks_q != '0) begin
        ticks_q <= ticks_q - 4'd1;
      end else begin
        ticks_q <= 4'd15;
        unique case (state_q)
          Start: begin
            shift_q  <= '0;
            parity_q <= 1'b0;
            bits_q   <= {1'b1, frame_q.word};
            state_q  <= Data;
            if (line_i) begin
              ticks_q <= '0;
              state_q <= Idle;
            end
          end
          Data: begin
            shift_q <= {line_i, shift_q[7:1]};
            if (bits_q == '0) state_q <= frame_q.parity ? Parity : Stop;
            bits_q  <= bits_q - 3'd1;
          end
          Parity: begin
            parity_q <= line_i;
            state_q  <= Stop;
          end
          Stop: begin
            ticks_q <= '0;
            frame_q <= frame_i;
            state_q <= line_i ? Idle : character_o.break_int ? Break : Resync;
          end
          Resync: begin
            // One tick of the 16 to data bit 0 has passed.
            shift_q  <= '0;
            parity_q <= 1'b0;
            bits_q   <= {1'b1, frame_q.word};
            ticks_q  <= line_i ? '0 : 4'd14;
            state_q  <= line_i ? Idle : Data;
          end
          Break: begin
            ticks_q <= '0;
            if (line_i) state_q <= Idle;
          end
          default: begin  // Idle
            frame_q <= frame_i;
            ticks_q <= line_i ? '0 : 4'd7;
            if (!line_i) state_q <= Start;
          end
        endcase
      end
    end
  end

endmodule
