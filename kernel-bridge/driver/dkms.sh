#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mtty.ko by DKMS, which builds it anew for each kernel that is installed.
#   dkms.sh install           sources to /usr/src, then built and installed for the running kernel (as root)
#   dkms.sh remove            away with it all
#   dkms.sh check HEADERS     builds it as DKMS does for the kernel of that build folder, below build/dkms,
#                             installs nothing, and prints the module's path
set -eu

here=$(dirname "$(readlink -f "$0")")
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$here/dkms.conf")

# lay_out DIR: the source tree as DKMS wants it
lay_out() {
    mkdir -p "$1/driver" "$1/uapi"
    cp "$here"/dkms.conf "$1/"
    cp "$here"/Makefile "$here"/*.[ch] "$1/driver/"
    cp "$here"/../uapi/*.h "$1/uapi/"
}

check() {
    headers=$(readlink -f "$1")
    release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$headers/include/generated/utsrelease.h")
    out=$(readlink -m "$here/../../build/dkms")
    rm -rf "$out"
    mkdir -p "$out/tree"
    lay_out "$out/src/mtty-$version"
    dkms build "mtty/$version" -k "$release/x86_64" --kernelsourcedir "$headers" \
        --sourcetree "$out/src" --dkmstree "$out/tree" >"$out/log" 2>&1 || {
        cat "$out/log" >&2
        exit 1
    }
    find "$out/tree/mtty/$version/$release/x86_64/module" -name 'mtty.ko*'
}

case ${1-} in
    install)
        lay_out "/usr/src/mtty-$version"
        dkms install --force "mtty/$version"
        ;;
    remove)
        dkms remove "mtty/$version" --all
        rm -r "/usr/src/mtty-$version"
        ;;
    check) check "${2:?which HEADERS}" ;;
    *)
        sed -n '3,7s/^# *//p' "$0" >&2
        exit 2
        ;;
esac
