#!/usr/bin/env bash
# Power cuts: a target under load on a disk that forgets what was not synced; nothing that was promised may be missing.
#
#     namespace $SERVER_NS                              namespace $CLIENT_NS
#   +-------------------------------+                 +------------------------------------+
#   | vblade or aoed on srv0        +----- veth ------+ powercut: load, account, checker   |
#   |   mounted/disk (powerdisk)    |                 |   starts and ends the other two    |
#   +-------------------------------+                 +------------------------------------+
#
#   AOEKIT_POWER_ROUNDS  how many cuts (30)
#   AOEKIT_POWER_SEED    of the rounds (1); each round prints its own
#
#   power-cut.sh vblade|aoed
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail
TARGET=$1
case $TARGET in
  vblade) weak=vblade-cached strong=vblade-stable ;;
  aoed) weak=aoed-flush strong=aoed-durable ;;
esac

test_begin "power-cut-$TARGET"
[[ -x $AOEKIT_BIN/powerdisk ]] || skip "powerdisk was not built: libfuse3-dev is not installed"
[[ -c /dev/fuse ]] || skip "the kernel has no FUSE"
program=$VBLADE
[[ $TARGET != aoed ]] || program=$AOEKIT_BIN/aoed
[[ -x $program ]] || skip "no target at $program"
netns_pair "pw$TARGET" 9000
mkdir "$TEST_TMP/disk"
powercut() {
  in_client "$AOEKIT_BIN/powercut" -i "$CLIENT_IF" --server-namespace "$SERVER_NS" --server-interface "$SERVER_IF" \
    --disk-program "$AOEKIT_BIN/powerdisk" --vblade-program "$VBLADE" --aoed-program "$AOEKIT_BIN/aoed" --directory "$TEST_TMP/disk" "$@"
}

# First what shows that the checker can fail: a target is held to more than it promises, and a disk lies.
check "canary: $weak does not keep every acknowledged write" \
  gives 1 '.*VIOLATION.*' powercut --target $weak --claim everything --rounds 20 --seed 7
check "canary: $strong cannot help it when the disk lies" \
  gives 1 '.*VIOLATION.*' powercut --target $strong --lying-disk --rounds 20 --seed 7

rounds() {
  powercut --target "$TARGET" --rounds "${AOEKIT_POWER_ROUNDS:-30}" --seed "${AOEKIT_POWER_SEED:-1}" | tee "$TEST_LOGS/rounds.log"
}
check "what was promised survives" rounds
check "and the cuts did take something back" grep -Eq '; [1-9][0-9]* sectors taken back' "$TEST_LOGS/rounds.log"
test_end
