#!/bin/bash
# aoe doctor: frame sizes that do not get through, and MTUs that do not fit each other.
#
#   srv0 (9000) ==== mid0 - bridge - mid1 ==== cli0 (9000)       the middle: 9000, then 1500
set -euo pipefail
source "$(dirname "$0")/lib.sh"

test_begin doctor-paths
netns_pair docpath 9000
MIDDLE=aoekit-docpath-m-$$
netns_add "$MIDDLE"
ip -n "$CLIENT_NS" link del cli0
ip -n "$MIDDLE" link add br0 mtu 9000 type bridge stp_state 0 mcast_snooping 0
for end in "$SERVER_NS srv0 $SERVER_MAC mid0" "$CLIENT_NS cli0 $CLIENT_MAC mid1"; do
  read -r namespace name mac middle <<<"$end"
  ip -n "$namespace" link add "$name" address "$mac" mtu 9000 type veth peer name "$middle" mtu 9000 netns "$MIDDLE"
  ip -n "$namespace" link set "$name" up
  ip -n "$MIDDLE" link set "$middle" master br0 up
done
ip -n "$MIDDLE" link set br0 up
make_image "$TEST_TMP/disk.img" 16M
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
path='e1\.2 on cli0 \(02:00:00:00:00:01\)'

wait_for 10 is_healthy 2>/dev/null || true
healthy "all carry 9000"
ip -n "$MIDDLE" link set mid0 mtu 1500
finds "a switch with a small MTU" PROBLEM path-mtu "$path" 'agree on 17 sectors.*only 2 get through.*mtu 1060'
ip -n "$CLIENT_NS" link set cli0 mtu 1500
healthy "the remedy mends it: a smaller MTU here"
ip -n "$CLIENT_NS" link set cli0 mtu 9000
ip -n "$MIDDLE" link set mid0 mtu 9000
healthy "the other remedy, too: a larger one there"

ip -n "$CLIENT_NS" link set cli0 mtu 1500
finds "our MTU is smaller" ADVICE mtu-mismatch "$path" 'ip link set cli0 mtu 8740'
ip -n "$CLIENT_NS" link set cli0 mtu 9000
ip -n "$SERVER_NS" link set srv0 mtu 1500
wait_for 5 grep -q 'srv0 has MTU 1500' "$TEST_LOGS/target.log"
finds "the target's MTU is smaller" ADVICE mtu-mismatch "$path" 'on the server: ip link set IF mtu 9000'
test_end
