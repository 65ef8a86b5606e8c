#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The part of system.sh that runs in the host VM, whose root is an overlay: what is installed here is gone when it ends.
#   system_host.sh KVER PACKAGES
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$vm_src/steps.sh"

kver=$1 packages=$2
here=$repo/kernel-bridge/system
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid
unit=mtty-sim@$uuid
scratch=$(mktemp -d /srv/XXXXXX) # systemd empties /tmp when it starts
export SYSTEMD_COLORS=0 SYSTEMD_URLIFY=0
PATH=$repo/build/release/bin:$PATH

until_true() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.1
  done
}

title "Install: packages, program, module, unit, rules"
# Without taking /lib, a link into /usr, for the folder that it is in packages.
for package in "$packages"/*.deb; do dpkg --fsys-tarfile "$package" | tar -x -C / --keep-directory-symlink; done
ldconfig
# What the packages' own scripts would do: libvirt's driver wants this user.
groupadd --system libvirt-qemu
useradd --system -g libvirt-qemu libvirt-qemu
install -m 755 "$repo/build/release/bin/mttysim" /usr/bin/
install -m 644 "$here/mtty-sim@.service" /etc/systemd/system/
install -m 644 "$here"/*.rules /etc/udev/rules.d/
if [[ -f $here/mtty.conf ]]; then
  systemd-sysusers "$here/mtty.conf"
else
  groupadd --system mtty
fi
printf 'MTTY_SIM_OPTIONS="--pace guest"\n' >/etc/default/mtty-sim

# systemd as the first process of a name space of its own: it has the VM's devices, and starts what is installed.
title "systemd"
unshare --fork --pid --mount-proc --mount env -i PATH="$PATH" container=mtty bash -c \
  'mount -t tmpfs tmpfs /run && exec /lib/systemd/systemd --unit=sysinit.target' >"$scratch/systemd" 2>&1 &
first=
has_first() {
  first=$(pgrep -f -n '^/lib/systemd/systemd --unit') && [[ -S /proc/$first/root/run/systemd/private ]]
}
until_true 60 has_first || cat "$scratch/systemd"
inside() { nsenter -t "$first" -p -m -r "$@"; }
up() { inside systemctl is-active --quiet sysinit.target; }
check "systemd is up" until_true 100 up
check "udev is up" inside systemctl is-active systemd-udevd
show "systemctl --version | head -n 1"

title "mdevctl: a card that comes back with the module"
insmod "$repo/build/driver/$kver/mtty.ko"
inside udevadm settle
show "mdevctl types | head -n 8"
show "mdevctl define -u $uuid -p mtty -t mtty-2 --auto"
show "mdevctl start -u $uuid"
show "mdevctl list -d"
check "the card is there" test -e "$mdev"

title "udev and systemd: its simulator came with it"
active() { inside systemctl is-active --quiet "$unit"; }
check "$unit was started" until_true 60 active
inside systemctl --no-pager --lines=5 status "$unit" || true
serving() { dmesg | grep -q "$uuid: served by mttysim"; }
check "it serves the card" until_true 30 serving
simulator=$(inside systemctl show -P MainPID "$unit")
owner=$(inside stat -c %u "/proc/$simulator")
check "not as root" test "$owner" != 0
card() { vfio_probe "$uuid" "cfgr 0 4"; }
show card
check "the card answers" test "$(card)" = 0x32534348

title "systemd: a simulator that is killed comes back with its card"
# A user who has the card open reads its scratch register before the kill and after it.
mkfifo "$scratch/to" "$scratch/from"
vfio_probe "$uuid" "cfgw 0x10 4 0xc000" "cfgw 4 2 1" "iow 0 7 1 0x5a" "ior 0 7 1" pause "ior 0 7 1" <"$scratch/to" >"$scratch/from" &
exec {to}>"$scratch/to" {from}<"$scratch/from"
user=$!
read -r -t 20 line <&"$from" || line=none
check "what was written is read" test "$line" = 0x5a
inside kill -KILL "$simulator"
echo >&"$to"
read -r -t 20 line <&"$from" || line=none
echo "scratch register: $line"
check "what was written before the kill is read after it" test "$line" = 0x5a
check "by another process" test "$(inside systemctl show -P MainPID "$unit")" != "$simulator"
wait $user

title "libvirt"
mkdir -p /etc/libvirt /var/log/libvirt/qemu /var/lib/libvirt/qemu /var/cache/libvirt/qemu /run/libvirt
printf 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\ncgroup_controllers = [ ]\nnamespaces = [ ]\nstdio_handler = "file"\n' >/etc/libvirt/qemu.conf
printf 'auth_unix_rw = "none"\n' >/etc/libvirt/libvirtd.conf # there is no polkit
libvirtd -d --pid-file /run/libvirtd.pid
ready() { [[ -S /run/libvirt/libvirt-sock ]]; }
until_true 60 ready
cat >"$scratch/guest.xml" <<END
<domain type='kvm'>
  <name>guest</name>
  <memory unit='MiB'>192</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>$vm_build/$kver/vmlinux</kernel>
    <initrd>$repo/build/system/guest.cpio</initrd>
    <cmdline>console=ttyS0 quiet panic=-1 mitigations=off pci=noearly plan=many cards=1</cmdline>
  </os>
  <features><acpi/></features>
  <vcpu cpuset='$(guest_cpus)'>1</vcpu>
  <cpu mode='host-passthrough'/>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <serial type='file'><source path='$scratch/console'/></serial>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
$(sed '/<!--/d' "$here/hostdev.xml")
  </devices>
</domain>
END
virsh() { command virsh -c qemu:///system "$@"; }
show "virsh domxml-to-native qemu-argv $scratch/guest.xml | tr ' ' '\n' | grep vfio" || true
show "virsh define $scratch/guest.xml"
show "virsh start guest" || tail -n 5 /var/log/libvirt/qemu/guest.log
over() { [[ $(virsh domstate guest) = "shut off" ]]; }
check "the guest ran and ended" until_true 150 over
tr -d '\r' <"$scratch/console" || true
check "the guest used the card" grep -q '^guest: all done' "$scratch/console"

title "The end"
show "mdevctl stop -u $uuid"
check "the card is gone" until_true 20 test ! -e "$mdev"
stopped() { ! active; }
check "its simulator ended with it" until_true 20 stopped
check "and is not taken for failed" test "$(inside systemctl is-failed "$unit")" != failed
show "rmmod mtty"
show "insmod $repo/build/driver/$kver/mtty.ko"
check "the module is loaded again: mdevctl makes the card, udev and systemd its simulator" until_true 60 active
kill "$(cat /run/libvirtd.pid)"
show "mdevctl stop -u $uuid"
until_true 20 stopped
kernel_complaints >"$scratch/bad" || true
cat "$scratch/bad"
check "no warning, oops or stall in the kernel log" test ! -s "$scratch/bad"
kill -KILL "$first"
echo "system: all steps done"
