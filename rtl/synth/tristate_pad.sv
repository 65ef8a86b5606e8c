// SPDX-License-Identifier: Apache-2.0
//
// Pads of an iCE40 that drive while `oe_i` is high. No flip-flop in the pad: docs/timing.md counts none. No pull-up: those
// of a PCI bus are on the main board.

module tristate_pad #(
  parameter int unsigned WIDTH = 1
) (
  inout  wire  [WIDTH-1:0] pad_io,
  input  logic [WIDTH-1:0] out_i,
  input  logic             oe_i,
  output logic [WIDTH-1:0] in_o
);

  for (genvar i = 0; i < WIDTH; i++) begin : gen_pad
    SB_IO #(
      .PIN_TYPE(6'b1010_01),  // output with enable, plain input
      .PULLUP  (1'b0)
    ) u_pad (
      .PACKAGE_PIN  (pad_io[i]),
      .D_OUT_0      (out_i[i]),
      .OUTPUT_ENABLE(oe_i),
      .D_IN_0       (in_o[i])
    );
  end

endmodule
