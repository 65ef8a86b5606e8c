#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
Usage: ./run demo [OPTION]...

Boots a host VM with mtty.ko and the simulator, and in it a Linux guest that has the simulated card. Does what
the mtty walk-through does, for real, checks each step, and shows the transcript. Ends with 0 where every
check held, with 1 where one did not, with 2 for a wrong option.

  --dut BODY      which body of the card: tlm (default), pins, rtl or lockstep
  --bytes N       random bytes that go through each port: 16384, or 2048 for a body with pins, which works off
                  every clock of them, and with --debug
  --debug         the host VM has a kernel that watches itself: KASAN, lockdep and more
  --interactive   at the end you get a shell in the guest; exit ends it
  --kill-test     instead of the walk-through: what is refused, and simulators that are killed under the guest:
                  one is followed by one with a fresh card, others (tlm only) by ones that go on with the card
  --many-cards    instead of the walk-through: 12 cards with 24 ports, in one simulator process and one guest, and
                  in 12 processes and two guests; and what an idle card costs
  --load          instead of the walk-through: --bytes (2048) through each port with an interrupt for each byte, then
                  --moves (2048) of each port's RTS, which comes back as CTS: no interrupt may be lost or stuck
  --no-kvm-intx   QEMU passes interrupts on itself instead of KVM (x-no-kvm-intx=on)
  --help          this text

Leaves in build/demo:
  transcript.txt            what was shown
  guest.log, guest.vcd      every access that the guest made, as an access script; and the waves (.fst for a
                            body with pins)
  guest-wall.log, .vcd      the same of the step that runs in pace with the wall clock
  guest-again.log, .vcd     the same after the simulator was killed (--kill-test)
  kernel.log                the host VM's kernel messages
END
}

wrong_use() {
  say "run demo: $* (./run demo --help explains)"
  exit 2
}

dut=tlm plan="walk" shell=0 bytes="" moves=2048 debug=() no_kvm_intx="off"
while [[ $# -gt 0 ]]; do
  case $1 in
    --help) usage && exit 0 ;;
    --interactive) shell=1 ;;
    --debug) debug=(--debug --memory 3000) ;;
    --kill-test) plan="kill" ;;
    --many-cards) plan="many" ;;
    --load) plan="load" ;;
    --no-kvm-intx) no_kvm_intx="on" ;;
    --dut)
      [[ ${2-} =~ ^(tlm|pins|rtl|lockstep)$ ]] || wrong_use "--dut takes tlm, pins, rtl or lockstep"
      dut=$2
      shift
      ;;
    --bytes)
      [[ ${2-} =~ ^[1-9][0-9]{0,5}$ ]] || wrong_use "--bytes takes a number from 1 to 999999"
      bytes=$2
      shift
      ;;
    --moves)
      [[ ${2-} =~ ^[1-9][0-9]{0,6}$ ]] || wrong_use "--moves takes a number from 1 to 9999999"
      moves=$2
      shift
      ;;
    *) wrong_use "unknown option $1" ;;
  esac
  shift
done

[[ $plan != many || $dut = tlm ]] || wrong_use "--many-cards needs the body tlm"
if [[ -z $bytes ]]; then
  if [[ $dut = tlm && $plan != load && ${#debug[@]} = 0 ]]; then bytes=16384; else bytes=2048; fi
fi

out=$repo/build/demo
bin=$repo/build/release/bin
kver=$("$vm_src/images.sh")
host_kver=$kver
((${#debug[@]} == 0)) || host_kver=$("$vm_src/images.sh" --debug)
for file in "$bin"/{mttysim,portcheck,linecheck,vfio_probe} "$repo/build/driver/$host_kver/mtty.ko"; do
  [[ -f $file ]] || die "$file is not built: start this as ./run demo"
done

mkdir -p "$out"
rm -f "$out"/*
"$vm_src/guest_image.sh" "$kver" "$bin" "$out/guest.cpio"

# Without hardware virtualisation each access costs the guest 70 us, and 115200 baud by the wall clock overruns.
pace=guest
! has_virtualisation || pace=wall
# Emulated CPUs wait for each other: for microseconds where each has one of the machine to itself, else for the
# scheduler. Measured for an access of the guest: two CPUs 0.1 ms, with other programs running 5 ms; one CPU 0.2 ms and 1 ms.
idle_ticks() { awk '/^cpu / {print $5 + $6}' /proc/stat; }
spare_cpus() {
  local before
  before=$(idle_ticks)
  sleep 0.5
  echo $((($(idle_ticks) - before) * 20 / $(getconf CLK_TCK))) # in tenths
}
cpus=2
has_virtualisation || [[ $(spare_cpus) -ge 18 ]] || cpus=1

# A body with pins works off every clock: what the guest does in a second can take a minute.
timeout=600
[[ $dut = tlm && ${#debug[@]} = 0 ]] || timeout=2400
[[ $plan != load ]] || timeout=$((600 + bytes / 10 + moves / 10))
options=("${debug[@]}" --cpus "$cpus" --share "$out" --console "$out/kernel.log" --timeout "$timeout")
[[ $shell = 0 ]] || options+=(--interactive)

say "Booting the host VM ($(accelerator) -smp $cpus) ..."
status=0
host=("$vm_src/demo_host.sh" "$kver" "$dut" "$pace" "$plan" "$bytes" "$shell" "$no_kvm_intx" "$moves")
[[ $plan != many ]] || host=("$vm_src/many_host.sh" "$kver" "$pace")
"$vm_src/hostvm.sh" "${options[@]}" -- "${host[@]}" |
  tee "$out/transcript.txt" || status=$?
rm -f "$out/guest.cpio"

held=$(grep -c '^ok - ' "$out/transcript.txt") || true
failed=$(grep -c '^not ok - ' "$out/transcript.txt") || true
say ""
[[ $status != 130 ]] || exit 130 # Ctrl-C
[[ $status = 0 ]] || die "ended before its last step (exit code $status), see $out"
grep -qx 'demo: all steps done' "$out/transcript.txt" || die "did not reach its last step, see $out"
[[ $failed = 0 ]] || die "$failed of $((held + failed)) checks failed, see $out/transcript.txt"
say "All $held checks held in $SECONDS s. Transcript, access log and waves: $out"
