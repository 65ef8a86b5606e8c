// SPDX-License-Identifier: Apache-2.0
//
// From one tick to the next there are as many crystal pulses as the divisor was at the first of them.

module uart_baud_props (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        crystal_i,
  input logic [15:0] divisor_i,
  input logic        tick_o,
  input logic [15:0] count_q
);

  power_on u_power_on (.*);

  logic [15:0] divisor_q;  // at the pulse that was last due
  logic [15:0] pulses_q;   // since then
  logic        due;

  assign due = (divisor_q == '0) | (pulses_q == divisor_q - 16'd1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      divisor_q <= '0;
      pulses_q  <= '0;
    end else if (crystal_i) begin
      pulses_q <= pulses_q + 16'd1;
      if (due) begin
        divisor_q <= divisor_i;
        pulses_q  <= '0;
      end
    end
  end

  always_comb begin
    if (rst_ni) begin
      assert (tick_o == (crystal_i & due & (divisor_i != '0)));
      assert (count_q == (divisor_q == '0 ? 16'd0 : divisor_q - pulses_q));
      assert ((divisor_q == '0) ? (pulses_q == '0) : (pulses_q < divisor_q));
      cover (tick_o & (divisor_q == 16'd3) & (divisor_i == 16'd1));
      cover (crystal_i & (divisor_q == 16'd2) & (divisor_i == '0) & due);
    end
  end

endmodule

bind uart_baud uart_baud_props u_props (.*);
