#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# regress REGRESS MTTYSIM [--slurm]: seeds that agree, one that differs, tasks that are killed.
set -euo pipefail
readonly regress=$1 mttysim=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# In place of mttysim: seed 3 differs; seed 2 is killed with its task the first two times, seed 4 each time where asked to.
cat >"$folder/mttysim" <<END
#!/bin/sh
kill_task() {
  if [ "\$SLURM_JOB_ID" ]; then scancel --signal=KILL --full "\$SLURM_JOB_ID"; else kill -KILL 0; fi
  sleep 60
}
case " \$* " in
  *" --seed 2 "*) [ -e "$folder/killed.2" ] || { echo >>"$folder/killed"; [ \$(wc -l <"$folder/killed") -lt 2 ] || : >"$folder/killed.2"; kill_task; } ;;
  *" --seed 3 "*) echo "pins and rtl differ, seed 3"; exit 1 ;;
  *" --seed 9 "*) kill_task ;;
esac
exec "$mttysim" "\$@"
END
chmod +x "$folder/mttysim"

run() {
  local status=0
  "$regress" --program "$folder/mttysim" --results "$folder/results" --clocks 20000 "$@" >"$folder/out" 2>&1 || status=$?
  echo "$status"
}

[[ $(run --seeds 2 "$@") == 0 ]] || fail "two seeds that agree: $(<"$folder/out")"
grep -q '6 runs of 2 seeds, 0 differences' "$folder/out" || fail "a killed task was not played again: $(<"$folder/out")"
[[ $(wc -l <"$folder/killed") == 2 ]] || fail "the test has not killed the task twice"

mkdir "$folder/mine" && : >"$folder/mine/precious"
[[ $(run --seeds 1 --results "$folder/mine") == 2 && -e $folder/mine/precious ]] || fail "it has thrown away what is not its own: $(<"$folder/out")"
[[ $(run --seeds 0) == 2 ]] || fail "no seeds: $(<"$folder/out")"

[[ $(run --first 3 --seeds 2 "$@") == 1 ]] || fail "a seed that differs: $(<"$folder/out")"
grep -q 'mttysim lockstep --a tlm --b rtl --ports 2 --seed 3 --clocks 20000' "$folder/out" || fail "no command: $(<"$folder/out")"
grep -q '6 runs of 2 seeds, 3 differences' "$folder/out" || fail "$(<"$folder/out")"

[[ $(run --first 9 --seeds 1 "$@") == 2 ]] || fail "a task that is killed each time: $(<"$folder/out")"
grep -q 'has ended 3 times without a result' "$folder/out" || fail "$(<"$folder/out")"
