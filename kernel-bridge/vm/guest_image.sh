#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes the guest's initramfs: its programs, then what is ours (the kernel unpacks one archive after the other).
#   guest_image.sh KVER BIN FILE     BIN: the folder with portcheck and linecheck
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kver=$1 bin=$2 file=$3
tmp=$(mktemp -d)
mkdir -p "$tmp"/{bin,etc/minicom,lib/modules/"$kver"}
install -m 755 "$vm_src/guest_init.sh" "$tmp/init"
install -m 644 "$vm_src/steps.sh" "$tmp/steps.sh"
install -m 755 -s "$bin/portcheck" "$bin/linecheck" "$tmp/bin"
printf 'pu rtscts No\npu xonxoff No\n' >"$tmp/etc/minicom/minirc.dfl"
echo 'root:x:0:0:root:/root:/bin/sh' >"$tmp/etc/passwd"
# The guest has no modules, and lspci wants to know that.
touch "$tmp/lib/modules/$kver"/modules.{order,builtin,builtin.modinfo}
depmod -b "$tmp" "$kver"
{ cat "$vm_build/guest-base.cpio" && (cd "$tmp" && find . | cpio -o -H newc -R 0:0 --quiet); } >"$file"
rm -rf "$tmp"
