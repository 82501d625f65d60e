#!/usr/bin/env bash
# One export on two interfaces, the second of which appears later and is taken up by its pattern: both ways are found, one
# is cut in the middle of writing, and the writing goes on.
#
#   server, aoed: srv0 ---- cli0   client
#                 srv1 ---- cli1
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-paths
netns_pair aoedpath 1500
make_image "$TEST_TMP/one.img" 16M
aoed_config 'interfaces = ["srv*"]' <<END
[export."e1.1"]
path = "$TEST_TMP/one.img"
limit = { bytes = "8MB" }
END
start_aoed
check "the export is found by its first interface" wait_for 10 found e1.1
check "which is the only one" gives 0 $'srv0\n' eval 'control interface list | grep -o "srv[0-9]"'

ip -n "$SERVER_NS" link add srv1 address 02:00:00:00:01:01 type veth peer name cli1 address 02:00:00:00:01:02 netns "$CLIENT_NS"
ip -n "$SERVER_NS" link set srv1 up
ip -n "$CLIENT_NS" link set cli1 up
check "an interface that appears later and fits is served" wait_for 10 aoed_said 'serving on srv1, 02:00:00:00:01:01'
found_by() { aoe discover -i "$1" 2>/dev/null | grep -q "e1\.1 .*$2"; }
check "by it the export is found" wait_for 10 found_by cli1 02:00:00:00:01:01
check "and by the first one as before" found_by cli0 "$SERVER_MAC"

# INTERFACE: how many frames it has received.
frames() {
  control interface list --json | tr -d ' \n' | grep -o '{[^{}]*}' | grep "\"name\":\"$1\"" | grep -o '"frames_received":[0-9]*' |
    cut -d: -f2
}
both_carry() { (($(frames srv0) > 200 && $(frames srv1) > 200)); }
# The export's limit makes it last, so that the cut is in the middle.
head -c 16M /dev/urandom >"$TEST_TMP/data"
aoe write -q -i "cli0,cli1" e1.1 "$TEST_TMP/data" >"$TEST_LOGS/write.log" 2>&1 &
write_pid=$!
at_exit stop_pid "$write_pid"
check "it is written by both" wait_for 20 both_carry
ip -n "$SERVER_NS" link set srv0 down
check "the first is cut" wait_for 10 aoed_said 'srv0 is down; waiting for it'
check "in the middle of the writing" kill -0 "$write_pid"
before=$(frames srv1)
check "which goes on to its end" wait "$write_pid"
check "by the second" test "$(frames srv1)" -gt $((before + 200))
check "everything is there" cmp "$TEST_TMP/data" "$TEST_TMP/one.img"
ip -n "$SERVER_NS" link set srv0 up
check "the first comes back" wait_for 10 aoed_said 'srv0 is up'
check "and serves again" wait_for 10 found_by cli0 "$SERVER_MAC"
check "a read by both" aoe read -q -i "cli0,cli1" --count 32768 e1.1 "$TEST_TMP/copy"
check "is the same" cmp "$TEST_TMP/data" "$TEST_TMP/copy"
check "it ends in order" stop_aoed
test_end
