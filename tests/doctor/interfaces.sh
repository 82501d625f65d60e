#!/bin/bash
# aoe doctor: interfaces that are down, missing, ports of a bridge; firewalls; small buffers; nobody there.
#
#   srv0: target e1.2 ==== cli0 (- br0): aoe doctor
set -euo pipefail
source "$(dirname "$0")/lib.sh"

test_begin doctor-interfaces
require_tool nft setpriv
netns_pair docif 9000
make_image "$TEST_TMP/disk.img" 16M

finds "nobody there" PROBLEM no-answer cli0 'requests went out and nothing came back.*aoe dump'
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
healthy "all is well"
healthy "all is well, also unasked" e1.2
finds "no client on this machine" ADVICE no-client 'this machine' '(modprobe aoe|aoefuse /dev/etherd)'
check "JSON" gives 0 '\{.*"problems": 0,.*"no-client".*"sectors_in": 17.*' \
  in_client "$AOEKIT_BIN/aoe" doctor --json -i cli0

finds "no such interface" PROBLEM no-interface nope 'ip link' -i nope
ip -n "$CLIENT_NS" link set cli0 down
finds "interface down" PROBLEM interface-down cli0 'ip link set cli0 up'
ip -n "$CLIENT_NS" link set cli0 up
ip -n "$SERVER_NS" link set srv0 down
finds "no link" PROBLEM no-carrier cli0 'cable'
ip -n "$SERVER_NS" link set srv0 up
sleep 1   # the kernel says late that there is a link

# A program without cap_net_admin still gets a receive ring, which net.core.rmem_max does not limit.
AROUND=(setpriv --bounding-set -net_admin --inh-caps -net_admin)
healthy "as somebody with cap_net_raw only"
AROUND=()

in_client nft -f - <<'NFT' || skip "the kernel has no nftables for netdev"
table netdev fw {
  chain arriving { type filter hook ingress device "cli0" priority 0; policy accept; ether type 0x88a2 counter drop; }
}
NFT
finds "firewall: arriving frames" PROBLEM firewall cli0 \
  'arrive: rule [0-9]+ of nft chain netdev fw arriving .*nft insert rule netdev fw arriving ether type 0x88a2 accept'
in_client nft insert rule netdev fw arriving ether type 0x88a2 accept
healthy "firewall: the remedy mends it"
in_client nft delete table netdev fw
in_client nft -f - <<'NFT'
table netdev fw {
  chain leaving { type filter hook egress device "cli0" priority 0; policy drop; ether type { ip, arp } accept; }
}
NFT
finds "firewall: leaving frames" PROBLEM firewall cli0 'that leave: the policy of nft chain netdev fw leaving'
AROUND=(setpriv --bounding-set -net_admin --inh-caps -net_admin)
finds "frames that do not leave, and nobody may ask why" PROBLEM not-sent cli0 'only 0 left this machine'
AROUND=()
in_client nft delete table netdev fw
in_client nft -f - <<'NFT'
table netdev fw { chain other { type filter hook ingress device "lo" priority 0; policy drop; }; }
NFT
healthy "firewall: on another interface"
in_client nft delete table netdev fw

ip -n "$CLIENT_NS" link add br0 mtu 9000 type bridge
ip -n "$CLIENT_NS" link set cli0 master br0
ip -n "$CLIENT_NS" link set br0 up
finds "a bridge's port" PROBLEM bridge-port cli0 'use the bridge.*-i br0'
sleep 1
healthy "the bridge itself" -i br0
in_client nft -f - <<'NFT'
table bridge filter { chain INPUT { type filter hook input priority 0; policy drop; }; }
NFT
finds "firewall: the bridge's" PROBLEM firewall br0 'the policy of nft chain bridge filter INPUT' -i br0
in_client nft delete table bridge filter
in_client nft -f - <<'NFT'
table bridge filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }
NFT
finds "firewall: what the bridge passes on" ADVICE firewall 'this machine' 'that a bridge passes on' -i br0
check "bad usage" gives 2 'aoe: .*' in_client "$AOEKIT_BIN/aoe" doctor nonsense
test_end
