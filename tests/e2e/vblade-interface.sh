#!/usr/bin/env bash
# An interface that goes down, changes its MTU, disappears and returns is waited for, with a message.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin vblade-interface
netns_pair link 1500
aoe() { in_client timeout 20 "$AOEKIT_BIN/aoe" "$@"; }
found() { aoe discover -i "$CLIENT_IF" --timeout 0.5 2>/dev/null | grep -q 'e1\.2'; }
said() { grep -Eq "$1" "$TEST_LOGS/target.log"; }
make_image "$TEST_TMP/disk.img" 1M

start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
check "it is found" wait_for 5 found
ip -n "$SERVER_NS" link set "$SERVER_IF" down
check "down is said" wait_for 5 said "$SERVER_IF.*down"
ip -n "$SERVER_NS" link set "$SERVER_IF" up
check "up is said" wait_for 5 said "$SERVER_IF.*(up|back)"
check "it is found again" wait_for 5 found

ip -n "$SERVER_NS" link set "$SERVER_IF" mtu 9000
ip -n "$CLIENT_NS" link set "$CLIENT_IF" mtu 9000
sectors() { aoe discover -i "$CLIENT_IF" --json | grep -Eq '"sectors_per_frame": *17'; }
check "a new MTU changes the sectors per frame" wait_for 5 sectors

ip -n "$SERVER_NS" link del "$SERVER_IF"
check "gone is said" wait_for 5 said "$SERVER_IF.*gone"
check "and not died of" kill -0 "$TARGET_PID"
ip -n "$SERVER_NS" link add "$SERVER_IF" mtu 1500 type veth peer name "$CLIENT_IF" mtu 1500 netns "$CLIENT_NS"
ip -n "$SERVER_NS" link set "$SERVER_IF" up
ip -n "$CLIENT_NS" link set "$CLIENT_IF" up
check "it is found on the new interface" wait_for 8 found
stop_target
test_end
