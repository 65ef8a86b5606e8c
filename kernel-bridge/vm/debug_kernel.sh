#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds a kernel for the host VM that watches itself (debug.config) from Debian's linux-source, below build/vm:
#   RELEASE/vmlinux, RELEASE/lib/modules/RELEASE/    as images.sh has them of Debian's kernel
#   RELEASE/tree/                                    where modules for it are built (driver/build.sh -k)
# Prints RELEASE. Takes 5 to 10 minutes on 2 CPUs, once: it is kept for the next time.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

source_package=linux-source-6.1
version=$(apt-cache policy "$source_package" | awk '/Candidate:/ {print $2}')
[[ $version =~ ^([0-9.]+)- ]] || die "apt knows no $source_package: apt-get update"
release=${BASH_REMATCH[1]}-debug
dir=$vm_build/$release
tree=$dir/tree

unpack_source() {
  local tmp=$dir.new
  rm -rf "$tmp"
  say "Fetching $source_package $version ..."
  "$vm_src/images.sh" --download "$tmp" "$source_package=$version"
  say "Unpacking it ..."
  mkdir -p "$tmp/tree"
  dpkg --fsys-tarfile "$tmp"/*.deb | tar -xO "./usr/src/$source_package.tar.xz" |
    tar -xJ -C "$tmp/tree" --strip-components 1
  rm "$tmp"/*.deb
  mv "$tmp" "$dir"
}

# All of debug.config must have come true: an option that needs another one is dropped without a word.
configure() {
  local wanted
  make -s -C "$tree" tinyconfig
  "$tree/scripts/kconfig/merge_config.sh" -m -O "$tree" "$tree/.config" "$vm_src/debug.config"
  make -s -C "$tree" LOCALVERSION=-debug olddefconfig
  while read -r wanted; do
    grep -qx "$wanted" "$tree/.config" || die "debug.config: $wanted did not take"
  done < <(grep '^CONFIG' "$vm_src/debug.config")
}

build() {
  make -C "$tree" LOCALVERSION=-debug -j "$(nproc)" bzImage modules
  make -C "$tree" LOCALVERSION=-debug INSTALL_MOD_PATH="$dir" modules_install
  rm -f "$dir/lib/modules/$release"/{build,source}
  # Not the ELF file itself: entered by PVH, KASAN is used before it is set up.
  cp "$tree/arch/x86/boot/bzImage" "$dir/vmlinux"
}

mkdir -p "$vm_build"
[[ -d $tree ]] || unpack_source
if [[ ! -f $dir/vmlinux || $vm_src/debug.config -nt $dir/vmlinux ]]; then
  say "Building the debug kernel, once: 5 to 10 minutes; the log is $dir/build.log"
  # In the background, for -e does not hold within a command that || follows.
  (configure; build) >"$dir/build.log" 2>&1 &
  wait $! || {
    tail -n 20 "$dir/build.log" >&2
    die "the debug kernel could not be built"
  }
fi
echo "$release"
