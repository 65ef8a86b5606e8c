// SPDX-License-Identifier: Apache-2.0
//
// PCI target, 33 MHz, 32 bits (PCI 2.3, chapter 3). Turns bus transactions into configuration accesses and into register
// strobes of the ports. The clocks are fixed in docs/timing.md, "PCI accesses"; N, A, L below are the ones of that page.
//
// Every data phase ends with STOP#: the target never bursts. The sustained tri-state signals DEVSEL#, TRDY# and STOP# are
// taken together: driven from the claim on, high for one clock at the end, then released.

module pci_target #(
  parameter int unsigned PORTS = 2
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  // Bus
  input  logic [31:0]         ad_i,
  output logic [31:0]         ad_o,
  output logic                ad_oe,
  input  logic [3:0]          cbe_ni,
  input  logic                par_i,
  output logic                par_o,
  output logic                par_oe,
  input  logic                frame_ni,
  input  logic                irdy_ni,
  input  logic                idsel_i,
  output logic                devsel_no,
  output logic                devsel_oe,
  output logic                trdy_no,
  output logic                trdy_oe,
  output logic                stop_no,
  output logic                stop_oe,
  output logic                perr_no,
  output logic                perr_oe,
  output logic                serr_no,
  output logic                serr_oe,

  // Configuration space, written in one clock
  output logic                cfg_select_o,  // `cfg_rdata_i` is looked at
  output logic                cfg_write_o,
  output logic [5:0]          cfg_addr_o,
  output logic [3:0]          cfg_be_o,
  output logic [31:0]         cfg_wdata_o,
  input  logic [31:0]         cfg_rdata_i,
  output logic                parity_error_o,
  output logic                system_error_o,
  output logic                target_abort_o,
  input  logic                io_enable_i,
  input  logic                parity_response_i,
  input  logic                serr_enable_i,
  input  logic [28:0]         bar0_i,
  input  logic [28:0]         bar1_i,

  // Registers of the ports: one strobe a clock, none where `hold_i` is high
  input  logic                hold_i,
  output logic [PORTS-1:0]    read_o,
  output logic [PORTS-1:0]    write_o,
  output logic [2:0]          addr_o,
  output logic [7:0]          wdata_o,
  input  logic [7:0]          rdata_i
);

  // C/BE# in the address phase, bits 3:1; bit 0 is "write".
  localparam logic [2:0] CmdIo     = 3'b001;
  localparam logic [2:0] CmdConfig = 3'b101;

  typedef enum logic [2:0] {
    Idle,    // waits for an address phase
    Decode,  // State(N): is it for us?
    Busy,    // a transaction of others, until its FRAME# is high
    Data,    // claimed: waits for IRDY#, then serves the lanes
    Ending,  // STOP# is low until FRAME# is high
    Turn     // sustained tri-state signals are driven high; may be an address phase already (fast back-to-back)
  } state_e;

  state_e           state_q;
  logic [31:0]      addr_q;
  logic [3:0]       cmd_q;
  logic             idsel_q;
  logic             config_q;   // the claimed access is a configuration access
  logic [PORTS-1:0] port_q;     // else one of these
  logic [1:0]       lane_q;     // the lane to serve next

  logic        drive_q;         // DEVSEL#, TRDY#, STOP#
  logic        devsel_q;
  logic        trdy_q;
  logic        stop_q;
  logic [31:0] ad_q;
  logic        ad_oe_q;

  logic write;

  assign write = cmd_q[0];

  // ---- Parity (PCI 2.3, section 3.7): PAR is one clock behind what it covers ----

  logic parity_q;        // of what was sampled in the last address or write data phase
  logic check_data_q;    // that was a write data phase, in the clock before this one
  logic par_q;
  logic par_oe_q;
  logic perr_q;
  logic perr_oe_q;
  logic serr_q;
  logic address_error;
  logic data_error;

  always_comb begin
    address_error = 1'b0;
    data_error    = 1'b0;
    if ((parity_q ^ par_i) & ((state_q == Decode) | check_data_q)) begin
      address_error = state_q == Decode;
      data_error    = check_data_q;
    end
  end

  assign parity_error_o = address_error | data_error;
  assign system_error_o = address_error & parity_response_i & serr_enable_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      par_q     <= 1'b0;
      par_oe_q  <= 1'b0;
      perr_q    <= 1'b0;
      perr_oe_q <= 1'b0;
      serr_q    <= 1'b0;
    end else begin
      if (ad_oe_q) par_q <= ^{ad_q, cbe_ni};
      par_oe_q  <= ad_oe_q;
      perr_q    <= data_error & parity_response_i;
      perr_oe_q <= (data_error & parity_response_i) | perr_q;
      serr_q    <= system_error_o;
    end
  end

  // ---- Address decode: BARs and Command as they stand in State(N) ----

  logic             config_hit;
  logic [PORTS-1:0] port_hit;
  logic             claim;

  assign config_hit = (cmd_q[3:1] == CmdConfig) & idsel_q & (addr_q[1:0] == 2'b00);

  always_comb begin
    port_hit = '0;
    if ((cmd_q[3:1] == CmdIo) & io_enable_i) begin
      // Where both BARs hold one address, port 0 answers.
      port_hit[PORTS-1] = (PORTS == 2) & (addr_q[31:3] == bar1_i);
      if (addr_q[31:3] == bar0_i) port_hit = PORTS'(1);
    end
  end

  assign claim = (config_hit | (port_hit != '0)) & ~(address_error & parity_response_i);

  // ---- Lanes of an I/O access, lowest first ----

  logic [3:0] be;
  logic [3:0] above;   // enabled lanes above the one to serve
  logic       go;      // claimed, and the data is there
  logic       strobe;  // a register is read or written in this clock
  logic       served;  // the last strobe, or nothing to do

  assign be = ~cbe_ni;
  assign go = (state_q == Data) & ~irdy_ni;

  // Byte enables against AD[1:0], PCI 2.3 section 3.2.2.1: the addressed byte and none below it, or none at all.
  function automatic logic be_legal(input logic [1:0] first, input logic [3:0] enables);
    unique case (first)
      2'd0: be_legal = enables[0];
      2'd1: be_legal = enables[1:0] == 2'b10;
      2'd2: be_legal = enables[2:0] == 3'b100;
      2'd3: be_legal = enables == 4'b1000;
    endcase
    if (enables == '0) be_legal = 1'b1;
  endfunction

  always_comb begin
    above          = '0;
    strobe         = 1'b0;
    served         = 1'b0;
    target_abort_o = 1'b0;
    wdata_o        = '0;
    if (go) begin
      above = be & (4'b1110 << lane_q);
      if (config_q) begin
        served = 1'b1;
      end else if (!be_legal(addr_q[1:0], be)) begin
        target_abort_o = 1'b1;
      end else begin
        strobe  = (be != '0) & ~hold_i;
        served  = (be == '0) | (strobe & (above == '0));
        wdata_o = ad_i[8*lane_q+:8];
      end
    end
  end

  assign read_o  = strobe & ~write ? port_q : '0;
  assign write_o = strobe & write ? port_q : '0;
  assign addr_o  = {addr_q[2], lane_q};

  assign cfg_select_o = (state_q == Data) & config_q;
  assign cfg_write_o  = go & config_q & write;
  assign cfg_addr_o   = addr_q[7:2];
  assign cfg_be_o     = be;
  assign cfg_wdata_o  = ad_i;

  // ---- Bus state machine ----

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= Idle;
      addr_q       <= '0;
      cmd_q        <= '0;
      idsel_q      <= 1'b0;
      config_q     <= 1'b0;
      port_q       <= '0;
      lane_q       <= '0;
      drive_q      <= 1'b0;
      devsel_q     <= 1'b0;
      trdy_q       <= 1'b0;
      stop_q       <= 1'b0;
      ad_q         <= '0;
      ad_oe_q      <= 1'b0;
      parity_q     <= 1'b0;
      check_data_q <= 1'b0;
    end else begin
      check_data_q <= 1'b0;
      unique case (state_q)
        Idle, Turn: begin
          drive_q <= 1'b0;
          state_q <= Idle;
          if (!frame_ni) begin
            addr_q   <= ad_i;
            cmd_q    <= cbe_ni;
            idsel_q  <= idsel_i;
            parity_q <= ^{ad_i, cbe_ni};
            state_q  <= Decode;
          end
        end

        Decode: begin
          state_q <= frame_ni ? Idle : Busy;
          if (claim) begin
            config_q <= config_hit;
            port_q   <= port_hit;
            lane_q   <= addr_q[1:0];
            drive_q  <= 1'b1;
            devsel_q <= 1'b1;
            ad_q     <= '0;
            ad_oe_q  <= ~write;
            state_q  <= Data;
          end
        end

        Data: begin
          if (strobe) begin
            ad_q[8*lane_q+:8] <= rdata_i;
            lane_q            <= above[1] ? 2'd1 : above[2] ? 2'd2 : 2'd3;
          end
          if (served) begin
            if (config_q) begin
              ad_q <= cfg_rdata_i & {{8{be[3]}}, {8{be[2]}}, {8{be[1]}}, {8{be[0]}}};
            end
            trdy_q  <= 1'b1;
            stop_q  <= 1'b1;
            state_q <= Ending;
          end
          if (target_abort_o) begin
            devsel_q <= 1'b0;
            stop_q   <= 1'b1;
            state_q  <= Ending;
          end
        end

        Ending: begin
          if (!trdy_q || !irdy_ni) begin
            trdy_q       <= 1'b0;
            parity_q     <= ^{ad_i, cbe_ni};
            check_data_q <= trdy_q & write;
            if (frame_ni) begin
              devsel_q <= 1'b0;
              stop_q   <= 1'b0;
              ad_oe_q  <= 1'b0;
              state_q  <= Turn;
            end
          end
        end

        default: begin  // Busy
          if (frame_ni) state_q <= Idle;
        end
      endcase
    end
  end

  // ---- Pins ----

  assign ad_o      = ad_q;
  assign ad_oe     = ad_oe_q;
  assign par_o     = par_q;
  assign par_oe    = par_oe_q;
  assign devsel_no = ~devsel_q;
  assign trdy_no   = ~trdy_q;
  assign stop_no   = ~stop_q;
  assign devsel_oe = drive_q;
  assign trdy_oe   = drive_q;
  assign stop_oe   = drive_q;
  assign perr_no   = ~perr_q;
  assign perr_oe   = perr_oe_q;
  assign serr_no   = 1'b0;  // open drain
  assign serr_oe   = serr_q;

endmodule
