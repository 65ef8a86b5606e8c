#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tries what is in kernel-bridge/system, and docs/deploy.md, for real: in a host VM with systemd, udev, mdevctl and
# libvirt. Fetches their packages and does not install them on this machine. Run as: ./run try-system
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

wanted=(mdevctl libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients)
packages=$vm_build/system-packages
out=$repo/build/system
kver=$("$vm_src/images.sh")

if [[ ! -d $packages ]]; then
  mapfile -t missing < <(apt-get -s --no-install-recommends install "${wanted[@]}" | awk '/^Inst/ {print $2}')
  say "Fetching ${missing[*]} ..."
  rm -rf "$packages.new"
  "$vm_src/images.sh" --download "$packages.new" "${missing[@]}"
  mv "$packages.new" "$packages"
fi

mkdir -p "$out"
"$vm_src/guest_image.sh" "$kver" "$repo/build/release/bin" "$out/guest.cpio"
status=0
"$vm_src/hostvm.sh" --share "$out" --console "$out/kernel.log" --timeout 500 -- \
  "$vm_src/system_host.sh" "$kver" "$packages" | tee "$out/transcript.txt" || status=$?
rm -f "$out/guest.cpio"
[[ $status = 0 ]] || die "ended before its last step (exit code $status), see $out"
grep -qx 'system: all steps done' "$out/transcript.txt" || die "did not reach its last step, see $out/transcript.txt"
failed=$(grep -c '^not ok - ' "$out/transcript.txt") || true
[[ $failed = 0 ]] || die "$failed checks failed, see $out/transcript.txt"
say "All $(grep -c '^ok - ' "$out/transcript.txt") checks held in $SECONDS s. Transcript: $out/transcript.txt"
