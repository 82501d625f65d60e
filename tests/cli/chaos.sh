#!/usr/bin/env bash
# aoe chaos: a clean link is clean, every fault shows at the far end as often as asked, and the same seed repeats it.
source "$(dirname "$0")/../lib/chaos.sh"
set -euo pipefail

test_begin cli-chaos
netns_chaos chaos 9000
aoe() { timeout 60 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" "$@"; }
chaos() { timeout 10 ip netns exec "$CHAOS_NS" "$AOEKIT_BIN/aoe" chaos "$@"; }
head -c 8M /dev/urandom >"$TEST_TMP/disk.img"
start_target 1 2 srv0 "$TEST_TMP/disk.img"

# ping's summary as JSON goes to $TEST_TMP/ping.json; then `pinged EXPRESSION` is a condition on it.
ping_target() { aoe ping e1.2 --json -q "$@" >"$TEST_TMP/ping.json" || true; }
holds() {   # FILE CONDITION, over the last JSON object of FILE
  python3 - "$1" "$2" <<'EOF'
import json, sys
d = json.loads([line for line in open(sys.argv[1]) if line.startswith("{")][-1])
if not eval(sys.argv[2], {}, {"d": d}):
    sys.exit("not true: %s for %s" % (sys.argv[2], d))
EOF
}
pinged() { holds "$TEST_TMP/ping.json" "$1"; }
counted() { holds "$TEST_LOGS/chaos0.log" "$1"; }

check "nothing passes without a bridge" gives 1 ".*" aoe ping e1.2 -c 1 -q -W 0.2

start_chaos 0
check "settings first" grep -Eqx "CHAOS cha0 <-> chb0, seed 1" "$TEST_LOGS/chaos0.log"
check "which are no faults" grep -Eqx "both directions: nothing" "$TEST_LOGS/chaos0.log"
ping_target -c 500 --interval 0.001
check "a clean link loses nothing" pinged 'd["received"] == 500 and d["duplicates"] == 0'
check "jumbo frames pass" aoe read e1.2 -q "$TEST_TMP/read.img"
check "unchanged" cmp "$TEST_TMP/disk.img" "$TEST_TMP/read.img"
cut_link 0
check "a signal cuts the link" gives 1 ".*" aoe ping e1.2 -c 2 --interval 0.01 -q -W 0.3
restore_link 0
check "and another mends it" gives 0 ".*" aoe ping e1.2 -c 1 -q
stop_chaos 0
check "statistics at the end" grep -Eq '^delivered +[1-9][0-9]* +[1-9][0-9]*$' "$TEST_LOGS/chaos0.log"

# One direction, so that a lost frame is a lost answer. 1500 frames at 10 %: 150, standard deviation 12.
start_chaos 0 --json --loss 10% --duplicate 10% --direction a-to-b
ping_target -c 1500 --interval 0.001
stop_chaos 0
check "loss within six standard deviations" pinged '80 <= d["transmitted"] - d["received"] <= 220'
check "duplicates, too" pinged '65 <= d["duplicates"] <= 205'
check "as counted" counted '80 <= d["a_to_b"]["lost"] <= 220 and 80 <= d["a_to_b"]["duplicated"] <= 220'
check "in one direction" counted 'd["b_to_a"]["lost"] == d["b_to_a"]["duplicated"] == 0'

# The same seed does the same to the same frames; another does not.
lost_pings() {   # SEED
  CHAOS_SEED=$1 start_chaos 0 --loss 30% --only-aoe --direction a-to-b
  aoe ping e1.2 --json -c 60 --interval 0.02 -W 0.5 | python3 -c 'import json, sys
print(sorted({json.loads(line)["seq"] for line in sys.stdin if "seq" in line}))'
  stop_chaos 0
}
first=$(lost_pings 7)
check "the same seed loses the same frames" [ "$first" = "$(lost_pings 7)" ]
check "another seed loses others" [ "$first" != "$(lost_pings 8)" ]

start_chaos 0 --delay 20ms..40ms
ping_target -c 20 --interval 0.05
check "delay in both directions" pinged 'd["received"] == 20 and 40 <= d["rtt_ms"]["min"] and d["rtt_ms"]["avg"] < 500'
stop_chaos 0

start_chaos 0 --json --reorder 30% --reorder-by 10ms --loss 2% --duplicate 2% --delay 100us..1ms
check "a transfer survives all of it" aoe read e1.2 -q --timeout 0.1 "$TEST_TMP/read.img"
check "unchanged, too" cmp "$TEST_TMP/disk.img" "$TEST_TMP/read.img"
stop_chaos 0
check "frames were held back" counted 'd["a_to_b"]["held_back"] > 50'
check "the counts add up" counted \
  'all(w["received"] + w["duplicated"] == w["delivered"] + w["lost"] + w["queue_full"] + w["on_their_way"]
       for w in (d["a_to_b"], d["b_to_a"]))'

