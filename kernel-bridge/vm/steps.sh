# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# How the demo's scripts, in the host VM and in the guest, show and check what they do. The verdict is
# taken from the transcript (demo.sh), so a step counts wherever it ran.

title() { printf '\n== %s\n' "$*"; }

# show 'COMMAND LINE': prints it as typed, then runs it.
show() {
  printf '# %s\n' "$1"
  eval "$1"
}

# check 'WHAT MUST HOLD' COMMAND...: holds where COMMAND succeeds.
check() {
  what=$1
  shift
  if "$@" >/dev/null 2>&1; then
    printf 'ok - %s\n' "$what"
  else
    printf 'not ok - %s\n' "$what"
  fi
}

# fails COMMAND...: the opposite of COMMAND, for check.
fails() { ! "$@"; }

# What no kernel in order says: warnings, oopses, stalls, and what a debug kernel finds.
kernel_complaints() {
  dmesg | grep -v 'RCU lockdep checking is enabled' |
    grep -E 'WARNING|\<BUG\>|Oops|Call Trace|Unable to handle|general protection|refcount|hung task|stalls? on|blocked for more than|lockdep|possible circular|possible recursive|inconsistent lock|suspicious RCU'
}
