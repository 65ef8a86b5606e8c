// SPDX-License-Identifier: Apache-2.0
//
// Baud generator: every `divisor_i` crystal pulses one tick, the 16x clock of receiver and transmitter (PC16550D, section
// 8.3). The divisor is looked at only where a tick is due, so a new one never cuts a bit short; 0 stops the ticks.

module uart_baud (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        crystal_i,  // one clock per crystal period
  input  logic [15:0] divisor_i,
  output logic        tick_o
);

  logic [15:0] count_q;
  logic        due;

  assign due    = count_q <= 16'd1;
  assign tick_o = crystal_i & due & (divisor_i != '0);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
    end else if (crystal_i) begin
      count_q <= due ? divisor_i : count_q - 16'd1;
    end
  end

endmodule