start_chaos 0 --json --corrupt 100% --direction b-to-a --only-aoe
ping_target -c 50 --interval 0.005 -W 0.2
stop_chaos 0
check "damaged requests are counted" counted 'd["b_to_a"]["corrupted"] == 50 == d["b_to_a"]["delivered"]'

start_chaos 0 --json --mtu-drop 1500
check "small frames pass a switch without jumbo frames" gives 0 ".*" aoe ping e1.2 -c 3 --interval 0.01 -q
# The initiator notices that large frames are lost and goes over to small ones.
check "big ones do not, and a read does without them" aoe read e1.2 -q --count 17 --give-up 5 "$TEST_TMP/read.img"
check "what was read is right" cmp -n $((17 * 512)) "$TEST_TMP/disk.img" "$TEST_TMP/read.img"
stop_chaos 0

start_chaos 0 --rate 8M
started=$(date +%s%N)
check "a slow link carries data" aoe read e1.2 -q --count 1024 --timeout 5 "$TEST_TMP/read.img"
elapsed_ms=$((($(date +%s%N) - started) / 1000000))
check "512 KiB at 1 MB/s take half a second ($elapsed_ms ms)" [ "$elapsed_ms" -ge 500 ]
stop_chaos 0

start_chaos 0 --json --cut 1s/1s --stats-interval 300ms
check "a link that is always cut" gives 1 ".*" aoe ping e1.2 -c 5 --interval 0.1 -q -W 0.3
stop_chaos 0
check "the cut is counted" counted 'd["b_to_a"]["cut"] >= 5 and d["b_to_a"]["delivered"] == 0'
check "statistics meanwhile" [ "$(grep -c '"event":"statistics"' "$TEST_LOGS/chaos0.log")" -ge 3 ]

check "it ends by itself" gives 0 "CHAOS cha0 <-> chb0, seed [0-9]+.*statistics after 0\.[2-9].*" \
  chaos cha0 chb0 --duration 200ms
ip -n "$CHAOS_NS" link add spare type veth peer name unused
touch "$TEST_LOGS/spare.log"
ip netns exec "$CHAOS_NS" "$AOEKIT_BIN/aoe" chaos cha0 spare >"$TEST_LOGS/spare.log" 2>&1 &
spare_pid=$!
at_exit stop_pid "$spare_pid"
wait_for 5 grep -q '^CHAOS' "$TEST_LOGS/spare.log" || fail "aoe chaos did not start"
check "an interface that is down is named" grep -q "'spare' is down: nothing passes before .ip link set spare up." \
  "$TEST_LOGS/spare.log"
ip -n "$CHAOS_NS" link del spare
check "it ends when an interface is removed" wait_for 5 pid_gone "$spare_pid"
check "and says so" grep -Eqx "aoe: the interface 'spare' is gone" "$TEST_LOGS/spare.log"

check "one interface" gives 2 "aoe: IF2 is required.*" chaos cha0
check "the same twice" gives 2 "aoe: IF1 and IF2 are both 'cha0'.*" chaos cha0 cha0
check "no such interface" gives 1 "aoe: no interface 'eth9' .there are: .*cha0.*" chaos cha0 eth9
check "loopback" gives 1 "aoe: 'lo' is not an Ethernet interface.*" chaos cha0 lo
check "a bare number" gives 2 "aoe: --loss: '1' is not a percentage.*" chaos cha0 chb0 --loss 1
check "a time without unit" gives 2 "aoe: --delay: '5' is not a time with its unit.*" chaos cha0 chb0 --delay 5
check "a range that goes back" gives 2 "aoe: --delay: '9ms..1ms': the second time is shorter.*" \
  chaos cha0 chb0 --delay 9ms..1ms
check "a cut without period" gives 2 "aoe: --cut: '2s' has no period.*" chaos cha0 chb0 --cut 2s
check "a cut longer than its period" gives 2 "aoe: --cut: '9s/2s': the silence is longer.*" chaos cha0 chb0 --cut 9s/2s
check "a bad rate" gives 2 "aoe: --rate: 'fast' is not a rate.*" chaos cha0 chb0 --rate fast
check "a bad direction" gives 2 "aoe: --direction: .*sideways.*" chaos cha0 chb0 --direction sideways
test_end
