#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds the kernel's own mtty sample, a UART inside the kernel, from Debian's kernel source, to measure
# mtty.ko against; prints its path: build/sample/KVER/mtty_sample.ko. Nothing is installed.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
build=$(readlink -m "$here/../../build")
headers=$(find /usr/src -maxdepth 1 -name 'linux-headers-*-amd64' ! -name '*cloud*' ! -name '*-rt-*' | sort -V | tail -n 1)
release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$headers/include/generated/utsrelease.h")
out=$build/sample/$release
[[ ! -f $out/mtty_sample.ko ]] || { echo "$out/mtty_sample.ko" && exit; }

# linux-source-6.1 for a kernel 6.1.0-48-amd64
package=linux-source-$(cut -d. -f1,2 <<<"$release")
rm -rf "$out" && mkdir -p "$out/deb"
echo "fetching $package ..." >&2
(cd "$out/deb" && apt-get download -q -q -o APT::Sandbox::User=root "$package") >&2
dpkg --fsys-tarfile "$out"/deb/*.deb | tar -x -C "$out/deb" --wildcards "./usr/src/*.tar.xz"
echo "looking for the sample in it, which takes half a minute ..." >&2
# tar ends as soon as it has the file; xz then complains of nobody listening.
tar -x -C "$out" --strip-components=3 --occurrence=1 -f "$out"/deb/usr/src/*.tar.xz \
  "$package/samples/vfio-mdev/mtty.c" 2>/dev/null || [[ -s $out/mtty.c ]]
rm -r "$out/deb"
mv "$out/mtty.c" "$out/mtty_sample.c"
echo 'obj-m := mtty_sample.o' >"$out/Makefile"
make -C "$headers" M="$out" CONFIG_DEBUG_INFO_BTF_MODULES= modules >&2
echo "$out/mtty_sample.ko"
