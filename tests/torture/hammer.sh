#!/usr/bin/env bash
# The initiator on bad networks and with a target that is killed: every byte that it reads is what it wrote last.
#   hammer.sh MTU          the target is $VBLADE
source "$(dirname "$0")/lib.sh"
set -euo pipefail

mtu=$1
torture_begin "torture-hammer-$(debians && echo debian || echo ours)-$mtu" "$mtu"
told() { echo "# $(hammered done) requests, the longest took $(hammered longest_request_ms) ms"; }
serve

start_chaos 0
check "a good network" hammer --seconds "$STRETCH" --depth 64
told
check "does a lot" at_least "$(hammered done)" 500
stop_chaos 0

start_chaos 0 --json --loss 1% --duplicate 1% --delay 50us..2ms
check "frames lost, doubled, delayed" hammer --seconds "$STRETCH"
told
stop_chaos 0
check "frames were lost" grep -Eq '"lost":[1-9]' "$TEST_LOGS/chaos0.log"
check "and doubled" grep -Eq '"duplicated":[1-9]' "$TEST_LOGS/chaos0.log"

start_chaos 0 --loss 0.2%
start_hammer --seconds "$STRETCH"
crashes=0
while sleep 1; hammering; do
  crash
  crashes=$((crashes + 1))
  sleep 0.3
  serve
done
check "a target that is killed $crashes times" await_hammer
told

start_hammer --seconds 600 --dead-seconds 2 --failures-allowed
wait_for 20 grep -q '"paths"' "$TEST_LOGS/hammer.log" || fail "hammer does not start"
crash
wait_for 20 grep -q 'does not answer' "$TEST_LOGS/hammer.log" || fail "nobody notices that the target is dead"
serve
check "it is found again" wait_for 20 grep -q 'answers again' "$TEST_LOGS/hammer.log"
sleep 2
check "a target that is away for longer than it may" end_hammer
check "requests failed meanwhile" at_least "$(hammered failed)" 1
told
test_end
