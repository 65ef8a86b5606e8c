#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tests mtty.ko for real. Runs as root in a host VM (vm/hostvm.sh), with VFIO loaded; prints TAP.
#   vm_test.sh MTTY.KO BIN     BIN: the folder with mttysim and vfio_probe
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../vm/steps.sh
. "$here/../vm/steps.sh" # check is redefined below: this one counts

ko=$1
bin=$2
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
parent=/sys/devices/virtual/mtty/mtty
types=$parent/mdev_supported_types
mdev=/sys/bus/mdev/devices/$uuid
param=/sys/module/mtty/parameters
stats=/sys/kernel/debug/mtty/$uuid/stats
tracing=/sys/kernel/tracing
work=$(mktemp -d)
count=0
failures=0

check() { # DESCRIPTION COMMAND...
  local what=$1
  shift
  count=$((count + 1))
  if "$@"; then
    echo "ok $count - $what"
  else
    echo "not ok $count - $what"
    failures=$((failures + 1))
  fi
}

# Waits for a condition, with a deadline.
until_true() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.02
  done
}

is() { [[ $1 == "$2" ]] || { echo "# got '$1', expected '$2'" && false; }; }
has() { grep -qF -- "$2" <<<"$1" || { echo "# '$1' does not say '$2'" && false; }; }
file_has() { grep -qF -- "$2" "$1"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
logged() { dmesg | grep -qF -- "$1"; }
probe() { "$bin/vfio_probe" "$uuid" "$@" 2>&1; }
write_error() { { echo "$1" >"$2"; } 2>&1 | sed 's/.*: //'; }

simulator=
serve() { # [OPTION...]
  ${as-} "$bin/mttysim" serve --mdev "${name-$uuid}" --dut tlm "$@" >"$work/serve.log" 2>&1 &
  simulator=$!
  until_true 10 served
}
served() { [[ -n $(find -L /proc/$simulator/fd -samefile /dev/mtty-bridge 2>/dev/null) ]] && logged "(pid $simulator)"; }
end_simulator() { # SIGNAL
  kill "-$1" $simulator 2>/dev/null
  kill -CONT $simulator 2>/dev/null
  wait $simulator 2>/dev/null
}
milliseconds() { date +%s%3N; }

# A VFIO user that holds the card open, and does an action at each `next`.
start_user() { # ACTION...
  mkfifo -m 600 "$work/to" "$work/from"
  probe pause "$@" <"$work/to" >"$work/from" &
  user=$!
  exec {to}>"$work/to" {from}<"$work/from"
  rm "$work/to" "$work/from"
  until_true 10 opened
}
opened() { [[ -n $(find /proc/[0-9]*/fd -lname 'anon_inode:\[vfio-device\]' 2>/dev/null) ]]; }
closed() { ! opened; }
next() { echo >&"$to"; }
answer() { read -r -t 20 line <&"$from" && echo "$line"; }

check "the VM has all its CPUs" is "$(nproc)" "$(nproc --all)"

# --- the parent
dmesg -C
insmod "$ko"
tree() { ls -d "$@" >/dev/null; }
check "sysfs: the tree of the sample" tree \
  $types/mtty-{1,2}/{available_instances,create,device_api,devices,name} \
  $parent/mtty_dev/sample_mtty_dev $parent/power/{autosuspend_delay_ms,control} \
  $parent/power/{runtime_active_time,runtime_status,runtime_suspended_time} \
  $parent/subsystem $parent/uevent
check "sysfs: subsystem is class mtty" is "$(readlink $parent/subsystem)" ../../../../class/mtty
check "sysfs: names" is "$(cat $types/mtty-{1,2}/{name,device_api} | tr '\n' ,)" \
  "Single port serial,vfio-pci,Dual port serial,vfio-pci,"
check "sysfs: 24 and 12 available" is "$(cat $types/mtty-{1,2}/available_instances | tr '\n' ' ')" "24 12 "
check "the node is for root and its group only" is "$(stat -c %a /dev/mtty-bridge)" 660

echo $uuid >$types/mtty-2/create
check "create takes two ports" is "$(cat $types/mtty-{1,2}/available_instances | tr '\n' ' ')" "22 11 "
check "a UUID twice: EEXIST" is "$(write_error $uuid $types/mtty-1/create)" "File exists"
check "no UUID: EINVAL" is "$(write_error 1234 $types/mtty-1/create)" "Invalid argument"
for i in $(seq 22); do
  printf '00000000-0000-0000-0000-%012d\n' "$i" >$types/mtty-1/create
done
check "all taken: ENOSPC" is \
  "$(write_error 00000000-0000-0000-0000-000000000099 $types/mtty-1/create)" "No space left on device"
for i in $(seq 22); do
  echo 1 >"/sys/bus/mdev/devices/$(printf '00000000-0000-0000-0000-%012d' "$i")/remove"
done
check "remove gives the ports back" is "$(cat $types/mtty-1/available_instances)" 22

# --- attaching
check "no simulator: the open fails" has "$(probe)" "Transport endpoint is not connected"
check "no simulator: the log says why" logged "not opened: no simulator serves the card"
check "serve: unknown UUID" has \
  "$("$bin/mttysim" serve --mdev 00000000-0000-0000-0000-000000000099 --dut tlm 2>&1)" "create it"
serve
check "serve: a second one is refused" has \
  "$("$bin/mttysim" serve --mdev $uuid --dut tlm 2>&1)" "served already"

# --- the contract
probe --check | sed 's/^ok/# ok/; s/^not ok/# NOT OK/; s/^1\.\./# checks: /'
check "the VFIO contract" is "${PIPESTATUS[0]}" 0
probe "cfgw 0x10 4 0xc000" "cfgw 4 2 1" "bench 20000" | sed 's/^/# /'

# --- death and return
start_user "ior 0 5 1" pause "ior 0 5 1" pause "ior 0 5 1" pause
next
check "a user's read" is "$(answer)" 0xff
end_simulator KILL
next
check "killed simulator: all ones" is "$(answer)" 0xff
check "killed simulator: one line in the log" is "$(dmesg | grep -c 'the simulator is gone: the card')" 1
serve
next
check "another attaches while the card is open: it answers" is "$(answer)" 0xff
next
wait $user
until_true 10 closed
check "attached again: the card works" is "$(probe "cfgr 0 4")" 0x32534348

# A fresh card gets what the driver of the one before had set up: BARs and Command.
start_user "cfgw 0x10 4 0xc000" "cfgw 0x14 4 0xc008" "cfgw 4 2 1" "iow 0 7 1 0x5a" "ior 0 7 1" pause \
  "ior 0 7 1" "cfgr 0x10 4" "cfgr 0x14 4" "cfgr 4 2" pause
next
check "a user enables I/O" is "$(answer)" 0x5a
end_simulator KILL
serve
next
check "return: the fresh card is enabled, at the same addresses" is "$(answer; answer; answer; answer)" \
  $'0x0\n0xc001\n0xc009\n0x1'
next
wait $user
until_true 10 closed

# A card that is kept may be a fresh one that the guest has not come to yet. The same card by another spelling of its name.
start_user "cfgw 0x10 4 0xc000" "cfgw 4 2 1" "cfgr 4 2" pause "cfgr 0x10 4" "cfgr 4 2" pause
next
check "a user enables I/O again" is "$(answer)" 0x1
for name in $uuid ${uuid^^}; do
  end_simulator KILL
  serve --state "$work/kept"
done
unset name
next
check "return: a fresh card that was kept before the user came is enabled, too" is "$(answer; answer)" $'0xc001\n0x1'
next
wait $user
until_true 10 closed
end_simulator KILL
serve

# --- figures and events
figure() { sed -n "s/^$1 //p" $stats; }
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
mountpoint -q $tracing || mount -t tracefs tracefs $tracing
check "stats: the simulator runs" is "$(figure simulator)" running
kill -STOP $simulator
check "stats: it is paused" is "$(figure simulator)" paused
kill -CONT $simulator
check "stats: it runs again" is "$(figure simulator)" running
before=$(figure accesses)
echo 1 >$tracing/events/mtty/enable
probe "cfgr 0 4" "cfgw 4 2 1" "cfgw 0x10 4 0xc000" "iow 0 1 1 2" >"$work/unused"
until_true 10 closed
echo 0 >$tracing/events/mtty/enable
check "stats: five accesses, of which one is the reset" is $(($(figure accesses) - before)) 5
check "stats: each was answered, and its time counted" \
  is "$(($(figure spins) + $(figure sleeps) + $(figure timeouts) + $(figure unanswered)))" "$(figure accesses)"
check "stats: the histogram has all that were answered" \
  is "$(awk '/^round_trip/ {sum += $3} END {print sum}' $stats)" "$(($(figure spins) + $(figure sleeps)))"
traced() { grep -qF "card=$uuid $1" $tracing/trace; }
check "trace: a reset" traced "op=reset region=0 offset=0x0 size=4 data=0x0 error=0"
check "trace: a read" traced "op=read region=7 offset=0x0 size=4 data=0x32534348 error=0"
check "trace: a write" traced "op=write region=0 offset=0x1 size=1 data=0x2 error=0"
check "trace: the line" traced "level=1 masked=0 signalled=0"
end_simulator KILL
check "stats: it is dead" is "$(figure simulator)" dead
echo 1 >$tracing/events/mtty/enable
serve
end_simulator KILL
echo 0 >$tracing/events/mtty/enable
check "trace: a simulator comes" traced "attach pid=$simulator"
check "trace: and goes" traced "detach pid=$simulator"
serve

# --- inside an access
echo 0 >$param/timeout_ms
kill -STOP $simulator
check "the last reset was answered" until_true 5 logged "served"
probe "cfgr 0 4" >"$work/inside" &
user=$!
check "no deadline: the open waits for a stopped simulator" is "$(sleep 0.5; gone $user && echo gone)" ""
begin=$(milliseconds)
end_simulator KILL
wait $user
took=$(($(milliseconds) - begin))
check "killed inside an access: it ends at once ($took ms)" [ $took -lt 1000 ]
check "killed inside an open: the open says so" file_has "$work/inside" "not connected"

serve
kill -STOP $simulator
probe "cfgr 0 4" >"$work/inside" &
user=$!
until_true 5 file_has /proc/$user/wchan mtty
kill -KILL $user
check "no deadline: the user can be killed" until_true 5 gone $user
wait $user 2>/dev/null
end_simulator KILL

# --- a hung simulator
echo 200 >$param/timeout_ms
serve
start_user "ior 0 5 1" pause "ior 0 5 1" pause "ior 0 5 1" pause
kill -STOP $simulator
begin=$(milliseconds)
next
check "hung simulator: all ones" is "$(answer)" 0xff
took=$(($(milliseconds) - begin))
check "hung simulator: after the deadline ($took ms)" [ $took -ge 200 -a $took -lt 2000 ]
echo 60000 >$param/timeout_ms
before="$(figure timeouts) $(figure unanswered)"
begin=$(milliseconds)
next
answer >"$work/unused"
took=$(($(milliseconds) - begin))
check "hung simulator: then at once ($took ms, with a deadline of 60000)" [ $took -lt 30000 ]
echo 200 >$param/timeout_ms
check "hung simulator: without trying" is "$(figure timeouts) $(figure unanswered)" "${before% *} $((${before#* } + 1))"
kill -CONT $simulator
next
answer >"$work/unused"
next
wait $user
until_true 10 closed
check "it answers again" is "$(probe "cfgr 0 4")" 0x32534348
check "it answers again: log" logged "the simulator answers again"

# For its user a write is done, and so it is for a card that comes after this one.
start_user "cfgw 4 2 1" pause "cfgr 4 2" pause
before=$(figure timeouts)
kill -STOP $simulator
next
timed_out() { [[ $(figure timeouts) -gt $before ]]; }
check "hung simulator: a write is given up" until_true 10 timed_out
end_simulator KILL
serve
next
check "a write that was given up is there on the next card" is "$(answer)" 0x1
next
wait $user
until_true 10 closed

# --- who may do what
mkdir -p /etc/udev/rules.d
cp "$here/../system/60-mtty.rules" /etc/udev/rules.d
groupadd --system mtty # what mtty.conf says to systemd-sysusers
end_simulator KILL
export SYSTEMD_IGNORE_CHROOT=1 # as the host VM is one
/lib/systemd/systemd-udevd --daemon
udevadm trigger --settle --action=add /sys/class/misc/mtty-bridge
group=/dev/vfio/$(basename "$(readlink $mdev/iommu_group)")
check "udev: the bridge is its group's" is "$(stat -c '%G %a' /dev/mtty-bridge)" "mtty 660"
udevadm trigger --settle --action=add "/sys/class/vfio/${group##*/}"
check "udev: the card is, too" is "$(stat -c '%G %a' "$group")" "mtty 660"
stranger() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
member() { setpriv --reuid=nobody --regid=nogroup --groups=mtty "$@"; }
refused() { has "$("$@" 2>&1)" "ermission denied"; }
for file in /dev/mtty-bridge "$group" $stats $types/mtty-2/create $mdev/remove $param/timeout_ms; do
  # shellcheck disable=SC2016
  check "a stranger cannot write ${file##*/}" refused stranger sh -c 'echo 1 >"$1"' sh "$file"
done
for file in /dev/mtty-bridge "$group" $stats $tracing/events/mtty; do
  check "a stranger cannot read ${file##*/}" refused stranger head -c 1 "$file"
done
check "a stranger cannot serve a card" has "$(stranger "$bin/mttysim" serve --mdev $uuid 2>&1)" "no permission"
for file in $types/mtty-2/create $mdev/remove $param/timeout_ms $stats; do
  # shellcheck disable=SC2016
  check "a member cannot write ${file##*/}" refused member sh -c 'echo 1 >"$1"' sh "$file"
done
as="setpriv --reuid=nobody --regid=nogroup --groups=mtty"
serve
check "a member serves a card" is "$(ps -o user= -p $simulator)" nobody
check "a member uses a card" is "$(member "$bin/vfio_probe" $uuid "cfgr 0 4" 2>&1)" 0x32534348
until_true 10 closed
check "QEMU of a member uses a card" has "$(echo quit | member qemu-system-x86_64 -nodefaults -display none -S \
  -accel tcg -monitor stdio -device vfio-pci,sysfsdev=$mdev 2>&1 | grep -v '^QEMU' | tr -d '\r\n'; echo "status ${PIPESTATUS[1]}")" "status 0"
until_true 10 closed

# --- away with it
start_user "ior 0 5 1" pause "ior 0 5 1" pause "ior 0 5 1" pause
echo 1 >$mdev/remove &
remover=$!
check "remove waits for the user" is "$(sleep 0.5; gone $remover && echo gone)" ""
check "remove with a user: log" logged "in use; removed when its user lets go"
for _ in 1 2 3 4; do next; done
wait $user
check "the user goes: it is removed" until_true 20 gone $remover
check "removed: the simulator ends" until_true 10 gone $simulator
sed 's/^/# serve: /' "$work/serve.log"
check "removed: the ports are back" is "$(cat $types/mtty-2/available_instances)" 12
check "the module unloads" rmmod mtty
check "the kernel has nothing to complain about" is "$(kernel_complaints)" ""
dmesg | sed 's/^/# dmesg: /'
echo "1..$count"
rm -r "$work"
[[ $failures -eq 0 ]]
