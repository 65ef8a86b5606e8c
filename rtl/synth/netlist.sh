#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Maps the card to the cells of an iCE40. See usage() below.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
readonly here

usage() {
  cat <<'END'
usage: rtl/synth/netlist.sh PORTS FILE.v [BOARD.json]

Writes the netlist of a card with PORTS (1 or 2) serial ports as Verilog: cells of an iCE40, and the pins of mtty_card.
After synthesis, so without an influence on it, the count of each receive FIFO becomes one more output, received0 and
received1: the testbench looks at it. BOARD.json is the same netlist behind the pads of hx8k.sv, for nextpnr.
Exit code: 0 done; 1 yosys found a latch, a loop, a wire without a driver or a memory that became flip-flops; 2 wrong use.
END
}

case ${1-} in
  1 | 2) ;;
  --help | -h) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
(($# == 2 || $# == 3)) || { usage >&2 && exit 2; }
readonly ports=$1 netlist=$2 board=${3-}

commands="
  read_verilog -sv $(find "$here/.." -maxdepth 1 -name '*_pkg.sv') $(find "$here/.." -maxdepth 1 -name '*.sv' ! -name '*_pkg.sv' | sort | tr '\n' ' ')
  chparam -set PORTS $ports mtty_card
  hierarchy -check -top mtty_card
  proc
  select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr t:\$sr
  synth_ice40 -top mtty_card
  check -assert
  select -assert-count $((2 * ports)) t:SB_RAM40_4K
  tee -q -o ${netlist%.v}.stat stat
  design -save card
"
[[ $board ]] && commands+="
  read_verilog -sv $here/hx8k.sv $here/tristate_pad.sv
  hierarchy -check -top hx8k
  proc
  flatten
  opt_clean -purge
  check -assert
  write_json $board
  design -load card
"
commands+="cd mtty_card"
for ((port = 0; port < ports; ++port)); do
  commands+="
  expose w:gen_port?$port?.u_uart.rx_count
  rename gen_port[$port].u_uart.rx_count received$port"
done
# Vectors whose bits depend on each other look like loops to Verilator: one wire a bit.
commands+="
  splitnets
  cd
  write_verilog -noattr $netlist
"
yosys -q -p "$commands"
