#!/usr/bin/env bash
# aoe list: disks and their paths, chosen by address or expression, once and again and again.
#
#   srv0 ==== cli0    target e1.2 on both cables: two paths to one disk; e7.3 on the first
#   srv1 ==== cli1
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin cli-list
netns_pair list 9000
ip -n "$SERVER_NS" link add srv1 mtu 9000 type veth peer name cli1 mtu 9000 netns "$CLIENT_NS"
ip -n "$SERVER_NS" link set srv1 up
ip -n "$CLIENT_NS" link set cli1 up
aoe() { timeout 20 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" "$@"; }
make_image "$TEST_TMP/disk.img" 1M
make_image "$TEST_TMP/copy.img" 1M
make_image "$TEST_TMP/other.img" 3M
nl=$'\n'

check "nobody there" gives 1 "aoe: no disk answered.*" aoe list --timeout 0.2
check "nobody there, as JSON" gives 1 "\[\]$nl" aoe list --timeout 0.2 --json
check "no such interface" gives 1 "aoe: .*nope.*" aoe list -i nope
check "neither address nor expression" gives 2 "aoe: '\(' is neither.*" aoe list '('
check "the alias is the same" gives 1 "aoe: no disk answered.*" aoe stat --timeout 0.2

start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
first_pid=$TARGET_PID
start_target 7 3 "$SERVER_IF" "$TEST_TMP/other.img"
line='e1\.2    up     1 MiB  aoekit vblade  cli0 +02:00:00:00:00:01  up +8704 +[0-9.]+ [mu]s +0/[0-9]+ +0 +0 +-'
check "two disks, two lines" gives 0 "TARGET  STATE .*${nl}$line${nl}e7\.3 .* 3 MiB [^$nl]*$nl" aoe list
check "by address" gives 0 "[^$nl]*${nl}e7\.3 [^$nl]*$nl" aoe list e7.3
check "by shelf" gives 0 "[^$nl]*${nl}e7\.3 [^$nl]*$nl" aoe list '7.*'
check "by expression" gives 0 "[^$nl]*${nl}e7\.3 [^$nl]*$nl" aoe list '3 MiB'
check "by several" gives 0 ".*e1\.2.*e7\.3.*" aoe list e1.2 e7.3
check "none is wanted" gives 1 "aoe: no disk answered that is wanted$nl" aoe list e9.9
second_mac=$(ip netns exec "$SERVER_NS" cat /sys/class/net/srv1/address)
start_target --force 1 2 srv1 "$TEST_TMP/copy.img"
check "two paths" gives 0 \
  ".*${nl}e1\.2 [^$nl]* cli0 [^$nl]*02:00:00:00:00:01 [^$nl]*$nl +cli1 +$second_mac  up [^$nl]*$nl" aoe list e1.2
json() { aoe list --json e1.2 | python3 -c "import json,sys; d=json.load(sys.stdin)[0]; print($1)"; }
check "JSON: size and paths" [ "$(json "d['bytes'], [p['interface'] for p in d['paths']]")" = \
  "1048576 ['cli0', 'cli1']" ]
check "JSON: a round trip was measured" [ "$(json "all(p['round_trip_us'] > 0 for p in d['paths'])")" = True ]

aoe list --watch --interval 0.3 e1.2 >"$TEST_TMP/watch" 2>&1 &
watch_pid=$!
sees_both() { grep -q 'e1\.2 .* up .* cli0 .* up ' "$TEST_TMP/watch"; }
check "watch: shows the disk" wait_for 10 sees_both
stop_pid "$first_pid"
ip -n "$CLIENT_NS" link set cli0 down
sees_cut() { grep -Eq 'e1\.2 .* cli0 .* down ' "$TEST_TMP/watch"; }
check "watch: shows that a path is gone" wait_for 10 sees_cut
pkill -INT -P "$watch_pid" 2>/dev/null || kill -INT "$watch_pid"
status=0
wait "$watch_pid" || status=$?
check "watch: Ctrl-C is an ordinary end" [ "$status" = 0 ]
test_end
