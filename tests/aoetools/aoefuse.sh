#!/bin/bash
# Our aoetools over aoefuse in place of the kernel's driver.
#
#   srv0: targets e1.1 e1.10 ==== cli0: aoefuse on DIR; aoe-stat, aoe-discover, aoe-flush, ... with AOE_ETHERD=DIR
set -euo pipefail
source "$(dirname "$0")/../lib/netns.sh"

test_begin aoetools-aoefuse
[[ -x $AOEKIT_BIN/aoefuse ]] || skip "no aoefuse in $AOEKIT_BIN"
[[ -e /dev/fuse ]] || skip "no /dev/fuse"
netns_pair atfuse 9000
for slot in 1 10; do
  make_image "$TEST_TMP/$slot.img" "${slot}6M"
  start_target 1 "$slot" "$SERVER_IF" "$TEST_TMP/$slot.img"
done
DIR=$TEST_TMP/etherd
mkdir "$DIR"
# A mount namespace that stays: each "ip netns exec" has one of its own.
ip netns exec "$CLIENT_NS" unshare -m --propagation private sleep 600 >/dev/null 2>&1 &
keeper=$!
at_exit stop_pid "$keeper"
inside() { nsenter -t "$keeper" -m -n "$@"; }
ready() { [[ $(readlink "/proc/$keeper/ns/mnt") != $(readlink /proc/self/ns/mnt) ]] && inside ip link show cli0; }
wait_for 10 ready >/dev/null 2>&1 || fail "the client's namespaces did not come into being"
inside "$AOEKIT_BIN/aoefuse" -f -i "$CLIENT_IF" "$DIR" >"$TEST_LOGS/aoefuse.log" 2>&1 &
fuse_pid=$!
at_exit stop_pid "$fuse_pid"
tool() { inside env AOE_ETHERD="$DIR" "$AOEKIT_BIN/$1" "${@:2}"; }
names() { tool aoe-stat | tr -s ' ' | cut -d ' ' -f 2 | tr '\n' ' '; }
both() { [[ $(names) == 'e1.1 e1.10 ' ]]; }
nl=$'\n'

check "both disks appear" wait_for 20 both
check "aoe-stat" gives 0 "      e1\.1         0\.016GB       cli0 8704  up            $nl     e1\.10 .* up            $nl" \
  tool aoe-stat
check "aoe-stat, pattern" gives 0 "     e1\.10         0\.111GB [^$nl]*$nl" tool aoe-stat 1.10
check "aoe-version" gives 0 ".*running aoe driver:"$'\t'"aoefuse [^$nl]*$nl" tool aoe-version
check "aoe-flush of one leaves the other" eval 'tool aoe-flush e1.1 && [[ $(names) == "e1.10 " ]]'
check "aoe-flush of one that is gone" gives 1 "aoe-flush Error: \"e1\.1\" is not an aoe device$nl" tool aoe-flush e1.1
check "aoe-discover brings it back" eval 'tool aoe-discover && wait_for 10 both'
check "aoe-flush: what is up stays" eval 'tool aoe-flush && both'
truncate -s 32M "$TEST_TMP/1.img"
grown() { tool aoe-revalidate e1.1 && tool aoe-stat e1.1 | grep -q '0\.033GB'; }
check "aoe-revalidate: the new size" wait_for 10 grown
check "aoe-revalidate: no disk" gives 1 ".*aoe-revalidate: revalidate failed$nl" tool aoe-revalidate nonsense
check "aoe-interfaces: shows" gives 0 "cli0$nl" tool aoe-interfaces
check "aoe-interfaces: restricts to what it is" eval 'tool aoe-interfaces cli0 && [[ $(tool aoe-interfaces) == cli0 ]]'
check "aoe list knows who has the disk" gives 0 ".*aoefuse $DIR \(up\).*" inside "$AOEKIT_BIN/aoe" list e1.1
stop_target
inside umount "$DIR"
check "after aoefuse: no disks" gives 1 "aoe-stat: no AoE disks here.*" tool aoe-stat
test_end
