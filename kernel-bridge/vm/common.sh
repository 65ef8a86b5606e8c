# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What the VM scripts share: where things are, and how they speak.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
vm_src=$repo/kernel-bridge/vm
vm_build=$repo/build/vm

say() { printf '%s\n' "$*" >&2; }

die() {
  say "${0##*/}: $*"
  exit 1
}

# The kernel of host VM and guest must be the one that mtty.ko was built against, so the installed
# headers decide. Their meta package follows the newest kernel that apt offers.
kernel_package_version() {
  local depends
  depends=$(dpkg-query -W -f '${Depends}' linux-headers-amd64 2>/dev/null) ||
    die "linux-headers-amd64 is not installed: apt-get install linux-headers-amd64"
  sed -En 's/^linux-headers-([^ ]+) \(= ([^)]+)\).*/\1 \2/p' <<<"$depends"
}

# /dev/kvm alone is no proof: some machines have the node and hang an ordinary kernel at boot.
has_virtualisation() { [[ -w /dev/kvm ]] && grep -qwE 'vmx|svm' /proc/cpuinfo; }

# How QEMU runs the host VM, as its options.
accelerator() {
  if has_virtualisation; then echo "-accel kvm -cpu host"; else echo "-accel tcg,thread=multi -cpu max"; fi
}

# The CPUs of the host VM that a guest may run on, as taskset takes them. Each emulated CPU that loads FPU registers writes
# to a word of CPU 0 (QEMU's cpu_clear_ignne, still so in 9.0), and undoes now and then what CPU 0 writes there just then:
# that it has left the guest, which then ends the host VM by a triple fault, or that it takes interrupts again.
guest_cpus() {
  local last=$(($(nproc --all) - 1)) first=0
  if several_emulated_cpus; then first=1; fi
  echo "$first-$last"
}

# Of the host VM.
several_emulated_cpus() { [[ $(nproc --all) -gt 1 ]] && grep -q 'QEMU TCG' /proc/cpuinfo; }

# guest_qemu KVER INITRD [PARAMETER...]: `qemu` becomes the command of a guest on the host VM's KVM, its console on stdin and
# stdout, with these parameters on its kernel's command line.
guest_qemu() {
  qemu=(taskset -c "$(guest_cpus)" qemu-system-x86_64 -enable-kvm -cpu host -M pc -m 192 -nodefaults -no-user-config
    -display none -no-reboot -serial stdio -kernel "$vm_build/$1/vmlinux" -initrd "$2"
    -append "console=ttyS0 quiet panic=-1 mitigations=off pci=noearly ${*:3}")
}
