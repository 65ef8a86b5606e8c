#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the tests and the random traffic have reached, in one report. See usage() below.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
readonly root work=$root/build/coverage program=$root/build/release/bin/coverage
readonly build=$work/build counts=$work/counts

usage() {
  cat <<END
usage: ./run coverage

Runs the tests and random lockstep traffic in a build that counts, and makes build/coverage/html/index.html of it: lines,
branches and toggled signal bits of the RTL (Verilator), lines and branches of the model (gcov; a call that may throw is no
branch), and the functional points that the traffic has reached. What cannot be reached is in tb/coverage/excluded.txt,
each with the reason.

Exit code: 0 all bars are met, 1 one is missed, 2 it could not be measured.
END
}

fail() {
  echo "coverage: $*" >&2
  exit 2
}

build() {
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG='-O0 -DNDEBUG' -DMTTY_COVERAGE=ON \
    >"$work/configure.log" 2>&1 || fail "cmake failed: $work/configure.log"
  cmake --build "$build" --target mttysim check_card model_test serial_card_test pin_dut_test restore_test >"$work/build.log" 2>&1 ||
    fail "it does not build: $work/build.log"
}

# A test that fails is none that covers anything.
run_tests() {
  local folder
  ctest --test-dir "$build" -j "$(nproc)" --output-on-failure -R '^Card/|^scenario\.|^lockstep\.' -E 'SKEW|DIV_no_drift|DIV_bit_time' >"$work/tests.log" 2>&1 ||
    fail "tests fail: $work/tests.log"
  for folder in model tb/dut tb/script; do
    ctest --test-dir "$build/$folder" -j "$(nproc)" --output-on-failure -E _NOT_BUILT >>"$work/tests.log" 2>&1 ||
      fail "tests fail: $work/tests.log"
  done
}

main() {
  case ${1-} in
    '') ;;
    --help | -h) usage && exit 0 ;;
    *) fail "there is no option '$1'; see ./run coverage --help" ;;
  esac
  [[ -x $program ]] || fail "there is no $program; ./run coverage builds it"
  command -v genhtml >/dev/null || fail "there is no genhtml; packages.txt names what is needed"
  mkdir -p "$work" || fail "it needs room in $work"
  exec 9>"$work/lock"
  flock -n 9 || fail "another ./run coverage is at work in $work"
  rm -rf "$counts" "$work/html"
  mkdir -p "$counts"
  echo "building RTL and model so that they count"
  build
  find "$build" -name '*.gcda' -delete
  echo "running the tests"
  MTTY_COUNTS=$counts run_tests
  echo "playing random traffic"
  "$program" points "$work/random_traffic" "$work/traffic.info" --seeds 32 --clocks 3000000 ||
    fail "the traffic could not be played"
  find "$build" -name '*.gcda' -print0 | xargs -0 gcov --json-format --branch-probabilities --stdout \
    >"$work/gcov.json" 2>"$work/gcov.log" || fail "gcov failed: $work/gcov.log"
  "$program" counted "$work/tests.info" "$counts"/*.dat --gcov "$work/gcov.json" --root "$root" \
    --excluded "$root/tb/coverage/excluded.txt"
  cat "$work/tests.info" "$work/traffic.info" >"$work/all.info"
  genhtml --quiet --branch-coverage --legend --title "mtty: RTL, model, random traffic" --prefix "$root" \
    --output-directory "$work/html" "$work/all.info"
  echo "build/coverage/html/index.html:"
  "$program" summary "$work/all.info" --root "$root"
}

main "$@"
