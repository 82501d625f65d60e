#!/usr/bin/env bash
# What is in use is not exported: mounted devices, swap, loop layers, other exports, and addresses that are taken.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

own_mounts "$@"
test_begin vblade-interlocks
require_tool losetup mkfs.ext4
netns_pair lock 1500
image=$TEST_TMP/disk.img
make_image "$image" 16M
vblade() { timeout 10 ip netns exec "$SERVER_NS" "$VBLADE" "$@"; }
# Runs vblade until it has printed its line (then it is ended), or until it refuses.
starts() {
  local log=$TEST_TMP/starts.log pid status=0
  : >"$log"
  ip netns exec "$SERVER_NS" "$VBLADE" "$@" >"$log" 2>&1 &
  pid=$!
  wait_for 5 grep -q '^pid' "$log" || status=1
  stop_pid "$pid"
  [[ $status == 0 ]] || cat "$log" >&2
  return $status
}

start_target 1 2 "$SERVER_IF" "$image"
check "a file that is exported already" gives 1 ".*$image.*already exported.*" vblade 1 3 "$SERVER_IF" "$image"
check "the same through another name" gives 1 ".*already exported.*" vblade 1 3 "$SERVER_IF" "$(ln "$image" "$TEST_TMP/link"; echo "$TEST_TMP/link")"
make_image "$TEST_TMP/other.img" 1M
client_vblade() { timeout 10 ip netns exec "$CLIENT_NS" "$VBLADE" "$@"; }
check "an address that answers already" gives 1 ".*e1\.2.*$SERVER_MAC.*--force.*" client_vblade 1 2 "$CLIENT_IF" "$TEST_TMP/other.img"
stop_target

start_target -r 1 2 "$SERVER_IF" "$image"
check "two read-only exports of one file" starts -r 1 3 "$SERVER_IF" "$image"
check "a writer beside a read-only export" gives 1 ".*already exported.*" vblade 1 3 "$SERVER_IF" "$image"
stop_target

loop=$(losetup -f --show "$image" 2>/dev/null) || skip "no loop devices"
at_exit losetup -d "$loop"
check "a file under a loop device" gives 1 ".*$loop.*" vblade 1 2 "$SERVER_IF" "$image"
mkfs.ext4 -q "$loop"
mkdir "$TEST_TMP/mnt"
mount "$loop" "$TEST_TMP/mnt"
at_exit umount "$TEST_TMP/mnt"
check "a mounted device" gives 1 ".*$loop.*mounted on $TEST_TMP/mnt.*--force.*" vblade 1 2 "$SERVER_IF" "$loop"
check "a mounted device, forced" starts --force 1 2 "$SERVER_IF" "$loop"
mount -o remount,ro "$TEST_TMP/mnt"
check "a read-only export of a device mounted read-only" starts -r 1 2 "$SERVER_IF" "$loop"
check "a writable export of the same" gives 1 ".*mounted on.*" vblade 1 2 "$SERVER_IF" "$loop"
umount "$TEST_TMP/mnt"
check "the device when it is free" starts 1 2 "$SERVER_IF" "$loop"
test_end
