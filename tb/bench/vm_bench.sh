#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The part of ./run bench that runs in the host VM: vm_bench.sh KVER SAMPLE PART..., where PART is accesses
# or guest. Leaves NAME.rounds in build/bench, a line "VALUE REFERENCE" for each round.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../kernel-bridge/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../kernel-bridge/vm/common.sh"

kver=$1 sample=$2
out=$repo/build/bench
bin=$repo/build/release/bin
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
card=/sys/bus/mdev/devices/$uuid
create=/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-2/create
accesses=4000
rounds=5
scratch=$(mktemp -d)
simulator=

serve() { # PACE
  mkfifo "$scratch/serving"
  "$bin/mttysim" serve --mdev $uuid --dut tlm --pace "$1" >"$scratch/serving" 2>&1 &
  simulator=$!
  exec 5<"$scratch/serving"
  rm "$scratch/serving"
  read -r -t 30 <&5
}

end_serving() {
  kill -TERM $simulator
  wait $simulator || true
}

# Median microseconds of a read and a write, in one line.
probe() {
  "$bin/vfio_probe" $uuid "cfgw 0x10 4 0xc000" "cfgw 4 2 1" "bench $accesses" "benchw $accesses" |
    sed -n 's/.*: median \([0-9.]*\) us.*/\1/p' | tr '\n' ' '
}

our_module() {
  insmod "$repo/build/driver/$kver/mtty.ko"
  echo $uuid >$create
}

remove() { # MODULE
  echo 1 >$card/remove
  rmmod "$1"
}

# shellcheck disable=SC2317  # called by name
measure_accesses() {
  local round ours theirs
  for ((round = 1; round <= rounds; ++round)); do
    echo "# accesses through VFIO, round $round of $rounds"
    our_module
    serve guest
    read -r -a ours <<<"$(probe)"
    end_serving
    remove mtty
    insmod "$sample"
    echo $uuid >$create
    read -r -a theirs <<<"$(probe)"
    remove mtty_sample
    echo "${ours[0]} ${theirs[0]}" >>"$out/vfio_read.rounds"
    echo "${ours[1]} ${theirs[1]}" >>"$out/vfio_write.rounds"
  done
}

# The guest's lines "bytes NAME BYTES/S", card and QEMU's own port in turns.
# shellcheck disable=SC2317  # called by name
measure_guest() {
  our_module
  serve guest
  mkfifo "$scratch/echo.in" "$scratch/echo.out"
  cat "$scratch/echo.out" >"$scratch/echo.in" &
  local value="" qemu
  echo "# a guest sends through the card and through QEMU's own port"
  guest_qemu "$kver" "$out/guest.cpio"
  "${qemu[@]}" -device "vfio-pci,addr=05.0,sysfsdev=$card" \
    -chardev "pipe,id=echo,path=$scratch/echo" -device pci-serial,addr=06.0,chardev=echo </dev/null |
    while read -r line; do
      line=${line%$'\r'}
      echo "$line"
      case $line in
        "card "*) value=${line#card } ;;
        "qemu "*) echo "$value ${line#qemu }" >>"$out/guest_throughput.rounds" ;;
      esac
    done
  end_serving
  remove mtty
}

for part in "${@:3}"; do "measure_$part"; done
