#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Shows that lockstep can fail: plants the bugs of bugs.txt one at a time in a copy of the sources and looks whether, and
# when, `mttysim lockstep` finds each. See usage() below.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root list=$here/bugs.txt
readonly work=$root/build/plant
readonly source=$work/source build=$work/build results=$work/results

seeds=10
clocks=2000000
wanted=()

usage() {
  cat <<END
usage: tb/plant/plant.sh [--seeds N] [--clocks N] [NAME...]

Plants each bug of tb/plant/bugs.txt (or those named), and runs random traffic with the seeds 1 to N ($seeds), each for
so many PCI clocks ($clocks), until lockstep sees the bug. Works in build/plant; results of the same sources are kept
there, so it goes on where it was stopped. Exit code: 0 all caught, 1 a bug survived, 2 it could not be tried.
END
}

fail() {
  echo "plant: $*" >&2
  exit 2
}

# ---- The list: name, row, file, what, and the texts before and behind, joined by newlines ----

declare -a names=()
declare -A row=() file=() what=() before=() behind=()

trim() { sed 's/^ *//; s/ *$//' <<<"$1"; }

append() {  # VARIABLE-NAME KEY LINE
  local -n texts=$1
  [[ -v texts[$2] ]] && texts[$2]+=$'\n'
  texts[$2]+=$3
}

read_list() {
  local line name='' a b c d
  while IFS= read -r line; do
    case $line in
      '' | '#'*) ;;
      '- '*) append before "$name" "${line#- }" ;;
      '+' | '+ '*) line=${line#+} && append behind "$name" "${line# }" ;;
      *' | '*' | '*' | '*)
        IFS='|' read -r a b c d <<<"$line"
        name=$(trim "$a")
        names+=("$name")
        row[$name]=$(trim "$b")
        file[$name]=$(trim "$c")
        what[$name]=$(trim "$d")
        ;;
      *) fail "bugs.txt: this line says nothing: $line" ;;
    esac
  done <"$list"
}

# What only the event-driven card has is compared with the pin model; all else shows between pin model and RTL.
bodies_of() {
  case ${file[$1]} in
    model/card/serial_* | model/pci/bar_decoder.* | model/pci/pci_target.*) echo tlm pins ;;
    *) echo pins rtl ;;
  esac
}

# ---- Copy, plant, build ----

# Only files that differ, and with the time of now, so that ninja builds them again: also a bug that was left planted.
copy_sources() {
  local path
  mkdir -p "$source" "$results"
  while IFS= read -r -d '' path; do
    [[ -f $root/$path ]] || continue
    cmp -s "$root/$path" "$source/$path" && continue
    mkdir -p "$source/$(dirname "$path")"
    cp "$root/$path" "$source/$path"
  done < <(git -C "$root" ls-files -coz --exclude-standard)
}

restore() { cmp -s "$root/$1" "$source/$1" || cp "$root/$1" "$source/$1"; }

plant() {
  local name=$1 path=$source/${file[$1]} text rest
  text=$(<"$path")
  rest=${text//"${before[$name]}"/}
  ((${#text} - ${#rest} == ${#before[$name]})) || return 1  # not there exactly once
  printf '%s\n' "${text/"${before[$name]}"/"${behind[$name]}"}" >"$path"
}

# Optimised for a short build: a bug is mostly found in less time than its build takes.
configure() {
  cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE='-O1 -DNDEBUG' \
    >"$work/configure.log" 2>&1 || fail "cmake failed: $work/configure.log"
}

compile() { timeout 1200 cmake --build "$build" --target mttysim -j 2 >"$work/build.log" 2>&1; }

# ---- Try ----

# One run of lockstep; prints the clock of the difference, or nothing. A run that does not end has found the bug too.
difference() {  # SEED BODY BODY
  local status=0
  timeout 300 "$build/bin/mttysim" lockstep --seed "$1" --a "$2" --b "$3" --clocks "$clocks" \
    >"$work/lockstep.log" 2>&1 || status=$?
  case $status in
    0) ;;
    1) sed -n 's/.*clock \([0-9]*\).*/\1/p;' "$work/lockstep.log" | head -n 1 ;;
    124) echo "hangs" ;;
    *) grep -q 'the bus hangs' "$work/lockstep.log" || fail "lockstep failed: $(tail -n 1 "$work/lockstep.log")" && echo "hangs" ;;
  esac
}

