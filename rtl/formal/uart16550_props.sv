// SPDX-License-Identifier: Apache-2.0
//
// Registers and interrupts of a whole UART. What its parts ask of their user is proven here too.

module uart16550_props (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       crystal_i,
  input logic       read_i,
  input logic       write_i,
  input logic [2:0] addr_i,
  input logic [7:0] wdata_i,
  input logic [7:0] rdata_o,
  input logic       irq_o,
  input logic       sout_o,
  input logic       rts_no,
  input logic       dtr_no,
  input logic       out1_no,
  input logic       out2_no,
  input logic [7:0] lsr,
  input logic [7:0] msr,
  input logic [7:0] rbr,
  input logic [4:0] rx_count,
  input logic [4:0] tx_count,
  input logic       tx_line,
  input logic       timeout,
  input logic       thre_pending,
  input logic [3:0] ier_q,
  input logic       fifo_mode_q,
  input logic [1:0] trigger_q,
  input logic [7:0] lcr_q,
  input logic [4:0] mcr_q,
  input logic [7:0] scr_q,
  input logic [15:0] divisor_q
);

  power_on u_power_on (.*);

  // The bytes that were written last, bit for bit.
  logic [7:0] dll_q, dlm_q, ier, fcr_q, lcr, mcr, scr;
  logic       fifo_q;
  logic       dlab;

  assign dlab = lcr[7];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {dll_q, dlm_q, ier, fcr_q, lcr, mcr, scr} <= '0;
      fifo_q                                    <= 1'b0;
    end else if (write_i) begin
      if (addr_i == 3'd0 && dlab) dll_q <= wdata_i;
      if (addr_i == 3'd1 && dlab) dlm_q <= wdata_i;
      if (addr_i == 3'd1 && !dlab) ier <= wdata_i;
      if (addr_i == 3'd2) fifo_q <= wdata_i[0];
      if (addr_i == 3'd2 && wdata_i[0]) fcr_q <= wdata_i;
      if (addr_i == 3'd3) lcr <= wdata_i;
      if (addr_i == 3'd4) mcr <= wdata_i;
      if (addr_i == 3'd7) scr <= wdata_i;
    end
  end

  always_comb begin
    if (rst_ni) begin
      assume (!(read_i & write_i));
      assume (!(crystal_i & (read_i | write_i)));
    end
  end

  // ---- Registers: masks, and DLAB ----

  logic [7:0] iir;

  always_comb begin
    if (rst_ni) begin
      assert (ier_q == ier[3:0]);
      assert (fifo_mode_q == fifo_q);
      assert (trigger_q == fcr_q[7:6]);
      assert (lcr_q == lcr);
      assert (mcr_q == mcr[4:0]);
      assert (scr_q == scr);
      assert (divisor_q == {dlm_q, dll_q});
      if (!read_i) assert (rdata_o == '0);
      if (read_i) begin
        if (addr_i == 3'd0) assert (rdata_o == (dlab ? dll_q : rbr));
        if (addr_i == 3'd1) assert (rdata_o == (dlab ? dlm_q : ier & 8'h0f));
        if (addr_i == 3'd2) assert (rdata_o == iir);
        if (addr_i == 3'd3) assert (rdata_o == lcr);
        if (addr_i == 3'd4) assert (rdata_o == (mcr & 8'h1f));
        if (addr_i == 3'd5) assert (rdata_o == lsr);
        if (addr_i == 3'd6) assert (rdata_o == msr);
        if (addr_i == 3'd7) assert (rdata_o == scr);
      end
    end
  end

  // ---- Interrupts: the first that holds ----

  logic [4:0] level;
  logic [4:0] source;  // modem status, THR empty, timeout, data available, line status

  assign level = !fifo_q ? 5'd1 : fcr_q[7:6] == 2'd0 ? 5'd1 : fcr_q[7:6] == 2'd1 ? 5'd4 : fcr_q[7:6] == 2'd2 ? 5'd8 : 5'd14;
  assign source = {ier[3] & (msr[3:0] != '0), ier[1] & thre_pending, ier[0] & timeout, ier[0] & (rx_count >= level),
                   ier[2] & (lsr[4:1] != '0)};

  always_comb begin
    casez (source)
      5'b????1: iir[3:0] = 4'h6;
      5'b???10: iir[3:0] = 4'h4;
      5'b??100: iir[3:0] = 4'hc;
      5'b?1000: iir[3:0] = 4'h2;
      5'b10000: iir[3:0] = 4'h0;
      default:  iir[3:0] = 4'h1;
    endcase
    iir[7:4] = fifo_q ? 4'hc : 4'h0;
  end

  always_comb begin
    if (rst_ni) begin
      assert (irq_o == (source != '0));
      assert (lsr[0] == (rx_count != '0));
      assert (!lsr[6] | (tx_count == '0));
      assert (!thre_pending | lsr[5]);
    end
  end

  // ---- THRE: cleared and armed again, as seen by software; one clock ago ... ----

  logic running_q = 1'b0;
  logic quiet_q;                      // no crystal pulse
  logic thr_write_q, told_q, other_q; // THR write; IIR read that reports THRE; IIR read that reports something else
  logic armed_q;                      // IER[1] was written 1 over 0
  logic thre_q, pending_q;

  always_ff @(posedge clk_i) begin
    running_q   <= rst_ni;
    quiet_q     <= ~crystal_i;
    thr_write_q <= write_i & (addr_i == 3'd0) & ~dlab;
    told_q      <= read_i & (addr_i == 3'd2) & (rdata_o[3:0] == 4'h2);
    other_q     <= read_i & (addr_i == 3'd2) & (rdata_o[3:0] != 4'h2);
    armed_q     <= write_i & (addr_i == 3'd1) & ~dlab & wdata_i[1] & ~ier[1];
    thre_q      <= lsr[5];
    pending_q   <= thre_pending;
  end

  always_comb begin
    if (rst_ni & running_q) begin
      if (thr_write_q) assert (~lsr[5] & ~thre_pending & (tx_count != '0));
      if (told_q) assert (~thre_pending & lsr[5] & thre_q);
      if (other_q) assert (thre_pending == pending_q);
      if (armed_q) assert (thre_pending == thre_q);
    end
  end

  // ---- Pins ----

  always_comb begin
    if (rst_ni) begin
      assert ({out2_no, out1_no, rts_no, dtr_no} == (mcr[4] ? 4'hf : ~mcr[3:0]));
      assert (sout_o == (mcr[4] | (tx_line & ~lcr[6])));
    end else begin
      assert ({out2_no, out1_no, rts_no, dtr_no, sout_o, irq_o} == 6'b111110);
    end
  end

  always_comb begin
    if (rst_ni) begin
      cover (read_i & (addr_i == 3'd2) & (rdata_o == 8'hc2));
      cover (source == 5'b11000);
      cover (armed_q & thre_pending & ~pending_q);
      cover (other_q & pending_q);
      cover (~sout_o & ~lcr[6]);
    end
  end

endmodule

bind uart16550 uart16550_props u_props (.*);
