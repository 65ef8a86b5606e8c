#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=dash source=steps.sh
# /init of the guest: an unmodified Debian kernel, its 8250_pci driver, and ordinary tools. What it prints
# goes to its console and from there into the transcript. A line "@host WORDS" asks the host VM to do
# something (demo_host.sh knows what) and waits for its answer on the console.
#
# Kernel command line: plan=walk (default), kill, load, or many with cards=N; dut=BODY of the card; bytes=N and moves=N for each port;
# no_kvm_intx=on where QEMU passes interrupts on itself; shell=1 for a shell at the end; host=RELEASE of the host VM's kernel.

slot=0000:00:05.0

set_up() {
  /bin/busybox --install -s /bin 2>/dev/null
  mkdir -p /dev /proc /sys /tmp /root /var/lock
  mount -t devtmpfs dev /dev
  mount -t proc proc /proc
  mount -t sysfs sys /sys
  stty -F /dev/console raw -echo
  export HOME=/root PATH=/bin:/usr/bin:/sbin:/usr/sbin
}

# has_word WORD: it is on the kernel's command line
has_word() { grep -qw -- "$1" /proc/cmdline; }

# number NAME: of NAME=NUMBER on the kernel's command line
number() { sed -n "s/.*\b$1=\([0-9]*\).*/\1/p" /proc/cmdline; }

ask_host() {
  echo "@host $*"
  read -r _ </dev/console
}

# line 'PATTERN' FILE: whether FILE has a line that PATTERN (extended) matches as a whole
line() { grep -Eqx "$1" "$2"; }

find_the_card() {
  title "Guest: the card"
  show 'uname -a'
  show 'lspci -s 00:05.0 -xxvv' | tee /tmp/lspci
  # The firmware (SeaBIOS) sets Command[8], SERR# enable, which the card of the walk-through does not have.
  # power_cycle looks at these bytes again where no firmware came before the kernel.
  check "config space 00..0f as in the walk-through, but for the firmware's SERR# enable" \
    line '00: 48 43 53 32 01 0[01] 00 02 10 02 00 07 00 00 00 00 ?' /tmp/lspci
  check "config space 10..1f: two I/O BARs of 8 bytes" \
    line '10: .[19] .. 00 00 .[19] .. 00 00 00 00 00 00 00 00 00 00 ?' /tmp/lspci
  check "config space 20..2f as in the walk-through" \
    line '20: 00 00 00 00 00 00 00 00 00 00 00 00 48 43 53 32 ?' /tmp/lspci
  check "config space 30..3f: INTA#" \
    line '30: 00 00 00 00 00 00 00 00 00 00 00 00 .. 01 00 00 ?' /tmp/lspci
  check "regions are I/O ports of 8 bytes" \
    test "$(grep -c 'Region [01]: I/O ports at .* \[size=8\]' /tmp/lspci)" = 2
  check "the kernel's own driver is bound" grep -q 'Kernel driver in use: serial' /tmp/lspci

  show "dmesg | grep $slot.*tty" | tee /tmp/dmesg
  for port in ttyS1 ttyS2; do
    check "$port is a 16550A" \
      grep -Eq "$slot: $port at I/O 0x[0-9a-f]+ \(irq = [0-9]+, base_baud = 115200\) is a 16550A" /tmp/dmesg
  done

  show 'setserial -g /dev/ttyS*' | tee /tmp/setserial
  for port in ttyS1 ttyS2; do
    check "setserial knows $port" \
      line "/dev/$port, UART: 16550A, Port: 0x[0-9a-f]+, IRQ: [0-9]+" /tmp/setserial
  done
}

