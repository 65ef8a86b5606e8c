// SPDX-License-Identifier: Apache-2.0
//
// Which mutant of the netlist is alive: the number in the environment variable MTTY_MUTANT; 0 for none. `mutant` is the
// wire that yosys' `mutate -ctrl` has made of all their control inputs.

module mutant_select (
  output logic [15:0] number_o
);

  initial number_o = 16'($c32("(std::getenv(\"MTTY_MUTANT\") ? std::atoi(std::getenv(\"MTTY_MUTANT\")) : 0)"));

endmodule

bind mtty_card mutant_select u_mutant_select (.number_o(mutant));
