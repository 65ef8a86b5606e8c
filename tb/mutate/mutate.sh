#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants bugs in RTL and model, one alive at a time, and counts which of them the tests find. See usage() below.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root program=$root/build/release/bin/mutate

rtl=350
model=250
seed=1
jobs=$(nproc)
work=$root/build/mutate
keep=()

usage() {
  cat <<END
usage: ./run mutate [--rtl N] [--model N] [--seed N] [--jobs N] [--keep-killed]

Plants N bugs in the netlist of the RTL ($rtl, by yosys' mutate) and N in the sources of the model's behaviour ($model), all in
one build in build/mutate, in which MTTY_MUTANT=NUMBER brings one to life. Runs the tests with each until one fails, on
all processors ($jobs). The sample depends on the seed ($seed). Prints by module how many were killed; those that are the same machine
are in tb/mutate/equivalent.txt, each with the reason, or are proved to be by yosys. Ctrl-C stops it, and the same command
goes on from there.

  --keep-killed   where only tests were added: tries again what survived, and believes what was killed

Exit code: 0 at least 95 % killed of those that are not equivalent, in RTL and in model; 1 fewer, or an equivalent one
killed; 2 it could not be tried; 130 stopped.
END
}

fail() {
  echo "mutate: $*" >&2
  exit 2
}

# number OPTION VALUE: the value, where it is a number from 1 on
number() {
  [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] || fail "$1 needs a number from 1 to 9999, not '$2'; see ./run mutate --help"
  printf '%s' "$2"
}

# Behaviour: not the SystemC modules around it, nor mere names.
planted_sources() {
  git -C "$root" ls-files 'model/uart/*' 'model/pci/*' 'model/line/*' 'model/card/serial_ports.*' 'model/card/pin_card.*' |
    grep '\.\(h\|cpp\)$' | grep -v '_test\.cpp$\|/uart16550\|/pci_extension\|/pci_pins\|/pins\.h$\|/registers\.h$'
}

# All but the sources that get mutants; only files that differ, so that nothing is built again for nothing.
copy_sources() {
  local path
  while IFS= read -r -d '' path; do
    [[ -f $root/$path && " $planted " != *" $path "* ]] || continue
    cmp -s "$root/$path" "$work/source/$path" && continue
    mkdir -p "$work/source/$(dirname "$path")"
    cp "$root/$path" "$work/source/$path"
  done < <(git -C "$root" ls-files -coz --exclude-standard)
}

# A clock that a mutant stops or inverts is no bug that anybody writes, and a gate in the clock slows all others down.
plant_rtl() {
  command -v yosys >/dev/null || fail "there is no yosys; packages.txt names what is needed"
  read_rtl="read_verilog -sv rtl/uart_pkg.sv $(cd "$root" && git ls-files 'rtl/*.sv' | grep -v 'uart_pkg\|/.*/' | tr '\n' ' ')"
  read_rtl+='; hierarchy -top mtty_card; proc; opt_clean'
  (cd "$root" && yosys -q -p "$read_rtl; mutate -list $((rtl + rtl / 50 + 1)) -seed $seed -ctrl mutant 16 1 -o $work/drawn")
  grep -v -- '-port CLK ' "$work/drawn" | head -n "$rtl" >"$work/mutations"
  (cd "$root" && yosys -q -p "$read_rtl; script $work/mutations; opt_clean;
    delete -port mtty_card/w:mutant; write_verilog -noattr $work/new.v")
  cmp -s "$work/new.v" "$work/netlist.v" || cp "$work/new.v" "$work/netlist.v"
}

# Named by what stays when yosys counts its cells anew: kind of cell, bit, mode, wire, source.
list_rtl() {
  awk '{
    split("", value)
    for (i = 2; i < NF; i += 2) {
      value[$i] = $(i + 1)
      if ($i == "-ctrl") { number = $(i + 3); i += 2 }
    }
    module = value["-module"]; sub(/^\$paramod\\/, "", module); sub(/\\.*/, "", module)
    cell = value["-cell"]; gsub(/\$[0-9]+/, "", cell); sub(/^.*\$/, "", cell); sub(/_[A-Z]*[0-9]*$/, "", cell)
    source = value["-src"]; sub(/.*\//, "", source)
    name = source " " cell "." value["-port"] "[" value["-portbit"] "] " value["-mode"]
    if ("-ctrlbit" in value) name = name " by [" value["-ctrlbit"] "]"
    if ("-wire" in value) name = name ", wire " value["-wire"] "[" value["-wirebit"] "]"
    if (++seen[module name] > 1) name = name " (" seen[module name] ")"
    printf "%d\trtl\trtl/%s.sv\t%s\n", number, module, name
  }' "$work/mutations"
}

build() {
  cmake -S "$work/source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_FLAGS_RELEASE='-O1 -DNDEBUG -w' "-DMTTY_RTL_NETLIST=$work/netlist.v;$here/mutant_select.sv" \
    >"$work/configure.log" 2>&1 || fail "cmake failed: $work/configure.log"
  cmake --build "$work/build" --target mttysim check_card model_test pin_dut_test rtl_test serial_card_test restore_test >"$work/build.log" 2>&1 ||
    fail "the mutants do not build: $work/build.log"
}

# Survivors of the RTL that yosys proves to be the same module: each flip-flop and output follows alike, by induction.
prove() {  # NUMBER
  local mutation module
  mutation=$(grep -e "-ctrl mutant 16 $1 " "$work/mutations" | sed "s/-ctrl mutant 16 $1 //; s/-src .*//")
  module=${mutation#*-module }
  module=${module%% *}
  cat >"$work/prove.ys" <<END
$read_rtl
design -save gold
$mutation
design -save gate
design -reset
design -copy-from gold -as gold $module
design -copy-from gate -as gate $module
equiv_make gold gate equiv
hierarchy -top equiv
memory_map
opt -full
async2sync
equiv_simple
equiv_induct
equiv_status -assert
END
  (cd "$root" && timeout 300 yosys -q "$work/prove.ys" >"$work/prove.log" 2>&1)
}

prove_survivors() {
  local number kind proved=$work/proved
  printf '# Proved by tb/mutate/mutate.sh with yosys\n' >"$proved"
  while read -r number kind; do
    if [[ $kind == rtl ]] && prove "$number"; then
      awk -F '\t' -v number="$number" '$1 == number { print $3 ": " $4 }' "$work/list" >>"$proved"
      printf ' yosys proves it equivalent (equiv_induct)\n' >>"$proved"
    fi
  done < <("$program" survivors "$work/list" --results "$work/results" --equivalent "$here/equivalent.txt")
}

key() {
  (
    cd "$work"
    cat list netlist.v
    find source/model source/rtl source/tb -type f | LC_ALL=C sort | xargs sha256sum
  ) | sha256sum | cut -d ' ' -f 1
}

main() {
  while (($#)); do
    case $1 in
      --rtl) rtl=$(number "$1" "${2-}"); shift ;;
      --model) model=$(number "$1" "${2-}"); shift ;;
      --seed) seed=$(number "$1" "${2-}"); shift ;;
      --keep-killed) keep=(--keep-killed) ;;
      --jobs) jobs=$(number "$1" "${2-}"); shift ;;
      --help | -h) usage && exit 0 ;;
      *) fail "there is no option '$1'; see ./run mutate --help" ;;
    esac
    shift
  done
  [[ -x $program ]] || fail "there is no $program; ./run mutate builds it"
  mkdir -p "$work" || fail "it needs room in $work"
  exec 9>"$work/lock"
  flock -n 9 || fail "another ./run mutate is at work in $work"
  planted=$(planted_sources | tr '\n' ' ')
  echo "building $rtl mutants of the RTL and $model of the model into one card"
  copy_sources
  plant_rtl
  list_rtl >"$work/list"
  # shellcheck disable=SC2086  # names without spaces
  "$program" plant --from "$root" --to "$work/source" --list "$work/list" --first 10001 --count "$model" --seed "$seed" $planted
  build
  "$program" try "$work/list" --build "$work/build" --results "$work/results" --key "$(key)" --jobs "$jobs" "${keep[@]}"
  prove_survivors
  "$program" report "$work/list" --results "$work/results" --equivalent "$here/equivalent.txt" "$work/proved"
}

main "$@"