# The script of minicom is the person who types: it waits for the echo, then switches the terminal off, once minicom
# has written down what the script has already seen.
type_in_minicom() {
  port=$1
  text="Hello from minicom on $port"
  cat >/tmp/hang_up <<'END'
for i in $(seq 100); do
  grep -q "Hello from minicom on $1" "/tmp/captured.$1" && break
  sleep 0.1
done
killall -9 minicom
END
  cat >"/tmp/minicom.$port" <<END
send "$text"
expect {
  "$text" goto end
  timeout 20 goto end
}
end:
! sh /tmp/hang_up $port
END
  show "cat /tmp/minicom.$port"
  printf '# minicom -D /dev/%s -b 115200 -S /tmp/minicom.%s -C /tmp/captured.%s\n' "$port" "$port" "$port"
  TERM=linux timeout 40 setsid minicom -o -D "/dev/$port" -b 115200 -S "/tmp/minicom.$port" \
    -C "/tmp/captured.$port" </dev/tty1 >/dev/tty1 2>&1
  show "cat /tmp/captured.$port"
  echo
  check "minicom reads on $port what it typed" grep -q "$text" "/tmp/captured.$port"
}

use_a_terminal() {
  title "Guest: a terminal program on each port, hardware flow control off"
  show 'cat /etc/minicom/minirc.dfl'
  type_in_minicom ttyS1
  type_in_minicom ttyS2
}

no_overruns() {
  show "grep -E '^[12]:' /proc/tty/driver/serial" | tee /tmp/counters
  check "no overrun, framing or parity error on either port" \
    fails grep -Eq ' (oe|fe|pe|brk):' /tmp/counters
}

send_random_bytes() { # BAUD [PORTCHECK'S OPTIONS]
  bytes=$(number bytes)
  title "Guest: $bytes random bytes through both ports at once, both ways at once, $1 baud"
  # While the ports are open the kernel shows whose the interrupt is.
  exec 3<>/dev/ttyS1 4<>/dev/ttyS2
  show "portcheck --baud $* --bytes $bytes --save /tmp /dev/ttyS1 /dev/ttyS2"
  show 'sha256sum /tmp/ttyS1.sent /tmp/ttyS1.received /tmp/ttyS2.sent /tmp/ttyS2.received'
  for port in ttyS1 ttyS2; do
    check "$port: $bytes bytes came back" test "$(wc -c <"/tmp/$port.received")" = "$bytes"
    check "$port: checksums are the same" \
      test "$(sha256sum <"/tmp/$port.sent")" = "$(sha256sum <"/tmp/$port.received")"
  done
  show 'cat /proc/interrupts' | grep -E 'CPU|serial|ttyS'
  exec 3>&- 4>&-
  no_overruns
}

# When the ports' interrupt came last with none of its handlers finding a reason, as the kernel notes it.
last_without_cause() {
  irq=$(sed -n 's/^ *\([0-9]*\):.*ttyS[12].*/\1/p' /proc/interrupts)
  sed -n 's/^last_unhandled //p' "/proc/irq/$irq/spurious"
}

interrupts() {
  awk '/ttyS[12]/ {for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) sum += $i} END {print sum + 0}' /proc/interrupts
}

# With a trigger level of one byte, and one byte of each port under way at a time, INTA# goes up for each byte received and,
# as often, for each one sent; then for each move of a modem line, of both ports at once. An interrupt that is lost or stuck
# ends the transfer, or leaves a move that is not counted.
load_with_interrupts() {
  moves=$(number moves)
  for port in ttyS1 ttyS2; do show "echo 1 >/sys/class/tty/$port/rx_trig_bytes"; done
  exec 5<>/dev/ttyS1 6<>/dev/ttyS2
  before=$(last_without_cause) # the driver's tests when it opens a port leave some
  send_random_bytes 115200 --ahead 1
  count=$(interrupts)
  check "there were $count interrupts, at least one for each byte of a port" test "$count" -ge "$bytes"

  title "Guest: $moves moves of a modem line of each port"
  show "linecheck --moves $moves /dev/ttyS1 /dev/ttyS2" | tee /tmp/moves
  check "each move was counted once" grep -q 'each counted once' /tmp/moves
  count=$(($(interrupts) - count))
  check "there were $count further interrupts, at least one for the same moves of both ports" test "$count" -ge "$moves"
  # QEMU without KVM takes each access to the card for the end of an interrupt, and so raises some that are over.
  has_word no_kvm_intx=on || check "each of them had a cause" test "$(last_without_cause)" = "$before"
  exec 5>&- 6>&-
}

