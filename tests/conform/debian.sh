#!/bin/bash
# The conformance suite against Debian's vblade, which breaks rules and dies of a legal frame: the suite has to notice
# both, and to end.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

VBLADE=/usr/sbin/vblade
test_begin conform-debian
[[ -x $VBLADE ]] || skip "Debian's vblade is not installed"
conform_pair cfd 1500
before=$(image_sum)
status=0
conform >"$TEST_LOGS/conform.log" 2>&1 || status=$?

log_has() { grep -qE "$1" "$TEST_LOGS/conform.log"; }
check "the suite ends with status 1" test "$status" = 1
check "it finds replies under 60 bytes" log_has '^  FAIL +reply.min-size'
check "it finds that other stations' frames are served" log_has '^  FAIL +request.destination.other'
check "it passes what is right" log_has '^  pass +write.48'
check "the disk is as it was" test "$(image_sum)" = "$before"
test_end
