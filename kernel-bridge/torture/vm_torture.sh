#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tortures mtty.ko. Runs as root in a host VM (vm/hostvm.sh), with VFIO loaded; prints TAP.
#   vm_torture.sh MTTY.KO BIN [BRIDGE_TORTURE'S OPTIONS AND TESTS]
# Fails too where the module does not unload, or where a kernel that looks for leaks has found one. Emulated CPUs
# stand still for some milliseconds now and then; deaths are judged by 1 ms where CPUs are real.
set -u
# shellcheck source-path=SCRIPTDIR source=../vm/steps.sh
. "$(dirname "$0")/../vm/steps.sh"

ko=$1
bin=$2
shift 2

leaks() {
  local file=/sys/kernel/debug/kmemleak
  [[ -e $file ]] || return 0
  # What was freed a moment ago may still be found in a register or on a stack, so a find counts only where it
  # is found again.
  echo scan >$file
  sleep 6 # what is younger than 5 s is not reported
  echo scan >$file
  cat $file
}

mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
# Its own scan, which begins a minute after boot and takes its time, would keep ours waiting.
[[ ! -e /sys/kernel/debug/kmemleak ]] || echo scan=off >/sys/kernel/debug/kmemleak
insmod "$ko"
within=1
! grep -q 'QEMU TCG' /proc/cpuinfo || within=1000
"$bin/bridge_torture" --module "$ko" --within-ms $within "$@"
status=$?
rmmod mtty || status=1
left=$(leaks)
if [[ $left == *unreferenced* ]]; then
  echo "not ok - nothing leaks"
  echo "$left"
  status=1
else
  echo "ok - nothing leaks$([[ -e /sys/kernel/debug/kmemleak ]] || echo ' (this kernel does not look for it)')"
fi
if [[ -n $(kernel_complaints) ]]; then
  echo "not ok - the kernel has nothing to complain about"
  dmesg | tail -n 200
  status=1
else
  echo "ok - the kernel has nothing to complain about"
fi
exit $status
