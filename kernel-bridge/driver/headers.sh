#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fetches another Debian suite's kernel headers without installing anything, and prints the build
# folder to give to build.sh -k.
#   headers.sh [SUITE [OUT]]
# SUITE: default this release's backports. OUT: default build/headers. Sources and trust are apt's.
set -eu

here=$(dirname "$(readlink -f "$0")")
suite=${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")-backports}
out=$(readlink -m "${2:-$here/../../build/headers}/$suite")
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

find_headers() {
    find "$out/usr/src" -maxdepth 1 -name 'linux-headers-*-amd64' 2>/dev/null | sort -V | tail -n 1
}

# Unpacked once is enough: a stamp says that it was finished.
if [ -e "$out/done" ]; then
    find_headers
    exit
fi

# shellcheck disable=SC2016 # apt's own placeholders
mirror=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' |
    sed -n 's/ Debian$//p' | head -n 1)
if [ -z "$mirror" ]; then
    echo "apt knows no Debian mirror: run apt-get update first" >&2
    exit 1
fi

# An apt state of its own, so that the machine's is neither used nor changed.
mkdir -p "$out/apt/lists/partial" "$out/apt/cache/archives/partial"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$out/apt/sources.list"
set -- -qq -o Dir::Etc::sourcelist="$out/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$out/apt/lists" -o Dir::Cache="$out/apt/cache" -o APT::Sandbox::User=root

echo "fetching the kernel headers of $suite from $mirror" >&2
apt-get "$@" update

# The dependencies of PACKAGE whose names match PATTERN.
depends() {
    package=$1 pattern=$2
    shift 2
    apt-cache "$@" depends "$package" | sed -n 's/^ *Depends: //p' | grep -E "$pattern" | head -n 1
}
headers=$(depends linux-headers-amd64 '^linux-headers-' "$@")
common=$(depends "$headers" '^linux-headers-.*-common$' "$@")
kbuild=$(depends "$headers" '^linux-kbuild-' "$@")

(cd "$out/apt" && apt-get "$@" download "$headers" "$common" "$kbuild")
for package in "$out"/apt/*.deb; do
    dpkg -x "$package" "$out"
done
rm -r "$out/apt"
# The build folder names its common part by absolute path.
sed -i "s#/usr/src/#$out/usr/src/#; s#/usr/lib/#$out/usr/lib/#" "$out/usr/src/$headers/Makefile"
touch "$out/done"
find_headers
