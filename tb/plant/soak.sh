#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Much random traffic into all pairs of bodies, which must not differ. See usage() below.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

program=build/release/bin/mttysim
first=1
seeds=50
clocks=700000

usage() {
  cat <<END
usage: tb/plant/soak.sh [--first SEED] [--seeds N] [--clocks N] [--program FILE]

Runs 'mttysim lockstep' with N seeds ($seeds) from SEED ($first) on, each for so many PCI clocks ($clocks) with each pair
of bodies; every fifth seed has a card of one port. Ends with the total of clocks. Exit code: 0 no difference, 1 a
difference (its command is printed), 2 lockstep could not be run.
END
}

run_all() {
  local seed ports bodies output status total=0 runs=0 different=0
  for ((seed = first; seed < first + seeds; ++seed)); do
    ports=$((seed % 5 ? 2 : 1))
    for bodies in 'pins rtl' 'tlm pins' 'tlm rtl'; do
      set -- --a "${bodies% *}" --b "${bodies#* }" --ports "$ports" --seed "$seed" --clocks "$clocks"
      status=0
      output=$(timeout 600 "$program" lockstep "$@" 2>&1) || status=$?
      case $status in
        0) ((total += $(sed -n 's/.*no difference in \([0-9]*\) clocks.*/\1/p' <<<"$output"))) ;;
        1 | 124) ((++different)) && printf '\n%s\n  %s lockstep %s\n' "$output" "$program" "$*" ;;
        *) printf '\nsoak: %s\n' "$output" >&2 && exit 2 ;;
      esac
      ((++runs))
      [[ -t 2 ]] && printf '\r%d of %d runs, %d million clocks, %d differences ' "$runs" $((seeds * 3)) \
        $((total / 1000000)) "$different" >&2
    done
  done
  [[ -t 2 ]] && echo >&2
  printf '%d clocks in %d runs of %d seeds, %d differences, %d s\n' "$total" "$runs" "$seeds" "$different" "$SECONDS"
  ((different == 0))
}

while (($#)); do
  case $1 in
    --first) first=${2:?} && shift ;;
    --seeds) seeds=${2:?} && shift ;;
    --clocks) clocks=${2:?} && shift ;;
    --program) program=${2:?} && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
[[ -x $program ]] || {
  echo "soak: there is no $program; build it (./run build) or name it with --program" >&2
  exit 2
}
run_all
