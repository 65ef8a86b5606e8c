#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds mtty.ko out of the source tree and prints its path: build/driver/KVER/mtty.ko.
#   build.sh [-o OUT] [-k HEADERS] [MAKE ARGUMENTS, as W=1 or C=2]
# OUT: default build/driver. HEADERS: a kernel's build folder; default the newest installed amd64 one.
set -eu

here=$(dirname "$(readlink -f "$0")")
out=$here/../../build/driver
headers=
while getopts o:k: option; do
    case $option in
        o) out=$OPTARG ;;
        k) headers=$OPTARG ;;
        *) echo "usage: $0 [-o OUT] [-k HEADERS] [MAKE ARGUMENTS]" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

if [ -z "$headers" ]; then
    headers=$(find /usr/src -maxdepth 1 -name 'linux-headers-*-amd64' ! -name '*cloud*' ! -name '*-rt-*' |
        sort -V | tail -n 1)
fi
if [ ! -e "$headers/Module.symvers" ]; then
    echo "no kernel headers${headers:+ in $headers}: install linux-headers-amd64, or name them with -k" >&2
    exit 1
fi

release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$headers/include/generated/utsrelease.h")
out=$out/$release
# Kbuild writes beside its sources, so it gets copies, with the header where the source expects it.
mkdir -p "$out/driver" "$out/uapi"
cp -u "$here"/Makefile "$here"/*.[ch] "$out/driver/"
cp -u "$here"/../uapi/*.h "$out/uapi/"
# No BTF: nobody asks for it, and it would need pahole.
make -C "$headers" M="$(readlink -f "$out/driver")" CONFIG_DEBUG_INFO_BTF_MODULES= "$@" modules >&2
cp -u "$out/driver/mtty.ko" "$out/mtty.ko"
readlink -f "$out/mtty.ko"
