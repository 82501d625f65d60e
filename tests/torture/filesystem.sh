#!/usr/bin/env bash
# A file system on an AoE disk, through aoefuse and a loop device, with a bad network and a target that is killed:
# everything that was written is there, and fsck finds nothing.
#   filesystem.sh ext4|xfs|btrfs MTU      the target is $VBLADE
source "$(dirname "$0")/fuse.sh"
set -euo pipefail

type=$1
require_tool "mkfs.$type" losetup python3
IMAGE_MB=400   # the least that XFS takes is 300
torture_fuse_begin "torture-$type-$(debians && echo debian || echo ours)-$2" "$2"
grep -qw "$type" /proc/filesystems || skip "this kernel has no $type"
churn() { python3 "$(dirname "$0")/churn.py" "$@"; }

make_file_system() {
  case $type in
    ext4) mkfs.ext4 -q -F "$LOOP" ;;
    xfs) mkfs.xfs -q -f "$LOOP" ;;
    btrfs) mkfs.btrfs -q -f "$LOOP" ;;
  esac >"$TEST_LOGS/mkfs.log" 2>&1
}
file_system_is_clean() {
  case $type in
    ext4) e2fsck -fn "$LOOP" ;;
    xfs) xfs_repair -n "$LOOP" ;;
    btrfs) btrfs check --readonly "$LOOP" ;;
  esac >"$TEST_LOGS/fsck.log" 2>&1
}
change_files() {
  local worker pids=() pid status=0
  for worker in 1 2 3; do
    churn change "$MNT/$worker" "$TEST_TMP/manifest$worker" "$STRETCH" "$CHAOS_SEED$worker" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || status=1; done
  sync -f "$MNT" || status=1
  return $status
}
files_are_right() {
  local worker
  for worker in 1 2 3; do churn check "$MNT/$worker" "$TEST_TMP/manifest$worker" || return 1; done
}

attach
check "make $type" make_file_system
check "mount it" mount -t "$type" "$LOOP" "$MNT"
check "change files on it" with_crashes change_files
check "they are right" files_are_right
check "unmount it" umount "$MNT"
check "fsck finds nothing" file_system_is_clean
# Nothing of it is in the caches of this machine any more.
detach
stop_aoefuse
start_aoefuse -i cli0 --wait-forever
wait_for 20 has e1.2 || fail "aoefuse does not find the disk again"
attach
check "mount it again" mount -t "$type" "$LOOP" "$MNT"
check "the files are right still" with_crashes files_are_right
check "unmount it again" umount "$MNT"
detach
stop_aoefuse
stop_chaos 0
check "frames were lost" grep -Eq '"lost":[1-9]' "$TEST_LOGS/chaos0.log"
test_end
