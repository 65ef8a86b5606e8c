// SPDX-License-Identifier: Apache-2.0
//
// Reception, told by age: ticks since the one at which the start bit was found (docs/timing.md, "Receiver").

module uart_rx_props (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic                 tick_i,
  input uart_pkg::frame_t     frame_i,
  input logic                 line_i,
  input logic                 valid_o,
  input uart_pkg::character_t character_o,
  input logic [2:0]           state_q,
  input uart_pkg::frame_t     frame_q,
  input logic [3:0]           ticks_q,
  input logic [2:0]           bits_q,
  input logic [7:0]           shift_q,
  input logic                 parity_q
);

  power_on u_power_on (.*);

  localparam logic [2:0] Idle = 3'd0, Start = 3'd1, Data = 3'd2, Parity = 3'd3, Stop = 3'd4, Resync = 3'd5, Break = 3'd6;

  // Hunts for a start bit; receives one character; looks again after a low stop bit; waits for mark after a break.
  localparam logic [1:0] Hunts = 2'd0, Receives = 2'd1, LooksAgain = 2'd2, WaitsForMark = 2'd3;

  logic [1:0]       does_q;
  logic [7:0]       age_q;
  uart_pkg::frame_t shape_q;
  logic [7:0]       data_q;    // bit i as it was sampled
  logic             check_q;   // the parity bit as it was sampled

  logic [7:0] age;       // of this tick
  logic [3:0] index;     // of the bit sampled at it: 0 start, then data, parity, stop
  logic [3:0] word;
  logic       samples;
  logic       stops;
  logic       wrong_parity;
  logic       is_break;

  assign age          = age_q + 8'd1;
  assign index        = age[7:4];
  assign samples      = (does_q == Receives) & (age[3:0] == 4'd8);
  assign word         = 4'd5 + {2'b0, shape_q.word};
  assign stops        = samples & (index == word + 4'd1 + {3'b0, shape_q.parity});
  assign wrong_parity = shape_q.parity & (check_q != (shape_q.stick ? ~shape_q.even : ^data_q ^ ~shape_q.even));
  assign is_break     = ~line_i & (data_q == '0) & ~(shape_q.parity & check_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      does_q <= Hunts;
    end else if (tick_i) begin
      age_q <= age;
      case (does_q)
        Hunts:
        if (!line_i) begin
          does_q  <= Receives;
          age_q   <= '0;
          shape_q <= frame_i;
          data_q  <= '0;
        end
        Receives: begin
          if (samples & (index == '0) & line_i) does_q <= Hunts;  // a glitch
          if (samples & (index != '0) & (index <= word)) data_q[3'(index - 4'd1)] <= line_i;
          if (samples & shape_q.parity & (index == word + 4'd1)) check_q <= line_i;
          if (stops) begin
            does_q  <= line_i ? Hunts : is_break ? WaitsForMark : LooksAgain;
            shape_q <= frame_i;
          end
        end
        LooksAgain: begin
          // The stop sample was the middle of a start bit.
          does_q <= line_i ? Hunts : Receives;
          age_q  <= 8'd9;
          data_q <= '0;
        end
        default: if (line_i) does_q <= Hunts;
      endcase
    end
  end

  always_comb begin
    if (rst_ni) begin
      assert (valid_o == (tick_i & stops));
      if (valid_o) begin
        assert (character_o.data == data_q);
        assert (character_o.parity == wrong_parity);
        assert (character_o.framing == ~line_i);
        assert (character_o.break_int == is_break);
      end
    end
  end

  // How that shows in the module's own state.
  logic [3:0] sampled;  // data bits

  assign sampled = age_q < 8'd8 ? 4'd0 : 4'((age_q - 8'd8) >> 4) < word ? 4'((age_q - 8'd8) >> 4) : word;

  always_comb begin
    if (rst_ni) begin
      if (does_q == Hunts) assert ((state_q == Idle) & (ticks_q == '0));
      if (does_q == WaitsForMark) assert ((state_q == Break) & (ticks_q == '0));
      if (does_q == LooksAgain) assert ((state_q == Resync) & (ticks_q == '0));
      if (does_q == LooksAgain || does_q == Receives) assert (frame_q == shape_q);
      if (does_q == Receives) begin
        assert (ticks_q == 4'(8'd7 - age_q));
        assert (age_q < {word + 4'd1 + {3'b0, shape_q.parity}, 4'd8});
        if (age_q < 8'd8) begin
          assert ((state_q == Start) & (data_q == '0));
        end else begin
          assert (shift_q == 8'(data_q << (4'd8 - sampled)));
          assert ((data_q >> sampled) == '0);
          if (sampled < word) assert ((state_q == Data) & (bits_q == 3'(word - 4'd1 - sampled)) & ~parity_q);
          else if (shape_q.parity & (age_q < {word + 4'd1, 4'd8})) assert ((state_q == Parity) & ~parity_q);
          else assert ((state_q == Stop) & (parity_q == (shape_q.parity & check_q)));
        end
      end
    end
  end

  always_comb begin
    if (rst_ni) begin
      cover ((does_q == Receives) & (age_q == 8'd9) & tick_i & line_i);
    end
  end

endmodule

bind uart_rx uart_rx_props u_props (.*);
