# Shared ground of the end-to-end tests: environment, skipping, waiting, checking, cleaning up.
#
#        test script ----> test_begin ... check ... test_end
#             |                                         |
#         TEST_TMP (removed at exit)            TEST_LOGS (kept)
#
#   test_begin NAME          first call: needs root; makes the two directories and installs the clean-up trap
#   test_end                 last call: exits 1 when a check failed, else 0
#   own_mounts "$@"          before test_begin: runs the script again in a mount namespace of its own, so that tests which
#                            run at the same time and make namespaces (ip netns exec) do not keep its mounts
#   skip REASON              exits 77 with one line (ctest counts it as skipped)
#   fail REASON              exits 1 with one line and the end of every log
#   require_tool TOOL...     skips unless each tool is installed
#   check WHAT COMMAND...    runs COMMAND, prints "ok" or "FAIL", counts the failures, never exits
#   gives STATUS REGEX CMD.. for check: CMD's exit status and whole output, both streams, must match (bash regular
#                            expression, $'\n' for line ends); says on stderr what came instead
#   wait_for SECONDS CMD...  polls CMD until it succeeds; status 1 when the time is over
#   at_exit COMMAND...       runs COMMAND when the test ends in any way, last registered first
#   stop_pid PID             TERM, then KILL after 3 s, and reaps it; for children of this shell only
#
# Environment (all have defaults):
#   AOEKIT_BIN       our programs                      <repo>/build/bin
#   VBLADE           the target under test             $AOEKIT_BIN/vblade
#   AOEKIT_WORK      scratch, caches and logs          <repo>/build/tests
#   AOEKIT_CAPTURES  one pcap file a test              $AOEKIT_WORK/captures

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
: "${AOEKIT_BIN:=$REPO/build/bin}"
: "${VBLADE:=$AOEKIT_BIN/vblade}"
: "${AOEKIT_WORK:=$REPO/build/tests}"
: "${AOEKIT_CAPTURES:=$AOEKIT_WORK/captures}"
CHECKS_FAILED=0
AT_EXIT=()

skip() { echo "SKIP: $*"; exit 77; }

fail() {
  echo "FAIL: $*" >&2
  local log
  for log in "${TEST_LOGS:-/nonexistent}"/*.log; do
    [[ -s $log ]] && { echo "--- end of $log" >&2; tail -n 25 "$log" >&2; }
  done
  exit 1
}

require_tool() {
  local tool
  for tool; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done
}

own_mounts() {
  [[ ${AOEKIT_OWN_MOUNTS:-} == yes ]] && return
  [[ $(id -u) == 0 ]] || skip "needs root for a mount namespace"
  unshare -m true 2>/dev/null || skip "cannot make mount namespaces"
  AOEKIT_OWN_MOUNTS=yes exec unshare -m --propagation private "$0" "$@"
}

at_exit() { AT_EXIT+=("$(printf '%q ' "$@")"); }

run_at_exit() {
  local status=$? i
  trap - EXIT; trap '' INT TERM HUP
  set +e
  for ((i = ${#AT_EXIT[@]} - 1; i >= 0; i--)); do eval "${AT_EXIT[i]}" >/dev/null 2>&1; done
  exit "$status"
}

test_begin() {
  TEST_NAME=$1
  [[ $(id -u) == 0 ]] || skip "needs root for network namespaces"
  TEST_LOGS=$AOEKIT_WORK/logs/$TEST_NAME
  mkdir -p "$AOEKIT_WORK/tmp" "$AOEKIT_CAPTURES" "$TEST_LOGS"
  rm -f "$TEST_LOGS"/*.log
  TEST_TMP=$(mktemp -d "$AOEKIT_WORK/tmp/$TEST_NAME.XXXXXX")
  trap run_at_exit EXIT
  trap 'exit 130' INT TERM HUP
  at_exit rm -rf "$TEST_TMP"
}

test_end() {
  ((CHECKS_FAILED == 0)) || { echo "FAIL: $TEST_NAME: $CHECKS_FAILED check(s) failed, logs in $TEST_LOGS"; exit 1; }
  echo "PASS: $TEST_NAME"
  exit 0
}

check() {
  local what=$1; shift
  if "$@"; then echo "ok   $what"; else echo "FAIL $what"; CHECKS_FAILED=$((CHECKS_FAILED + 1)); fi
}

gives() {
  local expected="^$2\\|status $1\$" output
  shift 2
  output=$(status=0; "$@" 2>&1 || status=$?; printf '|status %d' "$status")
  [[ $output =~ $expected ]] || { printf 'expected: %q\nbut got:  %q\n' "$expected" "$output" >&2; return 1; }
}

wait_for() {
  local deadline=$((SECONDS + $1 + 1)); shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

pid_gone() { ! kill -0 "$1" 2>/dev/null; }

stop_pid() {
  kill -TERM "$1" 2>/dev/null || true
  wait_for 3 pid_gone "$1" || kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}
