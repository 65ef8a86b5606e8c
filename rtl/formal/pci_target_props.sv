// SPDX-License-Identifier: Apache-2.0
//
// The rules of the bus, whatever the master does (PCI 2.3, chapter 3; docs/timing.md, "PCI accesses"). What goes on is
// told from the bus alone; the module's own state is compared with that.

module pci_target_props #(
  parameter int unsigned PORTS = 2
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [31:0]      ad_i,
  input logic [31:0]      ad_o,
  input logic             ad_oe,
  input logic [3:0]       cbe_ni,
  input logic             par_i,
  input logic             par_o,
  input logic             par_oe,
  input logic             frame_ni,
  input logic             irdy_ni,
  input logic             idsel_i,
  input logic             devsel_no,
  input logic             devsel_oe,
  input logic             trdy_no,
  input logic             trdy_oe,
  input logic             stop_no,
  input logic             stop_oe,
  input logic             perr_no,
  input logic             perr_oe,
  input logic             serr_no,
  input logic             serr_oe,
  input logic             cfg_select_o,
  input logic             cfg_write_o,
  input logic [5:0]       cfg_addr_o,
  input logic [3:0]       cfg_be_o,
  input logic [31:0]      cfg_wdata_o,
  input logic [31:0]      cfg_rdata_i,
  input logic             parity_error_o,
  input logic             system_error_o,
  input logic             target_abort_o,
  input logic             io_enable_i,
  input logic             parity_response_i,
  input logic             serr_enable_i,
  input logic [28:0]      bar0_i,
  input logic [28:0]      bar1_i,
  input logic             hold_i,
  input logic [PORTS-1:0] read_o,
  input logic [PORTS-1:0] write_o,
  input logic [2:0]       addr_o,
  input logic [7:0]       wdata_o,
  input logic [7:0]       rdata_i,
  input logic [2:0]       state_q,
  input logic [31:0]      addr_q,
  input logic [3:0]       cmd_q,
  input logic             idsel_q,
  input logic             config_q,
  input logic [PORTS-1:0] port_q,
  input logic [1:0]       lane_q,
  input logic             parity_q,
  input logic             check_data_q,
  input logic             perr_q
);

  power_on u_power_on (.*);

  localparam logic [2:0] Idle = 3'd0, Decode = 3'd1, Busy = 3'd2, Data = 3'd3, Ending = 3'd4, Turn = 3'd5;

  // ---- What goes on ----

  logic        frame_q;       // FRAME# at the edge before; high in reset
  logic        addressed_q;   // that edge was N, the address phase of a transaction
  logic [31:0] address_q;
  logic [3:0]  command_q;
  logic        selected_q;    // IDSEL
  logic        odd_q;         // AD, C/BE# of that edge have odd parity
  logic        claimed_q;     // N + 1 .. E - 1
  logic        done_q;        // C .. E - 1
  logic        turn_q;        // State(E)
  logic        released_q;    // State(E + 1)
  logic        first_q;       // State(N + 1)

  logic        begins;        // this edge is N
  logic        is_config, is_io, is_write, hit, claims, parity_wrong;
  logic        completes;     // this edge is C
  logic        ends;          // this edge is E
  logic [1:0]  port;          // that an I/O access hits

  assign begins       = ~frame_ni & frame_q & ~claimed_q;
  assign is_write     = command_q[0];
  assign is_config    = (command_q[3:1] == 3'b101) & selected_q & (address_q[1:0] == 2'b00);
  assign port[0]      = (command_q[3:1] == 3'b001) & io_enable_i & (address_q[31:3] == bar0_i);
  assign port[1]      = (command_q[3:1] == 3'b001) & io_enable_i & (PORTS == 2) & (address_q[31:3] == bar1_i) & ~port[0];
  assign is_io        = port != '0;
  assign hit          = is_config | is_io;
  assign parity_wrong = addressed_q & (odd_q != par_i);
  assign claims       = addressed_q & hit & ~(parity_wrong & parity_response_i);
  assign completes    = claimed_q & ~done_q & ~stop_no & (trdy_no | ~irdy_ni);
  assign ends         = claimed_q & (done_q | completes) & frame_ni;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      frame_q     <= 1'b1;
      addressed_q <= 1'b0;
      claimed_q   <= 1'b0;
      done_q      <= 1'b0;
      turn_q      <= 1'b0;
      released_q  <= 1'b0;
      first_q     <= 1'b0;
    end else begin
      frame_q     <= frame_ni;
      addressed_q <= begins;
      first_q     <= claims;
      turn_q      <= ends;
      released_q  <= turn_q;
      if (begins) begin
        address_q  <= ad_i;
        command_q  <= cbe_ni;
        selected_q <= idsel_i;
        odd_q      <= ^{ad_i, cbe_ni};
      end
      if (claims) claimed_q <= 1'b1;
      if (completes) done_q <= 1'b1;
      if (ends) {claimed_q, done_q} <= 2'b00;
    end
  end

  // ---- DEVSEL#, TRDY#, STOP# ----

  logic abort_q;     // the access was ended by target abort
  logic trdy_was_q, stop_was_q, devsel_was_q, claimed_was_q, done_was_q, irdy_was_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) abort_q <= 1'b0;
    else if (!claimed_q) abort_q <= 1'b0;
    else if (target_abort_o) abort_q <= 1'b1;
  end

  always_ff @(posedge clk_i) begin
    trdy_was_q    <= ~trdy_no & rst_ni;
    stop_was_q    <= ~stop_no & rst_ni;
    devsel_was_q  <= ~devsel_no & rst_ni;
    claimed_was_q <= claimed_q & rst_ni;
    done_was_q    <= done_q | completes;
    irdy_was_q    <= ~irdy_ni;
  end

  always_comb begin
    if (!rst_ni) assert (!(devsel_oe | trdy_oe | stop_oe | ad_oe | par_oe | perr_oe | serr_oe));
    if (rst_ni) begin
      // Driven from the claim on and one clock longer, high in that clock; nobody is addressed, nobody drives.
      assert ({devsel_oe, trdy_oe, stop_oe} == {3{claimed_q | turn_q}});
      if (turn_q || !claimed_q) assert (devsel_no & trdy_no & stop_no);
      if (first_q) assert (~devsel_no & trdy_no & stop_no);
      // No data without DEVSEL#, and with each data STOP#: no burst.
      assert (trdy_no | (~devsel_no & ~stop_no));
      // One data phase.
      assert (trdy_no | ~done_q);
      // TRDY# stays until IRDY#, STOP# until FRAME# is high.
      if (trdy_was_q && !irdy_was_q) assert (~trdy_no);
      if (stop_was_q && claimed_q && claimed_was_q) assert (~stop_no);
      // DEVSEL# stays to the end; it goes with STOP# where that means target abort.
      if (claimed_q) assert (devsel_no == abort_q);
      if (claimed_q & abort_q) assert (trdy_no & ~stop_no & ~is_config_q);
      // No TRDY#, no STOP# before IRDY#.
      if (stop_was_q == 1'b0 && !stop_no) assert (irdy_was_q & devsel_was_q);
    end
  end

  // ---- Claim: BARs and Command count as they stand in State(N) ----

  logic             is_config_q;
  logic [PORTS-1:0] is_port_q;

  always_ff @(posedge clk_i) begin
    if (claims) begin
      is_config_q <= is_config;
      is_port_q   <= port[PORTS-1:0];
    end
  end

  always_comb begin
    if (rst_ni) begin
      if (claimed_q) assert ((config_q == is_config_q) & (config_q | (port_q == is_port_q)));
      if (claimed_q) assert (is_config_q | ((is_port_q != '0) & ((is_port_q & (is_port_q - PORTS'(1))) == '0)));
    end
  end

  // ---- AD: a turnaround clock before it is driven, none of its own behind ----

  always_comb begin
    if (rst_ni) begin
      assert (ad_oe == (claimed_q & ~is_write));
      if (addressed_q || turn_q) assert (~ad_oe);
    end
  end

  // ---- Lanes ----

  logic [3:0]  served_q;   // lanes that were read or written
  logic [31:0] data_q;     // what was read
  logic [3:0]  lanes_q;    // C/BE# inverted in the first clock with IRDY#
  logic        decided_q;  // there was one
  logic        steady_q;   // C/BE# and IRDY# have stayed since
  logic        strobe;
  logic        legal;
  logic [3:0]  lanes;
  logic [3:0]  lane;       // of the strobe

  assign strobe = (read_o != '0) | (write_o != '0);
  assign lanes  = ~cbe_ni;
  assign lane   = 4'b0001 << addr_o[1:0];
  // PCI 2.3, table 3-1: the lowest lane is the addressed one.
  assign legal  = (lanes == '0) | ((lanes & -lanes) == (4'b0001 << address_q[1:0]));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      served_q  <= '0;
      data_q    <= '0;
      decided_q <= 1'b0;
      steady_q  <= 1'b1;
    end else begin
      if (strobe) begin
        served_q <= served_q | lane;
        for (int i = 0; i < 4; i++) if (lane[i]) data_q[8*i+:8] <= rdata_i;
      end
      if (claimed_q & stop_no & ~irdy_ni) begin
        decided_q <= 1'b1;
        if (!decided_q) lanes_q <= lanes;
        if (decided_q & (lanes != lanes_q)) steady_q <= 1'b0;
        if (is_config_q)
          for (int i = 0; i < 4; i++) data_q[8*i+:8] <= lanes[i] ? cfg_rdata_i[8*i+:8] : 8'h0;
      end
      if (claimed_q & stop_no & irdy_ni & decided_q) steady_q <= 1'b0;
      if (claims) begin
        served_q  <= '0;
        data_q    <= '0;
        decided_q <= 1'b0;
        steady_q  <= 1'b1;
      end
    end
  end

  always_comb begin
    if (rst_ni) begin
      // A strobe serves a claimed I/O access whose data is there: the port that was hit, an enabled lane, lowest first,
      // each once, and none where it would fall on a crystal pulse.
      if (strobe) begin
        assert (claimed_q & stop_no & ~irdy_ni & ~hold_i & ~is_config_q & legal);
        assert ((read_o == '0) | (write_o == '0));
        assert ((is_write ? write_o : read_o) == is_port_q);
        if (steady_q && (lanes == lanes_q || !decided_q)) assert ((lanes & lane) != '0);
        assert ((lane > served_q) & (addr_o[2] == address_q[2]));
        if (write_o != '0) assert (wdata_o == ad_i[8*addr_o[1:0]+:8]);
      end
      // Data comes when all lanes were served.
      if (!trdy_no && !is_config_q && steady_q) assert (served_q == lanes_q);
      if (abort_q) assert (served_q == '0 || !steady_q);
      if (target_abort_o) assert (claimed_q & stop_no & ~irdy_ni & ~is_config_q & ~legal);
      if (ad_oe) assert (ad_o == data_q);
      // Configuration space: once, in the first clock in which the data is there.
      assert (cfg_write_o == (claimed_q & stop_no & is_config_q & is_write & ~irdy_ni));
      if (cfg_write_o) assert ((cfg_addr_o == address_q[7:2]) & (cfg_be_o == lanes) & (cfg_wdata_o == ad_i));
      if (ad_oe & is_config_q & stop_no) assert (cfg_select_o & (cfg_addr_o == address_q[7:2]));
      if (claimed_q && is_config_q && decided_q) assert (~stop_no);
    end
  end

  // ---- Latency: each clock in which IRDY# waits serves a lane, or has a crystal pulse; so four, and one for each pulse ----

  logic waiting;

  assign waiting = claimed_q & stop_no & ~irdy_ni & ~is_config_q & legal & (lanes != '0);

  always_comb if (rst_ni & waiting) assert (strobe | hold_i);

  // ---- Parity ----

  logic write_data_q;   // the edge before was C of a write that ended with TRDY#
  logic odd_data_q;
  logic perr_was_q, serr_due_q, perr_due_q;
  logic ad_oe_q, par_due_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_data_q <= 1'b0;
      perr_due_q   <= 1'b0;
      serr_due_q   <= 1'b0;
      perr_was_q   <= 1'b0;
      ad_oe_q      <= 1'b0;
    end else begin
      write_data_q <= completes & is_write & ~trdy_no;
      odd_data_q   <= ^{ad_i, cbe_ni};
      perr_due_q   <= write_data_q & (odd_data_q != par_i) & parity_response_i;
      serr_due_q   <= parity_wrong & parity_response_i & serr_enable_i;
      perr_was_q   <= ~perr_no & perr_oe;
      ad_oe_q      <= ad_oe;
      par_due_q    <= ^{ad_o, cbe_ni};
    end
  end

  always_comb begin
    if (rst_ni) begin
      // PAR is one clock behind what it covers.
      assert (par_oe == ad_oe_q);
      if (par_oe) assert (par_o == par_due_q);
      // PERR# two clocks behind the data, high for one clock more, then released.
      assert ((perr_oe & ~perr_no) == perr_due_q);
      assert (perr_oe == (perr_due_q | perr_was_q));
      assert ((serr_oe == serr_due_q) & ~serr_no);
      assert (parity_error_o == (parity_wrong | (write_data_q & (odd_data_q != par_i))));
      assert (system_error_o == (parity_wrong & parity_response_i & serr_enable_i));
    end
  end

  // ---- The module's own state ----

  always_comb begin
    if (rst_ni) begin
      assert ((state_q == Decode) == addressed_q);
      assert ((state_q == Data) == (claimed_q & stop_no));
      assert ((state_q == Ending) == (claimed_q & ~stop_no));
      assert ((state_q == Turn) == turn_q);
      assert (state_q <= Turn);
      if (state_q == Idle || state_q == Turn || addressed_q) assert (addressed_q ? ~frame_q : frame_q);
      if (state_q == Busy) assert (~frame_q);
      if (addressed_q) assert ((parity_q == odd_q) & ~done_q & ~turn_q);
      if (addressed_q || claimed_q) assert ((addr_q == address_q) & (cmd_q == command_q) & (idsel_q == selected_q));
      assert (check_data_q == write_data_q);
      if (write_data_q) assert (parity_q == odd_data_q);
      if (done_q) assert (claimed_q & ~stop_no);
      if (claimed_q) assert (~turn_q);
      if (first_q) assert (claimed_q & ~decided_q);
      if (claimed_q & ~stop_no) assert (decided_q);
      if (claimed_q & ~stop_no) assert (trdy_no == (done_q | abort_q));
      if (claimed_q & abort_q) assert (~stop_no);
      // The lane to serve next: above those that were served.
      if (claimed_q & stop_no) assert ((4'b0001 << lane_q) > served_q);
      if (claimed_q & stop_no & (served_q == '0)) assert (lane_q == address_q[1:0]);
      if (claimed_q & stop_no & steady_q & decided_q & ~is_config_q) begin
        assert ((lanes_q & (4'b0001 << lane_q)) != '0 && (lanes_q & ((4'b0001 << lane_q) - 4'd1)) == served_q);
        assert (lanes_q != '0 && (lanes_q & -lanes_q) == (4'b0001 << address_q[1:0]));
      end
      if (claimed_q & stop_no & ~decided_q) assert (served_q == '0);
    end
  end

  always_comb begin
    if (rst_ni) begin
      cover (completes & ~trdy_no & ~is_write & ~is_config_q & (served_q == 4'hf));
      cover (completes & trdy_no & abort_q);
      cover (turn_q & begins);
      cover (done_q & ~frame_ni);
      cover (perr_oe & perr_no);
      cover (serr_oe);
      cover (addressed_q & hit & ~claims);
      cover (first_q & (is_port_q == PORTS));
    end
  end

endmodule

bind pci_target pci_target_props #(
  .PORTS(PORTS)
) u_props (.*);
