#!/usr/bin/env bash
# aoe copy: whole disks between the network, files and block devices; sparse, verified, interrupted and resumed.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

own_mounts "$@"
test_begin cli-copy
netns_pair copy 9000
cd "$TEST_TMP"
aoe() { timeout 60 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" "$@"; }
used_kib() { du -k "$1" | cut -f1; }

# 48 MiB with data here and there, and an odd end.
sparse() {
  make_image "$1" 48M
  head -c 3M /dev/urandom | dd of="$1" bs=1M conv=notrunc status=none
  head -c 5000 /dev/urandom | dd of="$1" bs=1 seek=20000000 conv=notrunc status=none
  head -c 2M /dev/urandom | dd of="$1" bs=1M seek=46 conv=notrunc status=none
}
sparse source.img
head -c 700000 source.img | tail -c 100 >odd; head -c 1234567 /dev/urandom >>odd
make_image disk.img 64M
make_image other.img 64M
make_image small.img 8M
start_target 1 2 "$SERVER_IF" "$PWD/disk.img"
ip netns exec "$SERVER_NS" "$VBLADE" 1 3 "$SERVER_IF" "$PWD/other.img" >"$TEST_LOGS/other.log" 2>&1 &
at_exit stop_pid $!
ip netns exec "$SERVER_NS" "$VBLADE" 1 4 "$SERVER_IF" "$PWD/small.img" >"$TEST_LOGS/small.log" 2>&1 &
at_exit stop_pid $!
wait_for 10 grep -q '^pid' "$TEST_LOGS/small.log"
wait_for 10 grep -q '^pid' "$TEST_LOGS/other.log"

begins_with() { cmp -s -n "$(stat -c %s "$2")" "$1" "$2"; }
check "a file to a blank disk" gives 0 "aoe: copied and verified 48 MiB \(.* of data\) in .*" \
  aoe copy source.img e1.2 --verify
check "the disk has it" begins_with disk.img source.img
check "its holes are holes on the disk, too" test "$(used_kib disk.img)" -lt 9000
check "a disk that holds data" gives 1 "aoe: e1.2 holds data: its first MiB is not empty \(--force overwrites it.*" \
  aoe copy odd e1.2
check "a disk to a disk" gives 0 "" aoe copy -q e1.2 "aoe://$CLIENT_IF/1.3" --verify
check "the other disk has it" cmp disk.img other.img
check "a disk that is too small" gives 1 "aoe: e1.4 is too small: it has 8388608 bytes, e1.2 has 67108864.*" \
  aoe copy e1.2 e1.4
check "a disk to a new file" gives 0 "aoe: copied and verified 64 MiB .*" aoe copy e1.2 new.img --verify
check "it is the same" cmp new.img disk.img
check "and sparse" test "$(used_kib new.img)" -lt 9000
check "a file that is there" gives 1 "aoe: 'new.img' exists and holds 64 MiB: --force overwrites it, --resume.*" \
  aoe copy e1.2 new.img
echo old >old.img
check "by force, as JSON" gives 0 '.*"bytes": 67108864,.*"verified": false,.*' aoe copy e1.2 old.img --force --json
check "it is the same, too" cmp old.img disk.img
check "a file to a file, with an odd end" gives 0 "" aoe copy -q --verify odd odd.copy
check "the odd file" cmp odd odd.copy
check "an odd end on a disk" gives 0 "" aoe copy -q --verify --force odd e1.2
check "which has it" begins_with disk.img odd
check "itself" gives 1 "aoe: 'source.img' and './source.img' are the same.*" aoe copy source.img ./source.img --force
check "itself on the network" gives 1 "aoe: 'e1.2' and 'aoe://.*/e1.2' are the same.*" \
  aoe copy e1.2 "aoe://$CLIENT_IF/e1.2" --force
check "the source is still there" begins_with source.img source.img
check "nobody" gives 1 "aoe: e7.7: no answer on $CLIENT_IF .*" aoe copy e7.7 x.img --timeout 0.1 --tries 2
check "and no file left of that" test ! -e x.img
check "a directory" gives 1 "aoe: '/tmp' is a directory.*" aoe copy source.img /tmp
check "no such source" gives 1 "aoe: cannot open '/nonexistent' for reading: No such file.*" aoe copy /nonexistent e1.2
check "nonsense" gives 1 "aoe: 'aoe://1' is not the address of a disk.*" aoe copy aoe://1 x.img
check "both --resume and --force" gives 2 "aoe: --resume and --force contradict.*" aoe copy e1.2 x.img --resume --force
check "nothing to resume" gives 1 "aoe: there is nothing to resume: 'x.img' does not exist.*" aoe copy e1.2 x.img --resume
check "no checkpoint" gives 1 "aoe: there is nothing to resume: no checkpoint 'old.img.aoe-copy'.*" \
  aoe copy e1.2 old.img --resume
check "a checkpoint that is something else" gives 1 "aoe: 'odd' is not a checkpoint of aoe copy.*" \
  aoe copy e1.2 x2.img --checkpoint odd
check "which stays" begins_with odd odd.copy

# A file system that is full.
full() { unshare -m sh -c 'mkdir -p full && mount -t tmpfs -o size=2m none full && exec "$@"' sh "$@"; }
check "a full file system" gives 1 \
  "aoe: cannot write 'full/x.img' at byte [0-9]+: No space left on device; [0-9.]+ [KMG]?i?B of 48 MiB were copied, and it cannot.*" \
  full timeout 60 "$AOEKIT_BIN/aoe" copy source.img full/x.img

# Block devices, where there are loop devices to stand in for them.
make_image device.img 56M
if loop=$(losetup -f --show device.img 2>/dev/null); then
  at_exit losetup -d "$loop"
  check "a file that a device stands on" gives 1 "aoe: device.img is attached to $loop.*it would be damaged.*" \
    aoe copy odd device.img --force
  check "a file to a blank device" gives 0 "aoe: copied and verified 48 MiB .*" aoe copy source.img "$loop" --verify
  check "the device has it" begins_with device.img source.img
  check "a device that holds data" gives 1 "aoe: $loop holds data: .*" aoe copy source.img "$loop"
  check "a device that is too small" gives 1 "aoe: $loop is too small: .*" aoe copy e1.2 "$loop" --force
  check "a device to a disk" gives 0 "" aoe copy -q "$loop" e1.3 --force --verify
  if command -v mkfs.ext4 >/dev/null && mkfs.ext4 -q -F "$loop" && mkdir mnt && mount "$loop" mnt; then
    at_exit umount "$PWD/mnt"
    check "a mounted device" gives 1 "aoe: $loop is mounted on .*/mnt: it would be damaged by writing to it.*" \
      aoe copy source.img "$loop" --force
    check "a mounted source" gives 0 "aoe: $loop is mounted on .*: what changes meanwhile may be copied half.*" \
      aoe copy "$loop" mounted.img
    umount mnt
  fi
else
  echo "ok   block devices # not tried: no loop devices"
fi

# Interrupted, and resumed; the network is made slow, so that Ctrl-C finds the copy unfinished.
head -c 40M /dev/urandom >big.img
slow_copy() {
  ip netns exec "$CLIENT_NS" timeout --preserve-status -s INT 3 "$AOEKIT_BIN/aoe" copy big.img e1.3 --force "$@"
}
tc_slow() { ip netns exec "$CLIENT_NS" tc qdisc add dev "$CLIENT_IF" root tbf rate 40mbit burst 64k limit 1m; }
if tc_slow 2>/dev/null; then
  check "Ctrl-C leaves a checkpoint" gives 1 \
    "aoe: interrupted; [0-9.]+ [KM]iB of 40 MiB were copied, --resume goes on from [0-9.]+ [KM]iB.*" slow_copy
  check "it is there" test -s e1.3.aoe-copy
  ip netns exec "$CLIENT_NS" tc qdisc del dev "$CLIENT_IF" root
  check "it belongs to this source" gives 1 \
    "aoe: 'e1.3.aoe-copy' is about another source, or the source has changed since: big.img .* not odd .*" \
    aoe copy odd e1.3 --resume
  cp e1.3.aoe-copy kept.aoe-copy
  touch big.img
  check "a source that has changed" gives 1 ".*the source has changed since: .*" aoe copy big.img e1.3 --resume
  sed -i "s/of [0-9.]*/of $(stat -c %.9Y big.img)/" e1.3.aoe-copy
  check "resumed" gives 0 "aoe: copied and verified .*, after [0-9.]+ [KM]iB by an earlier run.*" \
    aoe copy big.img e1.3 --resume --verify
  check "the disk has it all" begins_with other.img big.img
  check "the checkpoint is gone" test ! -e e1.3.aoe-copy
else
  echo "ok   Ctrl-C # not tried: the kernel has no tbf"
fi

# The target dies in the middle and comes back: the copy waits for it.
tc_slow 2>/dev/null || skip "the kernel has no tbf to slow a network down"
target_restarts() {
  aoe copy big.img e1.2 --force --verify -q &
  local copy=$!
  sleep 0.3
  kill_target
  sleep 1
  start_target 1 2 "$SERVER_IF" "$PWD/disk.img"
  wait "$copy"
}
check "the target is killed and comes back" target_restarts
check "nothing is lost" begins_with disk.img big.img
target_dies() {
  aoe copy big.img e1.2 --force --give-up 1 &
  local copy=$!
  sleep 1
  kill_target
  wait "$copy"
}
check "the target dies for good" gives 1 "aoe: e1.2: .*no answer.*; [0-9.]+ [KMG]?i?B of 40 MiB were copied.*" target_dies
test_end
