#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mtty.ko under the debug kernel (vm/debug_kernel.sh): checkpatch, all of bridge_torture, the module's test, the
# walk-through. Ends with 1 at the first thing that did not hold, with what the kernel had to say.
#   kasan.sh quick        some of all tortures in one VM
#   kasan.sh [PERCENT]    the whole module's test and walk-through, and PERCENT of 1000 kills, 1000 simulators that come
#                         and go, 10 minutes of lies, and so on (default 100)
# A million interrupts take too long there: they are raced on Debian's kernel, and 20000 under the debug kernel.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../vm/common.sh"

share=${1-100}
[[ $share =~ ^([1-9][0-9]*|quick)$ ]] || {
  say "kasan.sh: PERCENT is a number or 'quick', not '$share'"
  exit 2
}
bin=$repo/build/release/bin

# The script comes with the kernel's sources only.
checkpatch() {
  local script=$1/scripts/checkpatch.pl
  cd "$repo/kernel-bridge/driver"
  "$script" --quiet --file compat.h mtty.h ./*.c ../uapi/*.h
  # Tracepoints are written as the kernel's own are, which is not as checkpatch has it.
  "$script" --quiet --file --ignore OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT mtty_trace.h
  echo "ok - checkpatch --strict"
}

in_vm() { "$vm_src/hostvm.sh" --debug --memory 3000 --timeout 3600 -- "$@"; }

module_test() {
  echo
  echo "== The module's test"
  in_vm "$repo/kernel-bridge/driver/vm_test.sh" "$ko" "$bin"
}

torture() {
  echo
  echo "== bridge_torture $*"
  in_vm "$repo/kernel-bridge/torture/vm_torture.sh" "$ko" "$bin" "$@"
}

release=$("$vm_src/debug_kernel.sh")
(checkpatch "$vm_build/$release/tree")
ko=$("$repo/kernel-bridge/driver/build.sh" -k "$vm_build/$release/tree" 2>"$repo/build/module.log" | tail -n 1) || {
  cat "$repo/build/module.log"
  exit 1
}
if [[ $share == quick ]]; then
  torture --count 30 --seconds 10 kills hangs cycles lies fuzz intx
  exit
fi
module_test
torture --count $((10 * share)) kills hangs
torture --count $((10 * share)) cycles
torture --seconds $((6 * share)) lies
torture --seconds $((3 * share)) fuzz
torture --count $((200 * share)) intx
"$vm_src/demo.sh" --debug

echo
echo "== bridge_torture --count $((10000 * share)) intx, on Debian's kernel"
ko=$("$repo/kernel-bridge/driver/build.sh" 2>"$repo/build/module.log" | tail -n 1)
"$vm_src/hostvm.sh" --timeout 7200 -- \
  "$repo/kernel-bridge/torture/vm_torture.sh" "$ko" "$bin" --count $((10000 * share)) intx
echo "kasan.sh: all held in $SECONDS s"
