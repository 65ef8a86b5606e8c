// SPDX-License-Identifier: Apache-2.0
//
// Configuration space, type 0 header (PCI 2.3, chapter 6), with the identity of the kernel's mtty sample. A write takes
// effect at the clock edge at which `write_i` is seen; registers that do not exist read 0 and ignore writes.

module pci_config #(
  parameter int unsigned PORTS = 2
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        select_i,             // `rdata_o` is the double word at `addr_i`
  input  logic        write_i,
  input  logic [5:0]  addr_i,               // double word
  input  logic [3:0]  be_i,
  input  logic [31:0] wdata_i,
  output logic [31:0] rdata_o,              // 0 while it is not selected

  input  logic        interrupt_i,          // before Command[10] gates it
  input  logic        parity_error_i,       // these three set a bit of Status
  input  logic        system_error_i,
  input  logic        target_abort_i,

  output logic        io_enable_o,          // Command[0]
  output logic        parity_response_o,    // Command[6]
  output logic        serr_enable_o,        // Command[8]
  output logic        interrupt_disable_o,  // Command[10]
  output logic [28:0] bar0_o,               // address bits 31:3
  output logic [28:0] bar1_o
);

  localparam logic [31:0] Id         = 32'h3253_4348;
  localparam logic [31:0] ClassRev   = 32'h0700_0210;  // serial, 16550; revision 10h
  localparam logic [2:0]  BarIoFlags = 3'b001;         // I/O space

  logic        io_enable_q;
  logic        parity_response_q;
  logic        serr_enable_q;
  logic        interrupt_disable_q;
  logic        parity_error_q;
  logic        system_error_q;
  logic        target_abort_q;
  logic [28:0] bar0_q;
  logic [28:0] bar1_q;
  logic [7:0]  line_q;

  assign io_enable_o         = io_enable_q;
  assign parity_response_o   = parity_response_q;
  assign serr_enable_o       = serr_enable_q;
  assign interrupt_disable_o = interrupt_disable_q;
  assign bar0_o              = bar0_q;
  assign bar1_o              = bar1_q;

  function automatic logic [28:0] merge(input logic [28:0] old, input logic [28:0] data, input logic [3:0] be);
    logic [28:0] mask;
    mask  = {{8{be[3]}}, {8{be[2]}}, {8{be[1]}}, {5{be[0]}}};
    merge = (data & mask) | (old & ~mask);
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      io_enable_q         <= 1'b0;
      parity_response_q   <= 1'b0;
      serr_enable_q       <= 1'b0;
      interrupt_disable_q <= 1'b0;
      bar0_q              <= '0;
      bar1_q              <= '0;
      line_q              <= '0;
    end else if (write_i) begin
      unique case (addr_i)
        6'h01: begin
          if (be_i[0]) io_enable_q <= wdata_i[0];
          if (be_i[0]) parity_response_q <= wdata_i[6];
          if (be_i[1]) serr_enable_q <= wdata_i[8];
          if (be_i[1]) interrupt_disable_q <= wdata_i[10];
        end
        6'h04: bar0_q <= merge(bar0_q, wdata_i[31:3], be_i);
        6'h05: if (PORTS == 2) bar1_q <= merge(bar1_q, wdata_i[31:3], be_i);
        6'h0f: if (be_i[0]) line_q <= wdata_i[7:0];
        default: ;
      endcase
    end
  end

  // Status, write one to clear. Nothing sets a bit in the clock of a write: they are accesses apart.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      parity_error_q <= 1'b0;
      system_error_q <= 1'b0;
      target_abort_q <= 1'b0;
    end else if (write_i) begin
      if ((addr_i == 6'h01) & be_i[3]) begin
        if (wdata_i[31]) parity_error_q <= 1'b0;
        if (wdata_i[30]) system_error_q <= 1'b0;
        if (wdata_i[27]) target_abort_q <= 1'b0;
      end
    end else begin
      if (parity_error_i) parity_error_q <= 1'b1;
      if (system_error_i) system_error_q <= 1'b1;
      if (target_abort_i) target_abort_q <= 1'b1;
    end
  end

  logic [15:0] command;
  logic [15:0] status;

  assign command = {5'b0, interrupt_disable_q, 1'b0, serr_enable_q, 1'b0, parity_response_q, 5'b0, io_enable_q};

  // Bits 10:9 = 01: DEVSEL# timing is medium.
  assign status = {parity_error_q, system_error_q, 2'b00, target_abort_q, 2'b01, 5'b0, interrupt_i, 3'b0};

  always_comb begin
    rdata_o = '0;
    if (select_i) begin
      unique case (addr_i)
        6'h00, 6'h0b: rdata_o = Id;
        6'h01: rdata_o = {status, command};
        6'h02: rdata_o = ClassRev;
        6'h04: rdata_o = {bar0_q, BarIoFlags};
        6'h05: rdata_o = PORTS == 2 ? {bar1_q, BarIoFlags} : '0;
        6'h0f: rdata_o = {16'h0, 8'h01, line_q};  // INTA#
        // What the mtty sample has from 40h on.
        6'h10: rdata_o = 32'h8000_0023;
        6'h11, 6'h12, 6'h13: rdata_o = 32'h0000_0023;
        6'h18: rdata_o = 32'h2049_4350;  // "PCI "
        6'h19: rdata_o = 32'h6972_6553;  // "Seri"
        6'h1a: rdata_o = 32'h552f_6c61;  // "al/U"
        6'h1b: rdata_o = 32'h0054_5241;  // "ART"
        default: rdata_o = '0;
      endcase
    end
  end

endmodule
