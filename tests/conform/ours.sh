#!/bin/bash
# The conformance suite against our vblade: everything passes, and the disk is as it was; also when it is interrupted.
#
#   ours.sh MTU
set -euo pipefail
source "$(dirname "$0")/lib.sh"

MTU=$1
test_begin "conform-ours-$MTU"
conform_pair "cfo$MTU" "$MTU"
capture_start "conform-ours-$MTU" 256
before=$(image_sum)

passes() {
  conform >"$TEST_LOGS/conform.log" 2>&1 || { tail -n 40 "$TEST_LOGS/conform.log"; return 1; }
}
# A run that does nothing passes, too.
ran_most() { (($(grep -c '^  pass ' "$TEST_LOGS/conform.log") >= 195)); }
image_is_as_before() { [[ $(image_sum) == "$before" ]]; }
target_is_alive() { kill -0 "$TARGET_PID"; }

check "all cases pass at MTU $MTU" passes
check "nearly all were run" ran_most
check "the disk is as it was" image_is_as_before
check "the target lives" target_is_alive

# In the middle of it: in whatever section that is, nothing may stay behind.
interrupted_run_ends() {
  local pid status=0
  # Started directly: $! is the suite itself.
  ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" conform e1.2 -i "$CLIENT_IF" --window 16256:128 --only '[cwrm]*' \
    >"$TEST_LOGS/interrupted.log" 2>&1 &
  pid=$!
  at_exit stop_pid "$pid"
  sleep "$1"
  kill -TERM "$pid"
  wait "$pid" || status=$?
  [[ $status == 1 ]] && grep -q '^interrupted:' "$TEST_LOGS/interrupted.log"
}
ask() { in_client "$AOEKIT_BIN/aoe" "$1" e1.2 -i "$CLIENT_IF" "${@:2}"; }
lists_are_empty() {
  [[ -z $(ask config) && $(ask mask --json) == *'[]'* && $(ask reserve --json) == *'[]'* ]]
}
if [[ $MTU == 1500 ]]; then
  for seconds in 1 3; do check "a run that is interrupted after $seconds s says so" interrupted_run_ends "$seconds"; done
  check "the disk is as it was" image_is_as_before
  check "config string, mask and reserve lists are as they were" lists_are_empty
fi
capture_stop
test_end
