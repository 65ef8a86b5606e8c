#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=dash
# /init of the benchmark's guest: bytes a second out through a port and back in, through the card and through
# QEMU's own PCI port in turns. Prints "card BYTES/S" and "qemu BYTES/S".
/bin/busybox --install -s /bin 2>/dev/null
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
stty -F /dev/console raw -echo

# port SLOT: its first port, as the kernel names it
port() { dmesg | sed -n "s/.*0000:00:$1: \(ttyS[0-9]*\) at .*/\1/p" | head -n 1; }

# speed NAME PORT: a KiB there and back
speed() {
  portcheck --bytes 1024 "/dev/$2" >/tmp/result || { cat /tmp/result && return; }
  awk -v name="$1" '{ sub(/.*equal, /, ""); printf "%s %.0f\n", name, 1024 / $1 * 1000 }' /tmp/result
}

mkdir -p /tmp
for round in 1 2 3 4 5; do
  echo "# guest: round $round of 5"
  speed card "$(port 05.0)"
  speed qemu "$(port 06.0)"
done
poweroff -f
