#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What ./run bench does: the rows that need a VM first, then mtty_bench with all of them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../kernel-bridge/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../kernel-bridge/vm/common.sh"

bench=$repo/tb/bench
out=$repo/build/bench
bin=$repo/build/release/bin

usage() {
  cat <<'END'
Usage: ./run bench [OPTION]...

Measures each part against what bounds it, in the same run and in turns, and prints a table. Leave the
machine alone meanwhile: other programs cost the rows that wait for another CPU most.

  --filter NAME   only rows whose name holds NAME; may be repeated
  --no-vm         not the rows that need a virtual machine: vfio_read, vfio_write, guest_throughput
  --picture       draw docs/images/performance.svg from the results
  --help          this text

Leaves build/bench.json: a list of name, value, unit, reference, ratio and, where there is one, bar. Ends
with 0 where every row meets its bar, with 1 where one does not, with 2 for a wrong option.
END
}

wrong_use() {
  say "run bench: $* (./run bench --help explains)"
  exit 2
}

filters=() vm=1 picture=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --help | -h) usage && exit 0 ;;
    --no-vm) vm= ;;
    --picture) picture=(--picture "$repo/docs/images/performance.svg") ;;
    --filter)
      [[ -n ${2-} ]] || wrong_use "--filter needs a name"
      filters+=("$2")
      shift
      ;;
    *) wrong_use "unknown option $1" ;;
  esac
  shift
done

# wanted NAME...: whether a row of these names is to be measured
wanted() {
  local name filter
  ((${#filters[@]})) || return 0
  for name; do for filter in "${filters[@]}"; do [[ $name != *"$filter"* ]] || return 0; done; done
  return 1
}

# The guest has a kernel, busybox and portcheck.
make_guest() {
  local tmp
  tmp=$(mktemp -d)
  mkdir -p "$tmp"/{bin,dev,proc,sys}
  cp "$(command -v busybox)" "$tmp/bin/busybox"
  install -m 755 -s "$bin/portcheck" "$tmp/bin/portcheck"
  install -m 755 "$bench/guest_init.sh" "$tmp/init"
  (cd "$tmp" && find . | cpio -o -H newc -R 0:0 --quiet) >"$out/guest.cpio"
  rm -rf "$tmp"
}

measure_in_vm() {
  local kver sample parts=()
  ! wanted vfio_read vfio_write || parts+=(accesses)
  ! wanted guest_throughput || parts+=(guest)
  kver=$("$vm_src/images.sh")
  sample=$("$repo/kernel-bridge/driver/sample.sh" 2>"$out/sample.log") || {
    cat "$out/sample.log" >&2
    die "the kernel's mtty sample could not be built"
  }
  make_guest
  say "Measuring in the host VM ($(accelerator)) ..."
  "$vm_src/hostvm.sh" --share "$out" --console "$out/kernel.log" --timeout 200 -- \
    "$bench/vm_bench.sh" "$kver" "$sample" "${parts[@]}" | tee "$out/vm.log" | grep --line-buffered '^# ' >&2 ||
    die "the measurement in the host VM failed; see $out/vm.log"
}

mkdir -p "$out"
rm -f "$out"/*.rounds
if [[ $vm ]] && wanted vfio_read vfio_write guest_throughput; then measure_in_vm; fi
arguments=(--json "$repo/build/bench.json" --rounds "$out" "${picture[@]}")
for filter in "${filters[@]}"; do arguments+=(--filter "$filter"); done
exec "$bin/mtty_bench" "${arguments[@]}"
