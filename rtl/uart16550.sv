// SPDX-License-Identifier: Apache-2.0
//
// 16550A UART: registers, interrupts, and the parts around them. Usable on its own.
//
// Register port: a strobe of one clock, `read_i` or `write_i`, reads or writes the register at `addr_i`. `rdata_o` is valid
// in the clock of the read strobe and 0 otherwise, so several UARTs can share a bus by OR. No strobe in a clock with
// `crystal_i`: so an access and a tick never meet, and the order of "a character arrives" and "the FIFO is read" is never
// in question.
//
// Sources: National PC16550D and TI TL16C550C data sheets; the clocks are fixed in docs/timing.md.

module uart16550 (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       crystal_i,  // one clock per crystal period

  input  logic       read_i,
  input  logic       write_i,
  input  logic [2:0] addr_i,
  input  logic [7:0] wdata_i,
  output logic [7:0] rdata_o,
  output logic       irq_o,      // level

  input  logic       sin_i,
  output logic       sout_o,
  input  logic       cts_ni,
  input  logic       dsr_ni,
  input  logic       ri_ni,
  input  logic       dcd_ni,
  output logic       rts_no,
  output logic       dtr_no,
  output logic       out1_no,
  output logic       out2_no
);

  // ---- Registers ----

  logic [3:0]  ier_q;
  logic        fifo_mode_q;  // FCR[0]
  logic [1:0]  trigger_q;    // FCR[7:6]
  logic [7:0]  lcr_q;
  logic [4:0]  mcr_q;
  logic [7:0]  scr_q;
  logic [15:0] divisor_q;
  logic [7:0]  lsr;
  logic [7:0]  msr;

  logic dlab, send_break, loop;
  uart_pkg::frame_t frame;

  assign dlab       = lcr_q[7];
  assign send_break = lcr_q[6];
  assign frame      = lcr_q[5:0];
  assign loop       = mcr_q[4];

  // What this strobe does beyond a plain register.
  logic rbr_read, iir_read, lsr_read, msr_read;
  logic thr_write, ier_write, fcr_write;
  logic mode_change, clear_rx, clear_tx;

  always_comb begin
    {rbr_read, iir_read, lsr_read, msr_read} = '0;
    {thr_write, ier_write, fcr_write}        = '0;
    {mode_change, clear_rx, clear_tx}        = '0;
    if (read_i) begin
      rbr_read = (addr_i == 3'd0) & ~dlab;
      iir_read = addr_i == 3'd2;
      lsr_read = addr_i == 3'd5;
      msr_read = addr_i == 3'd6;
    end
    if (write_i) begin
      thr_write   = (addr_i == 3'd0) & ~dlab;
      ier_write   = (addr_i == 3'd1) & ~dlab;
      fcr_write   = addr_i == 3'd2;
      mode_change = fcr_write & (wdata_i[0] != fifo_mode_q);
      clear_rx    = mode_change | (fcr_write & wdata_i[0] & wdata_i[1]);
      clear_tx    = mode_change | (fcr_write & wdata_i[0] & wdata_i[2]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ier_q       <= '0;
      fifo_mode_q <= 1'b0;
      trigger_q   <= '0;
      lcr_q       <= '0;
      mcr_q       <= '0;
      scr_q       <= '0;
      divisor_q   <= '0;
    end else if (write_i) begin
      unique case (addr_i)
        3'd0: if (dlab) divisor_q[7:0] <= wdata_i;
        3'd1: begin
          if (dlab) divisor_q[15:8] <= wdata_i;
          else ier_q <= wdata_i[3:0];
        end
        3'd2: begin
          fifo_mode_q <= wdata_i[0];
          if (wdata_i[0]) trigger_q <= wdata_i[7:6];
        end
        3'd3: lcr_q <= wdata_i;
        3'd4: mcr_q <= wdata_i[4:0];
        3'd7: scr_q <= wdata_i;
        default: ;  // LSR and MSR are read-only
      endcase
    end
  end

  // ---- Pins ----

  logic       sin;
  logic [3:0] modem_pins;  // as in MSR[7:4]

  sync2 #(
    .WIDTH(5)
  ) u_pins (
    .clk_i,
    .d_i({sin_i, ~dcd_ni, ~ri_ni, ~dsr_ni, ~cts_ni}),
    .q_o({sin, modem_pins})
  );

  // ---- Baud clock and transmitter ----

  logic       tick;
  logic       active;  // but for the modem lines nothing changes without a strobe or a tick
  logic       tx_line, tx_busy, tx_take, tx_last_stop;
  logic [7:0] tx_data;
  logic [4:0] tx_count;
  logic       tx_empty;
  logic       line_out;
  logic       thre, thre_pending;
  logic       unused_tx_full;  // a full FIFO drops a write by itself

  assign active   = tick | read_i | write_i;
  assign tx_empty = tx_count == '0;
  assign line_out = tx_line & ~send_break;

  uart_baud u_baud (
    .clk_i,
    .rst_ni,
    .crystal_i,
    .divisor_i(divisor_q),
    .tick_o   (tick)
  );

  uart_fifo #(
    .WIDTH(8)
  ) u_tx_fifo (
    .clk_i,
    .rst_ni,
    .en_i    (active),
    .single_i(~fifo_mode_q),
    .clear_i (clear_tx),
    .push_i  (thr_write),
    .data_i  (wdata_i),
    .pop_i   (tx_take),
    .data_o  (tx_data),
    .count_o (tx_count),
    .full_o  (unused_tx_full)
  );

  uart_tx u_tx (
    .clk_i,
    .rst_ni,
    .tick_i     (tick),
    .frame_i    (frame),
    .valid_i    (~tx_empty),
    .data_i     (tx_data),
    .take_o     (tx_take),
    .last_stop_o(tx_last_stop),
    .busy_o     (tx_busy),
    .line_o     (tx_line)
  );

  uart_thre u_thre (
    .clk_i,
    .rst_ni,
    .en_i         (active),
    .single_i     (~fifo_mode_q),
    .mode_change_i(mode_change),
    .clear_i      (clear_tx),
    .empty_i      (tx_empty),
    .write_i      (thr_write),
    .take_last_i  (tx_take & (tx_count == 5'd1)),
    .last_stop_i  (tx_last_stop),
    .enable_i     (ier_write & wdata_i[1] & ~ier_q[1]),
    .reported_i   (iir_read & (interrupt_id == 4'h2)),
    .thre_o       (thre),
    .pending_o    (thre_pending)
  );

  // ---- Receiver ----

  logic                 rx_valid, rx_stored;
  uart_pkg::character_t rx_character;
  logic [7:0]           rbr;
  logic [4:0]           rx_count;
  logic [3:0]           rx_errors;
  logic                 rx_any_error;
  logic                 timeout;

  uart_rx u_rx (
    .clk_i,
    .rst_ni,
    .tick_i     (tick),
    .frame_i    (frame),
    .line_i     (loop ? line_out : sin),
    .valid_o    (rx_valid),
    .character_o(rx_character)
  );

  uart_rx_fifo u_rx_fifo (
    .clk_i,
    .rst_ni,
    .en_i       (active),
    .single_i   (~fifo_mode_q),
    .clear_i    (clear_rx),
    .push_i     (rx_valid),
    .character_i(rx_character),
    .rbr_read_i (rbr_read),
    .lsr_read_i (lsr_read),
    .rbr_o      (rbr),
    .count_o    (rx_count),
    .errors_o   (rx_errors),
    .any_error_o(rx_any_error),
    .stored_o   (rx_stored)
  );

  uart_timeout u_timeout (
    .clk_i,
    .rst_ni,
    .en_i     (active),
    .tick_i   (tick),
    .frame_i  (frame),
    .entered_i(rx_stored & fifo_mode_q),
    .read_i   (rbr_read & fifo_mode_q & (rx_count > 5'd1)),
    .stop_i   (clear_rx | (rbr_read & (rx_count == 5'd1))),
    .fired_o  (timeout)
  );

  // ---- Modem lines ----

  uart_modem u_modem (
    .clk_i,
    .rst_ni,
    .loop_i    (loop),
    .mcr_i     (mcr_q[3:0]),
    .pins_i    (modem_pins),
    .msr_read_i(msr_read),
    .msr_o     (msr)
  );

  assign sout_o  = loop | line_out;
  assign dtr_no  = loop | ~mcr_q[0];
  assign rts_no  = loop | ~mcr_q[1];
  assign out1_no = loop | ~mcr_q[2];
  assign out2_no = loop | ~mcr_q[3];

  // ---- Interrupts ----

  logic [4:0] level;         // characters that make "data available"
  logic [3:0] interrupt_id;  // IIR[3:0]
  logic       line_status, data_available, timed_out, thr_empty, modem_status;

  always_comb begin
    unique case (trigger_q)
      2'd0: level = 5'd1;
      2'd1: level = 5'd4;
      2'd2: level = 5'd8;
      2'd3: level = 5'd14;
    endcase
    if (!fifo_mode_q) level = 5'd1;
  end

  assign line_status    = ier_q[2] & (rx_errors != '0);
  assign data_available = ier_q[0] & (rx_count >= level);
  assign timed_out      = ier_q[0] & timeout;
  assign thr_empty      = ier_q[1] & thre_pending;
  assign modem_status   = ier_q[3] & (msr[3:0] != '0);

  always_comb begin
    if (line_status) interrupt_id = 4'h6;
    else if (data_available) interrupt_id = 4'h4;
    else if (timed_out) interrupt_id = 4'hc;
    else if (thr_empty) interrupt_id = 4'h2;
    else if (modem_status) interrupt_id = 4'h0;
    else interrupt_id = 4'h1;
  end

  assign irq_o = interrupt_id != 4'h1;

  // ---- Reading ----

  assign lsr = {rx_any_error, tx_empty & ~tx_busy, thre, rx_errors, rx_count != '0};

  always_comb begin
    rdata_o = '0;
    if (read_i) begin
      unique case (addr_i)
        3'd0: rdata_o = dlab ? divisor_q[7:0] : rbr;
        3'd1: rdata_o = dlab ? divisor_q[15:8] : {4'h0, ier_q};
        3'd2: rdata_o = {fifo_mode_q, fifo_mode_q, 2'b00, interrupt_id};
        3'd3: rdata_o = lcr_q;
        3'd4: rdata_o = {3'h0, mcr_q};
        3'd5: rdata_o = lsr;
        3'd6: rdata_o = msr;
        3'd7: rdata_o = scr_q;
      endcase
    end
  end

endmodule