# Takes the card out, lets the host VM do WHAT with the simulator, and puts the card in: it is as after
# power-on then, and the kernel sets it up without a firmware.
power_cycle() {
  # The driver gives a fresh card the Command that was written last; with the firmware's in it this were no power cycle.
  show "setpci -s $slot COMMAND=0"
  show "echo 1 >/sys/bus/pci/devices/$slot/remove"
  ask_host "$1"
  show "echo 1 >/sys/bus/pci/rescan"
  show 'lspci -s 00:05.0 -x' | tee /tmp/lspci
  check "config space 00..0f exactly as in the walk-through" \
    line '00: 48 43 53 32 01 00 00 02 10 02 00 07 00 00 00 00 ?' /tmp/lspci
  show "dmesg | tail -n 20 | grep $slot.*tty"
  show "grep -E '^[12]:' /proc/tty/driver/serial" | tee /tmp/ports
  check "both ports are back" test "$(grep -c 'uart:16550A' /tmp/ports)" = 2
}

# 200 characters of 10 bits at 9600 baud are 208.3 ms on the line, and the last one is read in the middle of its stop bit.
time_9600_baud() {
  title "Guest: 200 bytes at 9600 baud, the simulator in pace with the wall clock"
  power_cycle "pace wall"
  show 'portcheck --baud 9600 --bytes 200 --save /tmp /dev/ttyS1' | tee /tmp/timing
  check "200 bytes at 9600 baud came back" cmp /tmp/ttyS1.sent /tmp/ttyS1.received
  took=$(sed -n 's/.*, \([0-9]*\)\.[0-9] ms$/\1/p' /tmp/timing)
  check "not faster than 9600 baud allows: ${took:-?} ms, at least 208" test "${took:-0}" -ge 208
  # A body with pins, or one on a kernel that checks each of its steps, is slower than the wall clock: it falls behind
  # and loses nothing.
  ! has_word dut=tlm || grep -q 'host=[^ ]*-debug' /proc/cmdline || check "not much slower: ${took:-?} ms, at most 1000" test "${took:-9999}" -le 1000
  no_overruns
}

all_ones() { grep -q '^00000000  ff ff ff ff ff ff ff ff ' "$1"; }

ports_return_bytes() {
  show 'portcheck --bytes 256 /dev/ttyS1 /dev/ttyS2' | tee /tmp/returned
  check "$1" test "$(grep -c ' equal' /tmp/returned)" = 2
}

# What portcheck prints is in /tmp/transfer, its exit code in /tmp/transferred.
# With a kernel's buffer full of bytes to send and a card that is quick, the driver's interrupt handler leaves nothing of
# the CPU to this shell for minutes: so few at a time.
start_transfer() {
  printf '# portcheck --bytes %s --ahead 64 /dev/ttyS1 /dev/ttyS2 &\n' "$1"
  rm -f /tmp/transferred
  { portcheck --bytes "$1" --ahead 64 --patience 5 /dev/ttyS1 /dev/ttyS2 >/tmp/transfer 2>&1; echo $? >/tmp/transferred; } &
  until [ "$(received ttyS1)" -gt 100 ] && [ "$(received ttyS2)" -gt 100 ]; do
    [ ! -e /tmp/transferred ] || return
    sleep 0.05
  done
}

# Bytes that a port has received since it was opened first.
received() { sed -n "s/^${1#ttyS}:.* rx:\([0-9]*\).*/\1/p" /proc/tty/driver/serial | grep . || echo 0; }

transferring() { [ ! -e /tmp/transferred ]; }

