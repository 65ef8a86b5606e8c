#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The part of `demo --many-cards` that runs in the host VM: all 24 ports at work, in one simulator process and in
# several, in one guest and in two; and what a card costs that nobody uses. Run by demo.sh as: many_host.sh KVER PACE
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$vm_src/steps.sh"

kver=$1 pace=$2
out=$repo/build/demo
types=/sys/devices/virtual/mtty/mtty/mdev_supported_types
scratch=$(mktemp -d)
# A guest that works off 24 ports, or waits for a CPU, comes back to each of them late.
patience=(--patience 10000)
uuids=()
for i in {1..12}; do uuids+=("$(printf '83b8f4f2-509f-382f-3c1e-e6bfe0fa%04d' "$i")"); done

# shellcheck disable=SC2317  # the trap calls it
clean_up() {
  jobs -p | xargs -r kill 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

# --- simulators ---

simulators=()
says=()

# serve UUID...: one process
serve() {
  local file=$scratch/says.${#says[@]} uuid command=(mttysim serve --pace "$pace" "${patience[@]}")
  for uuid in "$@"; do command+=(--mdev "$uuid"); done
  [[ $# = 1 ]] || command+=(--log "$out/many.log")
  "${command[@]}" >"$file" 2>&1 &
  simulators+=($!)
  says+=("$file")
  until [[ $(grep -c ' serving ' "$file") = "$#" ]] || ! kill -0 $! 2>/dev/null; do sleep 0.05; done
}

stop_simulators() {
  local pid status=0
  kill -TERM "${simulators[@]}"
  for pid in "${simulators[@]}"; do wait "$pid" || status=$?; done
  check "the simulators ended as asked" test "$status" = 0
  # A process says how many accesses each of its cards had.
  grep -h ' stopped ' "${says[@]}" | sort
  simulators=() says=()
}

# --- what an idle card costs ---

ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
switches() { awk '/ctxt_switches/ {sum += $2} END {print sum}' "/proc/$1/status"; }

# Nobody has the cards open: a process of them must not run at all.
measure_idle() {
  local pid=${simulators[0]} ran woke
  title "Host VM: 12 idle cards in one process"
  sleep 1 # what the start has left to do
  ran=$(ticks "$pid") woke=$(switches "$pid")
  sleep 5
  ran=$(($(ticks "$pid") - ran)) woke=$(($(switches "$pid") - woke))
  echo "in 5 s: $ran ticks of CPU time, $woke context switches; $(grep Threads "/proc/$pid/status")"
  check "12 idle cards cost no CPU time in 5 s" test "$ran" = 0
  check "and wake nobody" test "$woke" = 0
}

# In us, the median of accesses to a card of process N.
measure_access() { vfio_probe "$1" "cfgw 0x10 4 0xc000" "cfgw 4 2 1" "bench 20000" | tail -n 1; }

# --- guests ---

# boot NAME UUID...: a guest with these cards, in the background
boot() {
  local name=$1 slot=4 uuid qemu
  shift
  guest_qemu "$kver" "$out/guest.cpio" 8250.nr_uarts=32 plan=many "cards=$#"
  for uuid in "$@"; do
    slot=$((slot + 1))
    qemu+=(-device "vfio-pci,addr=$(printf %02x $slot).0,sysfsdev=/sys/bus/mdev/devices/$uuid")
  done
  echo "# qemu-system-x86_64 ... -device vfio-pci (x $#) &"
  timeout 240 "${qemu[@]}" </dev/null >"$scratch/$name" 2>"$scratch/$name.err" &
  guests+=("$name:$!")
}

wait_for_guests() {
  local guest status
  for guest in "${guests[@]}"; do
    status=0
    wait "${guest#*:}" || status=$?
    tr -d '\r' <"$scratch/${guest%:*}"
    cat "$scratch/${guest%:*}.err"
    check "${guest%:*} went through its plan" grep -q '^guest: all done' "$scratch/${guest%:*}"
    check "its QEMU ended with 0 and had nothing to complain about" \
      test "$status" = 0 -a ! -s "$scratch/${guest%:*}.err"
  done
  guests=()
}

PATH=$repo/build/release/bin:$PATH
title "Host VM: all 24 ports"
insmod "$repo/build/driver/$(uname -r)/mtty.ko"
for uuid in "${uuids[@]}"; do echo "$uuid" >$types/mtty-2/create; done
show "cat $types/mtty-2/available_instances"
check "there are 12 cards, and no room for another" test "$(cat $types/mtty-2/available_instances)" = 0

guests=()
serve "${uuids[0]}"
alone=$(measure_access "${uuids[0]}")
stop_simulators
serve "${uuids[@]}"
measure_idle
title "Host VM: what 11 idle cards cost the one that is used"
echo "alone:       $alone"
echo "one of 12:   $(measure_access "${uuids[0]}")"

title "Host VM: 12 cards in one process, in one guest"
boot guest "${uuids[@]}"
wait_for_guests
stop_simulators
check "each card has a log of its own" test "$(find "$out" -name 'many-*.log' -size +1k | wc -l)" = 12

title "Host VM: 12 cards in 12 processes, in two guests"
for uuid in "${uuids[@]}"; do serve "$uuid"; done
boot guest1 "${uuids[@]:0:6}"
boot guest2 "${uuids[@]:6}"
wait_for_guests
stop_simulators

title "Host VM: the end"
for uuid in "${uuids[@]}"; do echo 1 >"/sys/bus/mdev/devices/$uuid/remove"; done
show "rmmod mtty"
kernel_complaints >"$scratch/bad" || true
cat "$scratch/bad"
check "no warning, oops or stall in the host VM's kernel log" test ! -s "$scratch/bad"
echo "demo: all steps done"
