#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
Usage: hostvm.sh [OPTION]... -- COMMAND [ARGUMENT]...

Boots a virtual machine with Debian's kernel whose root is this machine's own file system, runs COMMAND
there as root in the current folder, prints its output and ends with its exit code. KVM, mdev and VFIO are
loaded; modules not in Debian's kernel load with insmod from where they were built. What COMMAND writes
is lost when it ends, but for the folders given with --share.

  --share DIR      DIR is written through to this machine (made where missing; may be repeated)
  --console FILE   where the kernel's messages go (default: build/vm/console.log)
  --memory MIB     memory of the VM (default: 1536)
  --cpus N         CPUs of the VM (default: 2)
  --debug          with a kernel that watches itself: KASAN, lockdep and more; the first time it is built,
                   in 5 to 10 minutes
  --timeout S      end the VM after S seconds with exit code 124 (default: 300)
  --interactive    COMMAND gets this terminal
  --help           this text

Ends with 125 where the VM ended before COMMAND did, with 2 for a wrong option.
END
}

wrong_use() {
  say "hostvm.sh: $* (hostvm.sh --help explains)"
  exit 2
}

shares=()
console=$vm_build/console.log
memory=1536
cpus=2
timeout=300
interactive=
images=()
boot_options=
while [[ $# -gt 0 && $1 != -- ]]; do
  case $1 in
    --help) usage && exit 0 ;;
    --interactive) interactive=1 && shift && continue ;;
    # After an oops whatever the task held stays held: better an end than a timeout.
    --debug) images=(--debug) boot_options=oops=panic && shift && continue ;;
    --share | --console | --memory | --cpus | --timeout) [[ $# -ge 2 ]] || wrong_use "$1 needs a value" ;;
    *) wrong_use "unknown option $1" ;;
  esac
  case $1 in
    --share) mkdir -p "$2" && shares+=("$(cd "$2" && pwd -P)") ;;
    --console) console=$(realpath -m "$2") ;;
    --memory) memory=$2 ;;
    --cpus) cpus=$2 ;;
    --timeout) timeout=$2 ;;
  esac
  shift 2
done
[[ $# -ge 2 ]] || wrong_use "no command"
shift
[[ $memory =~ ^[0-9]+$ ]] || wrong_use "--memory takes a number, not $memory"
[[ $cpus =~ ^[1-9][0-9]*$ ]] || wrong_use "--cpus takes a number, not $cpus"
[[ $timeout =~ ^[0-9]+$ ]] || wrong_use "--timeout takes a number, not $timeout"

kver=$("$vm_src/images.sh" "${images[@]}")
ctl=$(mktemp -d)
vm=
# shellcheck disable=SC2317  # the trap calls it
cleanup() {
  [[ -z $vm ]] || kill "$vm" 2>/dev/null || true
  rm -rf "$ctl"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

printf '%s\n' "$vm_build/$kver/lib/modules" >"$ctl/modules"
for dir in "${shares[@]}"; do echo "$dir"; done >"$ctl/shares"
cat >"$ctl/command" <<END
if [[ -n "$interactive" ]]; then stty -opost; else stty raw -echo; fi
if grep -qw svm /proc/cpuinfo; then modprobe kvm_amd; else modprobe kvm_intel; fi
# The first KVM guest to come and the last one to go have the scheduler's code patched. QEMU 7.2 may keep its translation
# of the breakpoint that stands there meanwhile if another CPU gets to it just then, which then hits it for ever: seen
# in three of sixteen demos. So one guest comes while there is but one CPU, and stays. 0xAE01 is KVM_CREATE_VM.
perl -e 'open my \$kvm, "+<", "/dev/kvm" or die "/dev/kvm: \$!\n"; ioctl \$kvm, 0xAE01, 0 or die "KVM_CREATE_VM: \$!\n";
  fork and exit; sleep 1 while 1' </dev/null >/dev/null
for ((cpu = 1; cpu < $cpus; cpu++)); do echo 1 >/sys/devices/system/cpu/cpu\$cpu/online; done
modprobe -a vfio_iommu_type1 mdev
modprobe -q vfio_virqfd  # by Linux 6.12 part of vfio
export PATH=$(printf %q "$PATH") HOME=$(printf %q "$HOME") TERM=$(printf %q "${TERM:-dumb}")
cd $(printf %q "$PWD")
exec$(printf ' %q' "$@")
END

read -r -a accel <<<"$(accelerator)"
# shellcheck disable=SC2054  # commas belong to QEMU
share_args=()
share() {
  share_args+=(-virtfs "local,path=$1,mount_tag=$2,security_model=none,multidevs=remap$3")
}
share / root ,readonly=on
share "$ctl" ctl ""
for i in "${!shares[@]}"; do share "${shares[i]}" "share$i" ""; done

mkdir -p "$(dirname "$console")"
# shellcheck disable=SC2054
command=(qemu-system-x86_64 "${accel[@]}" -name hostvm,debug-threads=on -pidfile "$ctl/pid" -M q35 -smp "$cpus" -m "$memory"
  -nodefaults -no-user-config -display none -no-reboot -kernel "$vm_build/$kver/vmlinux" -initrd "$vm_build/$kver/host.cpio"
  -append "console=ttyS0 loglevel=5 maxcpus=1 panic=-1 mitigations=off tsc=reliable kvm.ignore_msrs=1 kvm.report_ignored_msrs=0 $boot_options"
  -serial "file:$console" -chardev stdio,id=command,signal=off -device virtio-serial-pci
  -device virtconsole,chardev=command "${share_args[@]}")

# Each emulated CPU gets a CPU of its own. They wake each other all the time, for which the scheduler now and then puts them
# on one for minutes: an access of a guest takes twice as long then.
pin_emulated_cpus() {
  local threads thread name i
  for ((i = 0; i < 300; i++)); do
    sleep 0.1
    mapfile -t threads < <(grep -ls '^CPU [0-9]*/TCG$' /proc/"$(cat "$ctl/pid")"/task/*/comm)
    [[ ${#threads[@]} -lt $cpus && -d $ctl ]] || break
  done
  for thread in "${threads[@]}"; do
    name=$(<"$thread")
    taskset -pc "${name//[^0-9]/}" "$(cut -d / -f 5 <<<"$thread")"
  done
}
if [[ ${accel[1]} = tcg* && $cpus -gt 1 && $cpus -le $(nproc) && $(nproc) = "$(nproc --all)" ]]; then
  pin_emulated_cpus >/dev/null 2>&1 &
fi

ended=0
if [[ $interactive ]]; then
  "${command[@]}" || ended=$?
else
  timeout "$timeout" "${command[@]}" </dev/null &
  vm=$!
  wait "$vm" || ended=$?
  vm=
fi
[[ $ended != 124 ]] || {
  say "hostvm.sh: the command did not end within $timeout s"
  exit 124
}
[[ -s $ctl/status ]] || {
  say "hostvm.sh: the host VM ended before the command did (QEMU with $ended); see $console:" \
    "$(grep -a -m1 'Kernel panic' "$console" || tail -n 1 "$console")"
  exit 125
}
exit "$(cat "$ctl/status")"
