// SPDX-License-Identifier: Apache-2.0
//
// The 1.8432 MHz crystal, sampled in the PCI clock domain: one enable pulse per crystal period. With 18 PCI clocks in a
// period no edge can be missed. The crystal does not know about RST#, so nothing here is reset (docs/timing.md, "Crystal").

module crystal_edge (
  input  logic clk_i,
  input  logic crystal_i,
  output logic pulse_o
);

  logic crystal;
  logic crystal_q;

  sync2 u_sync (
    .clk_i,
    .d_i(crystal_i),
    .q_o(crystal)
  );

  always_ff @(posedge clk_i) crystal_q <= crystal;

  assign pulse_o = crystal & ~crystal_q;

endmodule
