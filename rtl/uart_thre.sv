// SPDX-License-Identifier: Apache-2.0
//
// "Transmitter holding register empty": LSR[5] and its interrupt.
//
// In FIFO mode a byte that is alone would raise an interrupt for each byte: THRE then waits until that byte's last stop bit
// begins, so that software has time to fill in the next one. It does not wait where the FIFO has held two bytes at once
// since THRE last rose, nor the first time after FCR[0] changed (PC16550D, section 8.5, "FIFO interrupt mode operation").

module uart_thre (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic en_i,             // clock enable: a strobe or a tick
  input  logic single_i,         // 16450 mode
  input  logic mode_change_i,    // FCR[0] changes
  input  logic clear_i,          // the transmit FIFO is cleared
  input  logic empty_i,          // the transmit FIFO
  input  logic write_i,          // THR write
  input  logic take_last_i,      // the last byte leaves the FIFO
  input  logic last_stop_i,      // the last stop bit of a frame begins
  input  logic enable_i,         // IER[1] goes from 0 to 1
  input  logic reported_i,       // an IIR read reports this interrupt
  output logic thre_o,
  output logic pending_o
);

  logic thre_q;
  logic pending_q;
  logic two_q;    // the FIFO has held two bytes at once since the last rise
  logic first_q;  // no rise since FCR[0] changed
  logic rise;

  always_comb begin
    rise = 1'b0;
    if (en_i & ~thre_q) begin
      rise = (take_last_i & (single_i | two_q | first_q)) | (last_stop_i & empty_i) | clear_i;
    end
  end

  assign thre_o    = thre_q;
  assign pending_o = pending_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      thre_q    <= 1'b1;
      pending_q <= 1'b0;
      two_q     <= 1'b0;
      first_q   <= 1'b0;
    end else if (en_i) begin
      if (rise) begin
        thre_q    <= 1'b1;
        pending_q <= 1'b1;
        two_q     <= 1'b0;
        first_q   <= 1'b0;
      end
      if (write_i) begin
        thre_q    <= 1'b0;
        pending_q <= 1'b0;
        if (!single_i & !empty_i) two_q <= 1'b1;
      end
      if (mode_change_i) first_q <= 1'b1;
      if (enable_i & thre_q) pending_q <= 1'b1;
      if (reported_i) pending_q <= 1'b0;
    end
  end

endmodule