try_bodies() {  # BODY BODY: prints "caught SEED CLOCK SECONDS" or "survived - - SECONDS"
  local seed clock begin
  begin=$(date +%s%N)
  seconds() {
    local ms=$((($(date +%s%N) - begin) / 1000000))
    printf '%d.%03d' $((ms / 1000)) $((ms % 1000))
  }
  for ((seed = 1; seed <= seeds; ++seed)); do
    clock=$(difference "$seed" "$@")
    [[ $clock ]] || continue
    echo "caught $seed $clock $(seconds)"
    return
  done
  echo "survived - - $(seconds)"
}

# A difference in the sources as they are would be taken for every bug.
check_unplanted() {
  local bodies result
  compile || fail "the sources do not build: $work/build.log"
  for bodies in 'pins rtl' 'tlm pins'; do
    read -ra bodies <<<"$bodies"
    result=$(try_bodies "${bodies[@]}")
    [[ $result == survived* ]] || fail "${bodies[*]} differ without a bug: $result"
  done
}

# What a result depends on.
key_of() {
  local name=$1
  {
    echo "$sources_key $seeds $clocks ${file[$name]}"
    echo "${before[$name]}"
    echo "${behind[$name]}"
  } | sha256sum | cut -d ' ' -f 1
}

try_bug() {
  local name=$1 key=$2 result
  printf '%s in %s: ' "$name" "${file[$name]}"
  planted=${file[$name]}
  if ! plant "$name"; then
    key='-' result='no-text - - -'  # the list is out of date
  elif ! compile; then
    cp "$work/build.log" "$work/$name.log"
    key='-' result='no-build - - -'
  else
    # shellcheck disable=SC2046  # two words
    result=$(try_bodies $(bodies_of "$name"))
  fi
  restore "$planted"
  planted=
  echo "$key $result" >"$results/$name"
  echo "$result"
}

print_table() {
  local name key verdict seed clock seconds caught=0
  printf '\n%-30s %-7s %-10s %-9s %4s %9s %7s  %s\n' bug row bodies verdict seed clock seconds "what is wrong"
  for name in "${wanted[@]}"; do
    read -r key verdict seed clock seconds <"$results/$name"
    printf '%-30s %-7s %-10s %-9s %4s %9s %7s  %s\n' "$name" "${row[$name]}" "$(bodies_of "$name")" "$verdict" "$seed" \
      "$clock" "$seconds" "${what[$name]}"
    [[ $verdict == caught ]] && ((++caught))
  done
  printf '\n%d of %d bugs caught\n' "$caught" "${#wanted[@]}"
  ((caught == ${#wanted[@]}))
}

main() {
  local name key unchecked=1 done=0
  while (($#)); do
    case $1 in
      --seeds) seeds=${2:?} && shift ;;
      --clocks) clocks=${2:?} && shift ;;
      --help | -h) usage && exit 0 ;;
      -*) usage >&2 && exit 2 ;;
      *) wanted+=("$1") ;;
    esac
    shift
  done
  read_list
  ((${#wanted[@]})) || wanted=("${names[@]}")
  for name in "${wanted[@]}"; do [[ -v file[$name] ]] || fail "bugs.txt has no bug '$name'"; done

  planted=
  trap '[[ $planted ]] && restore "$planted"' EXIT
  trap 'exit 130' INT TERM
  copy_sources
  sources_key=$(cd "$source" && find model rtl tb/dut tb/script tb/mttysim -type f | LC_ALL=C sort | xargs sha256sum | sha256sum)
  for name in "${wanted[@]}"; do
    ((++done))
    key=$(key_of "$name")
    [[ -f $results/$name && $(<"$results/$name") == "$key "* ]] && continue
    if ((unchecked)); then
      echo "building the sources as they are"
      configure
      check_unplanted
      unchecked=0
    fi
    printf '[%d/%d] ' "$done" "${#wanted[@]}"
    try_bug "$name" "$key"
  done
  print_table
}

main "$@"
