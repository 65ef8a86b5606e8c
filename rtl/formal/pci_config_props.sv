// SPDX-License-Identifier: Apache-2.0
//
// The masks of configuration space: each double word reads as what was written to it through its mask, with its fixed bits.

module pci_config_props #(
  parameter int unsigned PORTS = 2
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        select_i,
  input logic        write_i,
  input logic [5:0]  addr_i,
  input logic [3:0]  be_i,
  input logic [31:0] wdata_i,
  input logic [31:0] rdata_o,
  input logic        interrupt_i,
  input logic        parity_error_i,
  input logic        system_error_i,
  input logic        target_abort_i,
  input logic        io_enable_o,
  input logic        parity_response_o,
  input logic        serr_enable_o,
  input logic        interrupt_disable_o,
  input logic [28:0] bar0_o,
  input logic [28:0] bar1_o,
  input logic        parity_error_q,
  input logic        system_error_q,
  input logic        target_abort_q,
  input logic [7:0]  line_q
);

  power_on u_power_on (.*);

  // What was written, bit for bit, to those double words that keep something.
  logic [31:0] written_command_q, written_bar0_q, written_bar1_q, written_line_q;
  logic [31:0] lanes;
  // Status
  logic seen_parity_error_q, seen_system_error_q, seen_target_abort_q;

  assign lanes = {{8{be_i[3]}}, {8{be_i[2]}}, {8{be_i[1]}}, {8{be_i[0]}}};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      written_command_q <= '0;
      written_bar0_q    <= '0;
      written_bar1_q    <= '0;
      written_line_q    <= '0;
    end else if (write_i) begin
      if (addr_i == 6'h01) written_command_q <= (wdata_i & lanes) | (written_command_q & ~lanes);
      if (addr_i == 6'h04) written_bar0_q <= (wdata_i & lanes) | (written_bar0_q & ~lanes);
      if (addr_i == 6'h05) written_bar1_q <= (wdata_i & lanes) | (written_bar1_q & ~lanes);
      if (addr_i == 6'h0f) written_line_q <= (wdata_i & lanes) | (written_line_q & ~lanes);
    end
  end

  // A bit of Status: set by its event, cleared by writing 1, by nothing else.
  logic [31:0] clears;

  assign clears = write_i & (addr_i == 6'h01) ? wdata_i & lanes : '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      seen_parity_error_q <= 1'b0;
      seen_system_error_q <= 1'b0;
      seen_target_abort_q <= 1'b0;
    end else begin
      seen_parity_error_q <= parity_error_i | (seen_parity_error_q & ~clears[31]);
      seen_system_error_q <= system_error_i | (seen_system_error_q & ~clears[30]);
      seen_target_abort_q <= target_abort_i | (seen_target_abort_q & ~clears[27]);
    end
  end

  // Events and writes are accesses apart.
  always_comb if (rst_ni) assume (!(write_i & (parity_error_i | system_error_i | target_abort_i)));

  logic [31:0] expected;

  always_comb begin
    case (addr_i)
      6'h00, 6'h0b: expected = 32'h3253_4348;
      6'h01:
      expected = (written_command_q & 32'h0000_0541) | 32'h0200_0000 |
                 {seen_parity_error_q, seen_system_error_q, 2'b0, seen_target_abort_q, 7'b0, interrupt_i, 19'b0};
      6'h02: expected = 32'h0700_0210;
      6'h04: expected = (written_bar0_q & 32'hffff_fff8) | 32'h1;
      6'h05: expected = PORTS == 2 ? (written_bar1_q & 32'hffff_fff8) | 32'h1 : 32'h0;
      6'h0f: expected = (written_line_q & 32'h0000_00ff) | 32'h0000_0100;
      6'h10: expected = 32'h8000_0023;
      6'h11, 6'h12, 6'h13: expected = 32'h0000_0023;
      6'h18: expected = {"I", "C", "P"} | 32'h2000_0000;
      6'h19: expected = {"i", "r", "e", "S"};
      6'h1a: expected = {"U", "/", "l", "a"};
      6'h1b: expected = {8'h0, "T", "R", "A"};
      default: expected = 32'h0;
    endcase
    if (!select_i) expected = 32'h0;
  end

  always_comb begin
    if (rst_ni) begin
      assert (rdata_o == expected);
      assert ({parity_error_q, system_error_q, target_abort_q} == {seen_parity_error_q, seen_system_error_q, seen_target_abort_q});
      assert (line_q == written_line_q[7:0]);
      assert (io_enable_o == written_command_q[0]);
      assert (parity_response_o == written_command_q[6]);
      assert (serr_enable_o == written_command_q[8]);
      assert (interrupt_disable_o == written_command_q[10]);
      assert (bar0_o == written_bar0_q[31:3]);
      assert (bar1_o == (PORTS == 2 ? written_bar1_q[31:3] : '0));
      cover (select_i & (addr_i == 6'h04) & (rdata_o == 32'hffff_fff9));
      cover (select_i & (addr_i == 6'h01) & seen_parity_error_q & seen_target_abort_q & write_i & clears[31] & ~clears[27]);
    end
  end

endmodule

bind pci_config pci_config_props #(
  .PORTS(PORTS)
) u_props (.*);
