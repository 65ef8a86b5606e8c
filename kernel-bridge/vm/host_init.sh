#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=dash
# /init of the host VM. The machine's own root file system is its root, seen through an overlay, so that
# nothing written there reaches the machine; folders shared for writing are mounted on their own paths.
# The folder "ctl" says what to run (its file "command") and takes the exit code (its file "status").

mount_9p() { mount -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$3" "$1" "$2"; }

set -e
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
while read -r module; do insmod "/modules/$module"; done </modules/order

mount_9p root /lower ro,cache=loose
mount -t tmpfs tmpfs /upper
mkdir /upper/data /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /root

mkdir -p /root/run/hostvm /root/dev/pts /root/dev/shm
mount_9p ctl /root/run/hostvm cache=none
for dir in dev proc sys; do mount --bind /$dir /root/$dir; done
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts devpts /root/dev/pts
mount -t tmpfs tmpfs /root/dev/shm
n=0
while read -r dir; do
  mkdir -p "/root$dir"
  mount_9p "share$n" "/root$dir" cache=loose
  n=$((n + 1))
done </root/run/hostvm/shares
mkdir -p /root/lib/modules
mount --bind "/root$(cat /root/run/hostvm/modules)" /root/lib/modules
set +e

setsid -c chroot /root /bin/bash /run/hostvm/command </dev/hvc0 >/dev/hvc0 2>&1
echo $? >/root/run/hostvm/status

# Written pages of the shares go out with the unmount; a program left behind may keep one busy.
while read -r dir; do umount "/root$dir" 2>/dev/null; done </root/run/hostvm/shares
sync
poweroff -f
