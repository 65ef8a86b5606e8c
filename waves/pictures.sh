#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes docs/images/*.svg: each picture is a run of a script in this folder on a body with pins. See usage() below.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

usage() {
  cat <<'END'
usage: waves/pictures.sh [--check] [--dut BODY] [--programs FOLDER]

  --check            compare with docs/images instead of writing there; exit code 1 where a picture differs
  --dut BODY         a body with pins (default: pins)
  --programs FOLDER  where mttysim and wavepic are (default: build/release/bin)
END
}

fail() {
  echo "pictures.sh: $*" >&2
  exit 2
}

check=false dut=pins programs=build/release/bin
while (($#)); do
  case $1 in
    --check) check=true ;;
    --dut | --programs)
      (($# >= 2)) || fail "$1 needs a value"
      [[ $1 == --dut ]] && dut=$2 || programs=$2
      shift
      ;;
    --help | -h)
      usage
      exit
      ;;
    *) fail "there is no option $1; see --help" ;;
  esac
  shift
done
for program in mttysim wavepic; do
  [[ -x $programs/$program ]] || fail "$programs/$program is missing; build it with ./run build"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# picture NAME FROM TO TITLE WAVEPIC-ARGUMENTS...
picture() {
  local name=$1 from=$2 to=$3 title=$4
  shift 4
  "$programs/mttysim" run "waves/$name.mtty" --dut "$dut" --quiet --wave "$work/$name.vcd" \
    --wave-from "$from" --wave-to "$to"
  "$programs/wavepic" "$work/$name.vcd" "$work/$name.svg" --title "$title" --from "$from" --to "$to" "$@"
}

# An argument stands for LABEL=SIGNAL[@WORDS], or is a heading.
transaction=(Transaction
  command=card.pci.command@waves/pci_command.txt address=card.pci.address byte_enables=card.pci.byte_enables
  data=card.pci.data status=card.pci.status@waves/pci_status.txt)
wires=("Wires of the bus" CLK=card.bus.clk "FRAME#=card.bus.frame_n" AD=card.bus.ad "C/BE#=card.bus.cbe_n" PAR=card.bus.par
  "IRDY#=card.bus.irdy_n" "DEVSEL#=card.bus.devsel_n" "TRDY#=card.bus.trdy_n" "STOP#=card.bus.stop_n")

picture config_read 98 106 "Configuration read of vendor and device" \
  --mark "100=N: address phase, IDSEL is high, C/BE# = a" --mark "102=A: DEVSEL# and IRDY# are low, the access is decided" \
  --mark "103=C: TRDY# is low, data is taken" -- \
  "${transaction[@]}" "${wires[@]}" IDSEL=card.bus.idsel ad_oe=card.bus.ad_oe

picture io_write 98 107 "I/O write of port 0's MCR: DTR and RTS become active" \
  --mark "100=N: address phase, C/BE# = 3" --mark "102=A: write data is taken, DTR and RTS change" \
  --mark "103=C: completion" -- \
  "${transaction[@]}" "${wires[@]}" "Port 0" RTS=card.uart0.rts DTR=card.uart0.dtr CTS=card.uart0.cts DSR=card.uart0.dsr

picture target_abort 98 107 "I/O read with byte enables that do not fit the address: target abort" \
  --mark "100=N: AD[1:0] = 1" --mark "102=A: C/BE# = 2 leaves out lane 1 and has lane 0" \
  --mark "103=C: STOP# is low, DEVSEL# is high: target abort" -- \
  "${transaction[@]}" "${wires[@]}"

picture interrupt 2801 2831 "Port 0 receives a character: the interrupt is raised, and served" \
  --mark "2806=the stop bit is sampled, INTA# goes low" --mark "2812=the driver reads IIR: received data (c4)" \
  --mark "2820=it reads the character, 41, from RBR: INTA# is released" -- \
  Interrupt "INTA#=card.pci.inta_n" SIN=card.uart0.sin "${transaction[@]}" \
  "Wires of the bus" CLK=card.bus.clk "INTA#=card.bus.inta_n" "FRAME#=card.bus.frame_n" "IRDY#=card.bus.irdy_n" \
  "DEVSEL#=card.bus.devsel_n" "TRDY#=card.bus.trdy_n"

if ! $check; then
  mkdir -p docs/images
  cp "$work"/*.svg docs/images/
  exit
fi
differing=0
for image in "$work"/*.svg; do
  name=${image##*/}
  cmp -s "$image" "docs/images/$name" && continue
  echo "docs/images/$name is not what a run on body $dut gives; waves/pictures.sh makes it anew" >&2
  differing=1
done
exit $differing
