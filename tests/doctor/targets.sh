#!/bin/bash
# aoe doctor: targets with few buffers, reservations, mask lists, missing disks, twins, and an old vblade.
#
#   srv0: target e1.2 ==== cli0: aoe doctor      m0, a second station on srv0's cable, for the twin
set -euo pipefail
source "$(dirname "$0")/lib.sh"

test_begin doctor-targets
require_tool nft
netns_pair doctgt 1500
aoe() { in_client "$AOEKIT_BIN/aoe" "$@" >/dev/null; }
make_image "$TEST_TMP/disk.img" 16M
make_image "$TEST_TMP/twin.img" 32M
path='e1\.2 on cli0 \(02:00:00:00:00:01\)'
OTHER=02:00:00:00:00:99

start_target -b 1 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
finds "one buffer" PROBLEM buffers "$path" 'takes 1 requests.*vblade -b 64'
stop_target
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
healthy "all is well"

aoe reserve e1.2 set "$OTHER"
finds "reserved for others" PROBLEM reserved "$path" "is reserved for $OTHER.*aoe reserve e1\.2 force"
aoe reserve e1.2 force "$CLIENT_MAC"
healthy "reserved for us"
aoe reserve e1.2 release
aoe mask e1.2 add "$CLIENT_MAC"
finds "a mask list" ADVICE mask "$path" "$CLIENT_MAC.*aoe mask e1\.2 add"
ip -n "$CLIENT_NS" link add cli2 type veth peer name cli3
for name in cli2 cli3; do ip -n "$CLIENT_NS" link set $name up; done
sleep 1   # the kernel says late that there is a link
finds "a mask list without our second station" ADVICE mask-path 'e1\.2 on cli2' 'aoe mask e1\.2 add' -i cli0,cli2
ip -n "$CLIENT_NS" link del cli2
aoe mask e1.2 remove "$CLIENT_MAC"
healthy "no lists"

# Frames are told apart by their bytes: 19 is the AoE command (0: ATA), 27 the ATA command (0x24: read).
in_server nft add table netdev broken
in_server nft add chain netdev broken in '{ type filter hook ingress device srv0 priority 0; policy accept; }'
in_server nft add rule netdev broken in ether type 0x88a2 @ll,152,8 0 drop
finds "the disk does not identify itself" PROBLEM no-identify "$path" 'the target is there, but its disk is not'
in_server nft flush chain netdev broken in
in_server nft add rule netdev broken in ether type 0x88a2 @ll,216,8 0x24 drop
finds "the disk cannot be read" PROBLEM read-error "$path" 'first sector cannot be read'
in_server nft delete table netdev broken

ip -n "$SERVER_NS" link add br0 type bridge stp_state 0 mcast_snooping 0
ip -n "$SERVER_NS" link add m0 type veth peer name m1
stop_target
ip -n "$SERVER_NS" link set srv0 master br0
ip -n "$SERVER_NS" link set m1 master br0
for name in br0 m0 m1; do ip -n "$SERVER_NS" link set $name up; done
sleep 1
start_target 1 2 br0 "$TEST_TMP/disk.img"
first=$TARGET_PID
start_target --force 1 2 m0 "$TEST_TMP/twin.img"
finds "two disks with one address" PROBLEM duplicate 'e1\.2' '32768 sectors.*65536 sectors|65536 sectors.*32768 sectors'
stop_target
stop_pid "$first"
ip -n "$SERVER_NS" link del br0

if [[ -x /usr/sbin/vblade ]]; then
  in_server /usr/sbin/vblade 1 2 "$SERVER_IF" "$TEST_TMP/disk.img" >"$TEST_LOGS/vblade25.log" 2>&1 &
  at_exit stop_pid $!
  found() { doctor -i cli0; grep -q '^target     e1\.2' "$TEST_TMP/report"; }
  wait_for 10 found || true
  finds "vblade 25" PROBLEM old-target "$path" 'this is vblade 25'
  finds "its frames" PROBLEM short-frames "$path" 'frames of 32 bytes'
else
  echo "ok   vblade 25 # not tried: it is not installed"
fi
test_end
