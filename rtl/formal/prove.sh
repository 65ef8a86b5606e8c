#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Proves the properties of the RTL; see usage() below.
set -euo pipefail
self=$(readlink -f "${BASH_SOURCE[0]}")
here=$(dirname "$self")
rtl=$(dirname "$here")
readonly self here rtl
readonly proofs=$here/proofs.txt bugs=$here/bugs.txt
work=$(dirname "$rtl")/build/formal
limit=600  # seconds of processor time for a run of the solver

usage() {
  cat <<END
usage: ./run prove [--quick | --selftest] [NAME...]

Proves the properties in rtl/formal/*_props.sv of the RTL modules with yosys and z3: all proofs of rtl/formal/proofs.txt,
or those named; all processors work. Prints one line a proof:

  asserts    properties proven: the module's own, and what the modules in it assume of it
  assumes    what the module assumes of the one around it, and that a proof begins in reset
  covers     situations that were reached in spite of the assumptions
  method     induction K: nothing fails in the first K clocks after power-on, and K clocks in which nothing fails are
             followed by one in which nothing fails; so it holds without a bound
  seconds    of processor time

  --quick      only the quick ones, as ./run test does
  --selftest   plants each bug of rtl/formal/bugs.txt (or those of the proofs named) and sees its proof refuted

Logs and traces are left in build/formal/NAME. Exit code: 0 all proven (with --selftest: all refuted), 1 not so, 2 wrong use.
END
}

fail() {
  echo "prove: $*" >&2
  exit 2
}

# ---- One proof ----

# with_properties MODULE.sv: the module with what "bind MODULE" in its properties says placed at its end. yosys 0.23 reads
# bind, and does nothing.
with_properties() {
  local props
  props=$here/$(basename "$1" .sv)_props.sv
  [[ -f $props ]] || props=/dev/null
  awk -v props="$props" '
    BEGIN {
      while ((getline line < props) > 0) {
        if (sub(/^bind [a-z0-9_]+ /, "", line)) binding = 1
        if (binding) instance = instance line "\n"
      }
    }
    /^endmodule/ { printf "%s", instance }
    { print }' "$1"
}

# translate NAME SOURCE DIR: the RTL in SOURCE with its properties, as a formula in DIR/design.smt2.
translate() {
  local source=$2 dir=$3 file module parameters inside own parts before='' behind='' modules
  read -r _ module parameters _ _ _ inside <<<"$(proof "$1")"
  mkdir -p "$dir/rtl"
  for file in "$source"/*.sv; do with_properties "$file" >"$dir/rtl/${file##*/}"; done
  own="*${module}_props*"
  parts="*_props* $own %d"  # the properties of the modules in it
  case $inside in
    # Only what they assume is of interest, as an assertion: their own assertions follow from it.
    '') before="chformal -assert -remove $parts" ;;
    cutpoint*) before=$inside ;;
    # Their assertions, proven for themselves, are what this proof stands on.
    *) behind=$inside ;;
  esac
  modules=$(printf '%s\n' "$dir"/rtl/*.sv | grep -v _pkg.sv | tr '\n' ' ')
  [[ $parameters == - ]] || parameters="chparam -set ${parameters/=/ } $module"
  yosys -q -l "$dir/yosys.log" -p "
    read_verilog -sv -formal $dir/rtl/*_pkg.sv $here/power_on.sv $here/*_props.sv
    read_verilog -sv -formal $modules
    ${parameters#-}
    hierarchy -check -top $module
    proc
    $before
    chformal -cover -remove $parts
    chformal -assume2assert $parts
    prep -flatten -top $module
    $behind
    memory_map
    async2sync
    dffunmap
    opt_clean
    tee -q -o $dir/asserts select -count t:\$assert
    tee -q -o $dir/assumes select -count t:\$assume
    tee -q -o $dir/covers select -count t:\$cover
    write_smt2 -wires $dir/design.smt2" >"$dir/yosys.out" 2>&1
}

# solve DIR LOG OPTIONS: 0 proven or reached, 1 not
solve() {
  local dir=$1 log=$2
  shift 2
  (
    ulimit -t "$limit"
    exec yosys-smtbmc -s z3 --unroll --noprogress --dump-vcd "$dir/$log.vcd" "$@" "$dir/design.smt2" >"$dir/$log.log" 2>&1
  )
}

proof() { awk -v name="$1" '$1 == name' "$proofs"; }
count() { sed 's/ .*//' "$1"; }
# From what bash's times says of the children, in its second line.
processor_seconds() { awk -F '[ms ]+' 'NR == 2 { print 60 * $1 + $2 + 60 * $3 + $4 }' "$1"; }

prove() {
  local name=$1 dir=$work/$1 verdict=proven steps clocks method
  read -r _ _ _ steps clocks _ <<<"$(proof "$name")"
  method="induction $steps"
  rm -rf "$dir" && mkdir -p "$dir"
  if ! translate "$name" "$rtl" "$dir"; then
    verdict="not read: $dir/yosys.out" && echo - | tee "$dir"/{asserts,assumes,covers} >/dev/null
  elif ! solve "$dir" base -t "$steps"; then
    verdict="REFUTED: $dir/base.vcd"
  elif ! solve "$dir" induction -i -t "$steps"; then
    verdict="OPEN: $dir/induction.vcd"
  elif ! solve "$dir" cover -c -t "$clocks"; then
    verdict="EMPTY: $dir/cover.log"
  fi
  times >"$dir/times"
  printf '%-16s %7s %7s %7s  %-12s %7.1f  %s\n' "$name" "$(count "$dir/asserts")" "$(count "$dir/assumes")" \
    "$(count "$dir/covers")" "$method" "$(processor_seconds "$dir/times")" "$verdict"
  [[ $verdict == proven ]]
}

# ---- Bugs ----

# bug N PART: of bug N the line that names it (head), the text before or the text behind
bug() {
  awk -v number="$1" -v part="$2" '
    /^#/ || /^$/ { next }
    /^[a-z]/ { ++n; at = "head" }
    sub(/^- /, "") { at = "before" }
    sub(/^\+ /, "") { at = "behind" }
    n == number && at == part { print }' "$bugs"
}
bug_count() { grep -c '^[a-z]' "$bugs"; }

# refute NUMBER: the bug is planted in a copy of the RTL, and its proof must fail in the first clocks after reset.
refute() {
  local name file what dir text before rest verdict steps
  IFS='|' read -r name file what < <(bug "$1" head)
  read -r name file <<<"$name $file"
  dir=$work/bug.$1
  rm -rf "$dir" && mkdir -p "$dir/source"
  cp "$rtl"/*.sv "$dir/source"
  text=$(<"$dir/source/$file")
  before=$(bug "$1" before)
  rest=${text//"$before"/}
  read -r _ _ _ _ steps _ <<<"$(proof "$name")"
  if ((${#text} - ${#rest} != ${#before})); then
    verdict='NOT PLANTED: its text is not there exactly once'
  else
    printf '%s\n' "${text/"$before"/"$(bug "$1" behind)"}" >"$dir/source/$file"
    if ! translate "$name" "$dir/source" "$dir"; then
      verdict="NOT READ: $dir/yosys.out"
    elif solve "$dir" base -t "$((steps + 2))"; then
      verdict=SURVIVED
    elif grep -q 'Assert failed' "$dir/base.log"; then
      verdict=refuted
    else
      verdict="NOT SOLVED: $dir/base.log"
    fi
  fi
  printf '%-16s %-11s %s\n' "$name" "$verdict" "${what# }"
  [[ $verdict == refuted ]]
}

# selftest NAME...: the bugs of these proofs
selftest() {
  local number name numbers=()
  for ((number = 1; number <= $(bug_count); ++number)); do
    read -r name _ <<<"$(bug "$number" head)"
    [[ " $* " == *" $name "* ]] && numbers+=("$number")
  done
  printf '%s\n' "${numbers[@]}" | xargs -P "$(nproc)" -I{} "$self" --bug {}
}

prove_all() {
  printf '%-16s %7s %7s %7s  %-12s %7s  %s\n' proof asserts assumes covers method seconds verdict
  printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} "$self" --one {}
}

main() {
  local mode=prove names=()
  while (($#)); do
    case $1 in
      --quick) mode=quick ;;
      --selftest) mode=selftest ;;
      --bug) refute "$2" && exit 0 || exit 1 ;;
      --one) prove "$2" && exit 0 || exit 1 ;;
      --help | -h) usage && exit 0 ;;
      -*) fail "there is no option '$1'; see ./run prove --help" ;;
      *)
        [[ $(proof "$1") ]] || fail "there is no proof '$1'; rtl/formal/proofs.txt has their names"
        names+=("$1")
        ;;
    esac
    shift
  done
  mkdir -p "$work" || fail "it needs room in $work"
  if ((!${#names[@]})); then
    mapfile -t names < <(awk -v mode="$mode" '/^[^#]/ && (mode != "quick" || $6 == "quick") { print $1 }' "$proofs")
  fi
  if [[ $mode == selftest ]]; then
    selftest "${names[@]}" || exit 1
  else
    prove_all "${names[@]}" || exit 1
  fi
}

main "$@"
