#!/usr/bin/env bash
# Two links to one disk: both carry data, a cut one loses nothing and delays little, a mended one is used again.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

torture_begin "torture-multipath-$(debians && echo debian || echo ours)" 9000 2
serve

# What one path has lost or holds back goes by the other, and late copies must not undo what was written since.
start_chaos 0 --loss 1% --duplicate 1% --reorder 5% --reorder-by 20ms
start_chaos 1 --loss 1% --delay 100us..3ms
check "two bad links" hammer --seconds "$STRETCH" --sectors 512
echo "# $(hammered done) requests, the longest took $(hammered longest_request_ms) ms"
stop_chaos 0
stop_chaos 1

start_chaos 0 --delay 200us
start_chaos 1 --delay 200us
# Writes to sectors whose writes went by a link that was cut wait for lost copies: here they meet rarely.
start_hammer --seconds 600 --depth 64 --hot-sectors 0 --sectors 65536 --zeros 0 --flushes 0 --request-sectors 16
wait_for 20 grep -q '"paths"' "$TEST_LOGS/hammer.log" || fail "hammer does not start"

# Whether link $1 carries COUNT further frames soon. Progress comes once a second.
carried() { (($(frames_sent "$1") - $2 >= $3)); }
carries() { wait_for 20 carried "$1" "$(frames_sent "$1")" 200; }
idle() {   # LINK: it carries probes at most
  sleep 2   # progress that was printed before
  local before
  before=$(frames_sent "$1")
  sleep 3
  echo "# $(($(frames_sent "$1") - before)) frames over link $1 in 3 s"
  at_least 50 "$(($(frames_sent "$1") - before))"
}
both_carry() {
  check "$1: link 0 carries data" carries 0
  check "$1: link 1 carries data" carries 1
}

both_carry "both links up"
cut_link 0
check "link 0 silently cut: link 1 carries data" carries 1
check "link 0 silently cut: it is not used" idle 0
restore_link 0
both_carry "link 0 mended"
ip -n "$CLIENT_NS" link set cli1 down
check "link 1 down: link 0 carries data" carries 0
check "link 1 down: it is not used" idle 1
ip -n "$CLIENT_NS" link set cli1 up
both_carry "link 1 up again"
check "nothing was lost" end_hammer
echo "# longest stall $(hammered longest_stall_ms) ms, longest request $(hammered longest_request_ms) ms"
check "no stall of seconds" at_least 5000 "$(hammered longest_stall_ms)"
test_end
