#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes what the VMs boot, below build/vm, and keeps it for the next time:
#   KVER/vmlinux, KVER/lib/modules/KVER/   Debian's kernel, unpacked, never installed
#   KVER/host.cpio                         initramfs of the host VM: modules and host_init.sh
#   guest-base.cpio                        initramfs of the guest without its /init
# Prints KVER.
#   images.sh [--debug]    --debug: with the kernel of debug_kernel.sh for the host VM
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

guest_packages=(busybox-static minicom ncurses-base pciutils setserial)

# Modules that the host VM needs to reach its root file system and its console.
boot_modules=(virtio_pci virtio_console 9pnet_virtio 9p overlay)

# download DIR PACKAGE...: the packages as apt would install them, as files in DIR
download() {
  local dir=$1
  shift
  mkdir -p "$dir"
  (cd "$dir" && apt-get download -q -q -o APT::Sandbox::User=root "$@") >&2 || die \
    "cannot download $*: apt-get update && apt-get install linux-headers-amd64, then try again"
}

# pack DIR: a cpio archive of DIR on stdout
pack() { (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet); }

field() { od -An -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '; }

# The kernel without its self-extractor: decompressing in an emulated CPU costs 2.5 s a boot. Where
# the compressed payload lies says the boot protocol (Documentation/arch/x86/boot.rst); its last
# four bytes are the unpacked size, which is not part of the stream.
unpack_vmlinux() {
  local image=$1 config=$2 start length decompress
  start=$((($(field "$image" 0x1f1 1) + 1) * 512 + $(field "$image" 0x248 4)))
  length=$(($(field "$image" 0x24c 4) - 4))
  case $(sed -n 's/^CONFIG_KERNEL_\(XZ\|ZSTD\|GZIP\|LZ4\)=y/\1/p' "$config") in
    XZ) decompress=(xz -dc) ;;
    ZSTD) decompress=(zstd -dc) ;;
    GZIP) decompress=(gzip -dc) ;;
    LZ4) decompress=(lz4 -dc) ;;
    *) die "$image: compressed in a way that is not known here" ;;
  esac
  dd if="$image" bs=64K iflag=skip_bytes,count_bytes skip="$start" count="$length" status=none |
    "${decompress[@]}"
}

make_kernel() {
  local kver=$1 version=$2 dir=$3
  say "Fetching the kernel $kver ..."
  local tmp=$dir.new
  rm -rf "$tmp"
  download "$tmp" "linux-image-$kver=$version"
  # Of 400 MB only what virtio, 9p, KVM and VFIO need.
  dpkg --fsys-tarfile "$tmp"/*.deb | tar -x -C "$tmp" --wildcards \
    './boot/vmlinuz-*' './boot/config-*' './lib/modules/*/modules.*' \
    './lib/modules/*/kernel/arch/x86/*' './lib/modules/*/kernel/virt/*' \
    './lib/modules/*/kernel/drivers/vfio/*' './lib/modules/*/kernel/drivers/virtio/*' \
    './lib/modules/*/kernel/drivers/char/*' './lib/modules/*/kernel/drivers/crypto/ccp/*' \
    './lib/modules/*/kernel/net/9p/*' './lib/modules/*/kernel/fs/*'
  rm "$tmp"/*.deb
  depmod -b "$tmp" "$kver" 2>/dev/null
  unpack_vmlinux "$tmp/boot/vmlinuz-$kver" "$tmp/boot/config-$kver" >"$tmp/vmlinux"
  mv "$tmp" "$dir"
}

make_host_initramfs() {
  local kver=$1 dir=$2 tmp module
  tmp=$(mktemp -d)
  mkdir -p "$tmp"/{bin,dev,proc,sys,upper,lower,root,modules}
  cp "$(command -v busybox)" "$tmp/bin/busybox"
  install -m 755 "$vm_src/host_init.sh" "$tmp/init"
  : >"$tmp/modules/order" # stays empty where all is built in
  # Lines are "insmod FILE" in the order of loading, or "builtin NAME".
  modprobe -d "$dir" -S "$kver" --show-depends -a "${boot_modules[@]}" |
    awk '$1 == "insmod" && !seen[$2]++ {print $2}' |
    while read -r module; do
      cp "$module" "$tmp/modules/"
      basename "$module" >>"$tmp/modules/order"
    done
  pack "$tmp" >"$dir/host.cpio.new"
  mv "$dir/host.cpio.new" "$dir/host.cpio"
  rm -rf "$tmp"
}

# apt's own resolver, as on an empty system, knows what the guest's tools need.
guest_closure() {
  apt-get -s -o Dir::State::Status=/dev/null --no-install-recommends install \
    "${guest_packages[@]}" | awk '/^Inst/ {print $2}'
}

make_guest_base() {
  local tmp package
  say "Fetching the guest's programs ..."
  tmp=$(mktemp -d)
  guest_closure | xargs -r "$0" --download "$tmp/debs"
  for package in "$tmp"/debs/*.deb; do dpkg -x "$package" "$tmp/root"; done
  (cd "$tmp/root" && rm -rf usr/share/{doc,man,locale,lintian,perl5,i18n} \
    usr/lib/x86_64-linux-gnu/{gconv,engines-3,ossl-modules} usr/lib/locale var)
  mkdir -p "$tmp/root"/{dev,proc,sys,tmp,root}
  pack "$tmp/root" >"$vm_build/guest-base.cpio.new"
  mv "$vm_build/guest-base.cpio.new" "$vm_build/guest-base.cpio"
  rm -rf "$tmp"
}

main() {
  local kver version dir
  if [[ ${1-} == --debug ]]; then
    kver=$("$vm_src/debug_kernel.sh")
    dir=$vm_build/$kver
  else
    read -r kver version <<<"$(kernel_package_version)"
    [[ -n $version ]] || die "cannot tell which kernel linux-headers-amd64 stands for"
    dir=$vm_build/$kver
    mkdir -p "$vm_build"
    [[ -f $dir/vmlinux ]] || make_kernel "$kver" "$version" "$dir"
  fi
  [[ $dir/host.cpio -nt $vm_src/host_init.sh && $dir/host.cpio -nt $vm_src/images.sh &&
    $dir/host.cpio -nt $dir/vmlinux ]] || make_host_initramfs "$kver" "$dir"
  [[ $vm_build/guest-base.cpio -nt $vm_src/images.sh ]] || make_guest_base
  echo "$kver"
}

if [[ ${1-} == --download ]]; then
  shift
  download "$@"
else
  main "$@"
fi
