#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The part of the demo that runs in the host VM: load the module, make a card, serve it, boot the guest,
# take it all down again. Run by demo.sh as: demo_host.sh KVER DUT PACE PLAN BYTES SHELL NO_KVM_INTX MOVES
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$vm_src/steps.sh"

kver=$1 dut=$2 pace=$3 plan=$4 bytes=$5 shell=$6 no_kvm_intx=$7 moves=$8
out=$repo/build/demo
module=$repo/build/driver/$(uname -r)/mtty.ko
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
parent=/sys/devices/virtual/mtty/mtty
types=$parent/mdev_supported_types
card=/sys/bus/mdev/devices/$uuid
scratch=$(mktemp -d)
simulator=
# Emulated CPUs take 0.3 ms from one access of the guest to the next, and nearly as long to wake: so driver and simulator
# look longer for each other before they sleep, in us.
spin_us=
! several_emulated_cpus || spin_us=3000

# --- the module and the card ---

load_module() {
  title "Host VM: load the module"
  show "insmod $module${spin_us:+ spin_us=$spin_us}"
  show "find $parent | sort"
  local type file
  for type in mtty-1 mtty-2; do
    for file in available_instances create device_api devices name; do
      check "sysfs has mdev_supported_types/$type/$file" test -e "$types/$type/$file"
    done
  done
  check "sysfs has mtty_dev/sample_mtty_dev" test -f $parent/mtty_dev/sample_mtty_dev
  for file in autosuspend_delay_ms control runtime_active_time runtime_status runtime_suspended_time; do
    check "sysfs has power/$file" test -f $parent/power/$file
  done
  check "sysfs has subsystem -> ../../../../class/mtty" \
    test "$(readlink $parent/subsystem)" = ../../../../class/mtty
  check "sysfs has uevent" test -f $parent/uevent
  show "cat $types/mtty-2/{name,device_api}"
}

available_is() {
  show "cat $types/mtty-2/available_instances"
  check "$1 instances of mtty-2 are available" test "$(cat $types/mtty-2/available_instances)" = "$1"
}

create_card() {
  title "Host VM: create a card with two ports"
  available_is 12
  show "echo $uuid >$types/mtty-2/create"
  check "the card is there" test -e $card
  available_is 11
}

# --- the simulator ---

# start_simulator PACE NAME: serves the card, leaving NAME.log and its waves; returns once it is attached
start_simulator() {
  # A body with pins has a clock, of which FST makes next to nothing.
  local waves=fst
  [[ $dut != tlm ]] || waves=vcd
  serve_card --pace "$1" --wave "$out/$2.$waves" --log "$out/$2.log"
}

# Serves the card and keeps it, also for the next one.
start_keeper() { serve_card --pace "$pace" --state "$scratch/card.state"; }

serve_card() { # OPTION...
  local command=(mttysim serve --mdev "$uuid" --dut "$dut" ${spin_us:+--spin "$spin_us"} "$@") line=
  echo "# ${command[*]} &"
  rm -f "$scratch/says"
  mkfifo "$scratch/says"
  "${command[@]}" >"$scratch/says" 2>&1 &
  simulator=$!
  exec 5<"$scratch/says"
  read -r -t 30 line <&5 || true
  echo "$line"
  check "the simulator has attached" kill -0 "$simulator"
}

stop_simulator() {
  local status=0
  echo "# kill -TERM \$(pidof mttysim)"
  kill -TERM "$simulator" || true
  timeout 20 tail --pid="$simulator" -f /dev/null || kill -KILL "$simulator"
  wait "$simulator" || status=$?
  cat <&5
  check "the simulator ended as asked, exit code $status" test "$status" = 0
  simulator=
}

kill_simulator() {
  local status=0
  echo "# kill -KILL \$(pidof mttysim)"
  kill -KILL "$simulator"
  wait "$simulator" 2>/dev/null || status=$?
  check "the simulator was killed" test "$status" = 137
  simulator=
}

# --- the guest ---

guest_command() {
  guest_qemu "$kver" "$out/guest.cpio" "plan=$plan" "dut=$dut" "bytes=$bytes" "moves=$moves" "no_kvm_intx=$no_kvm_intx" \
    "shell=$shell" "host=$(uname -r)"
  qemu+=(-device "vfio-pci,addr=05.0,sysfsdev=$card,x-no-kvm-intx=$no_kvm_intx")
}

