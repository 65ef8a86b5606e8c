// SPDX-License-Identifier: Apache-2.0
//
// What holds between the parts of the card, and what the ports and the bus unit ask of each other. The ports themselves are
// cut out of this proof: it holds whatever they do.

module mtty_card_props #(
  parameter int unsigned PORTS     = 2,
  parameter bit          OUT2_GATE = 1'b0
) (
  input logic               clk_i,
  input logic               rst_ni,
  input logic               inta_no,
  input logic               inta_oe,
  input logic [31:0]        ad_i,
  input logic [31:0]        ad_o,
  input logic               ad_oe,
  input logic [3:0]         cbe_ni,
  input logic               frame_ni,
  input logic               idsel_i,
  input logic               devsel_no,
  input logic               devsel_oe,
  input logic               trdy_no,
  input logic [PORTS-1:0]   out2_no,
  input logic               crystal,
  input logic [PORTS-1:0]   reg_read,
  input logic [PORTS-1:0]   reg_write,
  input logic [PORTS-1:0]   irq,
  input logic               io_enable,
  input logic               interrupt_disable,
  input logic [28:0]        bar0,
  input logic [28:0]        bar1
);

  power_on u_power_on (.*);

  logic [1:0] clocks_q;  // out of reset, as far as 2
  logic       claimed_q;
  logic       io_hit;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) clocks_q <= 2'd0;
    else if (clocks_q != 2'd2) clocks_q <= clocks_q + 2'd1;
  end

  always_ff @(posedge clk_i) begin
    // No claim outside the BARs, none of memory, none without IDSEL: what was on the bus at edge N, two clocks ago, and
    // Command and BARs in State(N).
    claimed_q <= devsel_oe & rst_ni;
    if (rst_ni && devsel_oe && !claimed_q)
      assert (clocks_q == 2'd2 && !$past(frame_ni, 2) &&
              (($past(cbe_ni[3:1], 2) == 3'b001 && $past(io_enable) &&
                ($past(ad_i[31:3], 2) == $past(bar0) || (PORTS == 2 && $past(ad_i[31:3], 2) == $past(bar1)))) ||
               ($past(cbe_ni[3:1], 2) == 3'b101 && $past(idsel_i, 2) && $past(ad_i[1:0], 2) == 2'b00)));
  end

  always_comb begin
    if (rst_ni) begin
      // INTA# is a level, open drain.
      assert (~inta_no);
      assert (inta_oe == (((OUT2_GATE ? irq & ~out2_no : irq) != '0) & ~interrupt_disable));
      // What uart16550 asks for: one strobe a clock, none on a crystal pulse.
      assert ((reg_read == '0) | (reg_write == '0));
      assert (!(crystal & ((reg_read != '0) | (reg_write != '0))));
      assert (((reg_read | reg_write) & ((reg_read | reg_write) - PORTS'(1))) == '0);
    end
  end

  always_comb begin
    if (rst_ni) begin
      cover (devsel_oe & ~trdy_no & ad_oe & (ad_o != '0));
      cover (inta_oe & crystal);
      cover (irq == PORTS'(1) && !inta_oe && interrupt_disable);
      cover (reg_write == PORTS);
    end
  end

endmodule

bind mtty_card mtty_card_props #(
  .PORTS(PORTS),
  .OUT2_GATE(OUT2_GATE)
) u_props (.*);
