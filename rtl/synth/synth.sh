#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Synthesizes the RTL, places and routes it, and runs the directed tests on the gates; see usage() below.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/build/synth
readonly here root work

usage() {
  cat <<END
usage: ./run synth [--quick]

- yosys: cells and flip-flops of one UART (generic gates) and of the card (iCE40). A latch, a combinational loop, a wire
  without a driver, or a FIFO that does not become a block RAM ends it.
- nextpnr: the card in an iCE40 HX8K (package ct256) at 33 MHz or better; with the delays at the pins.
- check_gates: every row of the acceptance lists on the body "rtl", with the synthesized card in
  the place of the RTL; then again in lockstep with the pin model, compared in every clock.

  --quick   without place and route, and without lockstep

Netlists, reports and the bitstream are left in build/synth. Exit code: 0 good, 1 not so, 2 wrong use.
END
}

say() { printf '\n-- %s\n' "$*"; }
fail() {
  echo "synth: $*" >&2
  exit 1
}

# One UART in yosys's generic gates, as others count theirs: memories are flip-flops there.
count_uart() {
  say "One UART, generic gates"
  yosys -q -p "
    read_verilog -sv $(find "$root/rtl" -maxdepth 1 -name '*_pkg.sv') $(find "$root/rtl" -maxdepth 1 -name '*.sv' ! -name '*_pkg.sv' | tr '\n' ' ')
    hierarchy -check -top uart16550
    proc
    select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr t:\$sr
    synth -top uart16550 -flatten
    check -assert
    tee -q -o $work/uart.stat stat"
  awk '/Number of cells/ { cells = $4 } /_DFF/ { flip_flops += $2 } END { print cells " cells, " flip_flops " of them flip-flops" }' \
    "$work/uart.stat"
}

count_card() {
  say "The card, iCE40"
  "$here/netlist.sh" 2 "$work/card.v" "$work/board.json" || fail "yosys refuses the card"
  awk '/Number of cells/ { cells = $4 } /SB_LUT4/ { luts = $2 } /SB_CARRY/ { carries = $2 } /SB_RAM40/ { rams = $2 } /SB_DFF/ { flip_flops += $2 }
    END { print cells " cells: " luts " look-up tables, " carries " carries, " flip_flops " flip-flops, " rams " block RAMs; no latch" }' \
    "$work/card.stat"
}

# Slack at the pins is for who draws a board: PCI leaves a 33 MHz target 7 ns before the clock and 11 ns behind it.
place() {
  local mhz
  say "Place and route, HX8K ct256"
  nextpnr-ice40 --hx8k --package ct256 --freq 33 --seed 1 --json "$work/board.json" --asc "$work/board.asc" >"$work/nextpnr.log" 2>&1 || {
    grep -E '^ERROR' "$work/nextpnr.log" >&2
    fail "nextpnr failed: $work/nextpnr.log"
  }
  icepack "$work/board.asc" "$work/board.bin"
  icetime -d hx8k -m -t "$work/board.asc" >"$work/icetime.log" 2>&1
  grep -E 'ICESTORM_LC|ICESTORM_RAM|SB_IO:' "$work/nextpnr.log" | head -n 3 | sed 's/^Info: */  /'
  mhz=$(sed -n 's/.*Max frequency for clock.*: \([0-9.]*\) MHz.*/\1/p' "$work/nextpnr.log" | tail -n 1)
  echo "  nextpnr: $mhz MHz from flip-flop to flip-flop"
  grep -h 'Total path delay' "$work/icetime.log" | sed 's/.*Total path delay/  icetime: longest path, pins included/'
  grep -h 'Max delay' "$work/nextpnr.log" | tail -n 2 | sed 's/^Info: */  /; s/  */ /g; s/^ /  /'
  awk -v mhz="$mhz" 'BEGIN { exit !(mhz >= 33) }' || fail "the card is too slow for 33 MHz: $work/nextpnr.log has the path"
}

passed() { cat "$work"/check.*.log | grep -c '^\[       OK' || true; }

test_gates() {
  local bin=$1 filter=$2 shards shard tests pids=() failed=0
  say "The directed tests on the gates"
  shards=$(nproc)
  tests=$("$bin/check_gates" --gtest_list_tests --gtest_filter="$filter" | grep -c '^  ')
  rm -f "$work"/check.*.log
  for ((shard = 0; shard < shards; ++shard)); do
    GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$shard \
      "$bin/check_gates" --gtest_filter="$filter" >"$work/check.$shard.log" 2>&1 &
    pids+=($!)
  done
  while [[ -t 2 && $(jobs -rp) ]]; do
    printf '\r%s of %s tests ' "$(passed)" "$tests" >&2
    sleep 1
  done
  for shard in "${!pids[@]}"; do
    wait "${pids[$shard]}" || failed=1
    grep -hE 'FAILED|Failure' "$work/check.$shard.log" || true
  done
  [[ -t 2 ]] && printf '\r' >&2
  printf '%s of %s tests pass\n' "$(passed)" "$tests"
  ((!failed)) || fail "a test fails on the gates; the whole output is in $work/check.*.log"
}

main() {
  local quick='' bin=''
  while (($#)); do
    case $1 in
      --quick) quick=1 ;;
      --help | -h) usage && exit 0 ;;
      -*)
        echo "synth: there is no option '$1'; see ./run synth --help" >&2
        exit 2
        ;;
      *) bin=$1 ;;
    esac
    shift
  done
  [[ -x $bin/check_gates ]] || {
    echo "synth: there is no '$bin/check_gates'; ./run synth builds it" >&2
    exit 2
  }
  mkdir -p "$work" || fail "it needs room in $work"
  count_uart
  count_card
  if [[ $quick ]]; then
    test_gates "$bin" '*/rtl'
  else
    place
    test_gates "$bin" '*/rtl:*/lockstep'
  fi
}

main "$@"