# What the guest asks the host VM to do while it runs.
serve_guest() {
  case $1 in
    "pace wall") stop_simulator && start_simulator wall guest-wall ;;
    kill) kill_simulator ;;
    attach) start_simulator "$pace" guest-again ;;
    "attach kept") stop_simulator && start_keeper ;;
    "return stop") stop_simulator && start_keeper ;;
    "return kill") kill_simulator && start_keeper ;;
    shell) return ;;
    done) touch "$scratch/guest.done" && return ;;
    *) echo "not ok - the guest asks for $1" ;;
  esac
  echo >&4
}

# The shell's console is the user's from now on: what is typed goes to the guest as it is.
hand_over_terminal() {
  stty -F /dev/tty raw -echo
  cat </dev/tty >&4 &
  cat
  kill $!
  stty -F /dev/tty sane -opost
}

# Reads the guest's next line into `line`, and says after each silence that it waits. A guest that is
# silent for four minutes is taken for stuck.
next_line() {
  local part status silence
  line=
  for ((silence = 0; silence < 240; silence += 2)); do
    status=0
    IFS= read -r -t 2 part || status=$?
    line+=$part
    if [[ $status -le 128 ]]; then
      line=${line%$'\r'}
      [[ $status = 0 || -n $line ]] && return 0 || return 1
    fi
    echo "... waiting for the guest"
  done
  echo "not ok - the guest has said nothing for $silence s"
  kill "$guest"
  return 1
}

run_guest() {
  title "Host VM: boot the guest"
  local qemu guest line status
  guest_command
  echo "# ${qemu[*]}"
  mkfifo "$scratch/keys"
  exec 4<>"$scratch/keys"
  # The loop is no subshell: it starts and stops the simulator.
  mkfifo "$scratch/screen"
  "${qemu[@]}" <"$scratch/keys" >"$scratch/screen" 2>"$scratch/qemu.err" &
  guest=$!
  while next_line; do
    [[ $line == @host\ * ]] || { printf '%s\n' "$line" && continue; }
    serve_guest "${line#@host }"
    [[ $line != "@host shell" ]] || hand_over_terminal
  done <"$scratch/screen"
  status=0
  wait "$guest" || status=$?
  title "Host VM: the guest is gone"
  cat "$scratch/qemu.err"
  check "the guest went through its plan" test -e "$scratch/guest.done"
  check "QEMU ended with 0" test "$status" = 0
  check "QEMU had nothing to complain about" test ! -s "$scratch/qemu.err"
}

# --- what must be refused (plan kill) ---

# refused COMMAND...: ends with an error
refused() {
  local status=0
  echo "# $*"
  timeout 60 "$@" </dev/null >"$scratch/refused" 2>&1 || status=$?
  cat "$scratch/refused"
  check "refused with exit code $status" test "$status" != 0 -a "$status" != 124
}

one_line() { check "says why in one line" test "$(wc -l <"$scratch/refused")" = 1; }

refuse_without_simulator() {
  title "Host VM: no simulator, no such card"
  local qemu
  guest_command
  refused "${qemu[@]}"
  check "QEMU names the card" grep -q "vfio $uuid" "$scratch/refused"
  show "dmesg | grep 'mtty $uuid' | tail -n 1" | tee "$scratch/reason"
  check "the kernel log says what to do" grep -q "mttysim serve --mdev $uuid" "$scratch/reason"
  refused mttysim serve --mdev 00000000-0000-0000-0000-000000000000
  one_line
}

refuse_second_simulator() {
  title "Host VM: a second simulator for the same card"
  refused mttysim serve --mdev "$uuid"
  one_line
  check "the first one still runs" kill -0 "$simulator"
}

# --- the end ---

remove_card() {
  title "Host VM: remove the card and the module"
  show "echo 1 >$card/remove"
  check "the card is gone" test ! -e $card
  available_is 12
  show "rmmod mtty"
  check "the module is gone" test ! -e /sys/module/mtty
}

# Loading a module from outside the kernel's tree taints it, and the kernel says so as a warning.
kernel_log() {
  title "Host VM: the kernel log"
  show "dmesg | grep -E 'mtty|vfio|mdev|$uuid'"
  kernel_complaints >"$scratch/bad" || true
  cat "$scratch/bad"
  check "no warning, oops or stall in the host VM's kernel log" test ! -s "$scratch/bad"
}

# shellcheck disable=SC2317  # the trap calls it
clean_up() {
  jobs -p | xargs -r kill 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

PATH=$repo/build/release/bin:$PATH
load_module
create_card
[[ $plan != kill ]] || refuse_without_simulator
start_simulator "$pace" guest
[[ $plan != kill ]] || refuse_second_simulator
run_guest
stop_simulator
remove_card
kernel_log
echo "demo: all steps done"
