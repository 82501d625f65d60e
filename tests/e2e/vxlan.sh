#!/bin/bash
# AoE in VXLAN, by the commands of docs/security.md, between two machines that have nothing but IP between them.
#
#   srv0 10.9.0.1 ==== cli0 10.9.0.2      the IP network, MTU 1420 as that of WireGuard
#   vx0: target e1.2   vx0: aoe           MTU 1370, 2 sectors a frame
set -euo pipefail
source "$(dirname "$0")/../lib/netns.sh"
source "$(dirname "$0")/../vm/recipe.sh"

test_begin e2e-vxlan
[[ -x $AOEKIT_BIN/aoe ]] || skip "no aoe in $AOEKIT_BIN"
netns_pair vxlan 1420
in_server ip address add 10.9.0.1/24 dev "$SERVER_IF"
in_client ip address add 10.9.0.2/24 dev "$CLIENT_IF"
tunnel() { LOCAL=$2 REMOTE=$3 UNDER=$4 MTU=1370 "$1" bash -ec "$(recipe security.md vxlan)"; }
tunnel in_server 10.9.0.1 10.9.0.2 "$SERVER_IF" 2>"$TEST_LOGS/vxlan.log" ||
  skip "no VXLAN in this kernel: $(tail -n 1 "$TEST_LOGS/vxlan.log")"
tunnel in_client 10.9.0.2 10.9.0.1 "$CLIENT_IF"

make_image "$TEST_TMP/disk.img" 4M
head -c 1000000 /dev/urandom >"$TEST_TMP/want"
start_target 1 2 vx0 "$TEST_TMP/disk.img"
check "the disk is found, with 2 sectors a frame" gives 0 '.*e1\.2 .* 4 MiB .* 2 .*' in_client "$AOEKIT_BIN/aoe" discover -i vx0
check "it is written" in_client "$AOEKIT_BIN/aoe" write e1.2 "$TEST_TMP/want" --pad --quiet -i vx0
check "every byte is there" cmp -n 1000000 "$TEST_TMP/want" "$TEST_TMP/disk.img"
check "nothing of it went beside the tunnel" gives 1 '.*no target answered.*' in_client "$AOEKIT_BIN/aoe" discover \
  -i "$CLIENT_IF" --timeout 0.5
test_end