lose_the_simulator() {
  title "Guest: the simulator is killed in the middle of a transfer"
  start_transfer 1048576 # more than it can have sent before it is killed, however slow this shell is
  check "a transfer is under way" transferring
  base=$(awk 'NR == 1 {print $1}' "/sys/bus/pci/devices/$slot/resource")
  registers="dd if=/dev/port bs=1 skip=\$(($base)) count=8 2>/dev/null | hexdump -C"
  show "$registers" | tee /tmp/registers
  check "the registers of the first port can be read" fails all_ones /tmp/registers
  ask_host kill
  show "$registers" | tee /tmp/registers
  check "a card whose simulator is dead reads all ones" all_ones /tmp/registers
  show 'uptime'

  title "Guest: another simulator, with a fresh card"
  ask_host attach
  wait
  show 'cat /tmp/transfer'
  check "the transfer that the card was lost in has failed, and ended" fails grep -qx 0 /tmp/transferred
  ports_return_bytes "the ports were only opened again: both return what is sent"
}

# From the first byte to the last the simulator comes and goes. The kernel's driver must not even count an overrun.
outlive_simulators() {
  title "Guest: a simulator that keeps its card is stopped and killed again and again in a transfer"
  ask_host "attach kept"
  ports_return_bytes "the card of the simulator that keeps it returns what is sent"
  show "grep -E '^[12]:' /proc/tty/driver/serial" | tee /tmp/before
  start_transfer "$1"
  returns=0
  while transferring; do
    if [ $((returns % 2)) = 0 ]; then ask_host "return kill"; else ask_host "return stop"; fi
    ! transferring || returns=$((returns + 1))
  done
  show 'cat /tmp/transfer'
  check "the simulator was replaced $returns times meanwhile, at least 4" test "$returns" -ge 4
  check "each byte came back once" test "$(grep -c ' equal' /tmp/transfer)" = 2
  show "grep -E '^[12]:' /proc/tty/driver/serial" | tee /tmp/counters
  errors='[a-z]*e:[0-9]*|brk:[0-9]*'
  check "no further overrun, framing or parity error on either port" \
    test "$(grep -Eo "^[12]:|$errors" /tmp/before)" = "$(grep -Eo "^[12]:|$errors" /tmp/counters)"
}

interactive_shell() {
  title "Guest: a shell for you; exit ends it"
  echo "@host shell"
  stty -F /dev/console sane
  setsid -c sh </dev/console >/dev/console 2>&1
  stty -F /dev/console raw -echo
}

use_many_cards() {
  ports=$(($1 * 2))
  title "Guest: $1 cards"
  show "lspci -d 4348:3253"
  grep 16550A /proc/tty/driver/serial | grep -v '^0:' >/tmp/ports
  show "cat /tmp/ports"
  check "the kernel has $ports ports on the cards" test "$(wc -l </tmp/ports)" = "$ports"
  devices=$(sed 's,^\([0-9]*\):.*,/dev/ttyS\1,' /tmp/ports)
  # shellcheck disable=SC2086
  portcheck --bytes 256 --patience 60 $devices >/tmp/transfer
  show "grep baud /tmp/transfer"
  check "each byte came back on $ports ports at once" test "$(grep -c ' equal' /tmp/transfer)" = "$ports"
  show 'grep -E "ttyS|serial" /proc/interrupts'
  check "no overrun, framing or parity error" fails grep -Eq '^[1-9].* (oe|fe|pe|brk):' /proc/tty/driver/serial
  echo "guest: all done"
}

. /steps.sh
set_up
if has_word plan=many; then
  use_many_cards "$(number cards)"
  poweroff -f
fi
find_the_card
if has_word plan=kill; then
  lose_the_simulator
  # The other bodies have no state that can be kept.
  ! has_word dut=tlm || outlive_simulators 4096
elif has_word plan=load; then
  load_with_interrupts
else
  use_a_terminal
  send_random_bytes 115200
  time_9600_baud
fi
echo "@host done"
! has_word shell=1 || interactive_shell
poweroff -f
