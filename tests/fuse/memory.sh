#!/usr/bin/env bash
# Much dirty data and little memory: writing it out goes through aoefuse, which shares the little memory.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

fuse_begin fuse-memory 9000
require_tool mkfs.ext4
require_loop
groups=/sys/fs/cgroup/memory
[[ -w $groups/cgroup.procs && -e $groups/memory.limit_in_bytes ]] || skip "no memory control groups to limit memory with"
make_image "$TEST_TMP/disk.img" 512M
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
cd "$SHORT"
head -c 16777216 /dev/urandom >data   # outside, so that it does not count

group=$groups/aoekit-$$
mkdir "$group" || skip "cannot make a memory control group"
at_exit rmdir "$group"
at_exit bash -c "while read -r pid; do echo \$pid >'$groups/cgroup.procs'; done <'$group/cgroup.procs'"
echo $((192 * 1024 * 1024)) >"$group/memory.limit_in_bytes"
limited() { bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"; }

# With a loop device that does direct I/O, as aoe mount makes it, and with the one that mount(8) makes by itself.
for kind in direct buffered; do
  limited nsenter --net="/run/netns/$CLIENT_NS" "$AOEFUSE" -i "$CLIENT_IF" "$ETHERD" 2>>"$TEST_LOGS/aoefuse.log"
  AOEFUSE_PID=$(aoefuse_pid)
  check "$kind: aoefuse is limited" grep -qx "$AOEFUSE_PID" "$group/cgroup.procs"
  wait_for 10 has e1.2 || fail "no disk"
  check "$kind: mkfs" mkfs.ext4 -q -F "$ETHERD/e1.2"
  if [[ $kind == direct ]]; then
    aoe mount --etherd "$ETHERD" e1.2 "$MNT"
  else
    mount -o loop "$ETHERD/e1.2" "$MNT"
  fi
  # More than the group may have in memory, all of it dirty, from several writers.
  writers=()
  for i in 1 2 3 4; do
    limited bash -c 'for n in 1 2 3 4 5; do cat data >>"$0/big$1" || exit; done' "$MNT" "$i" &
    writers+=($!)
  done
  for pid in "${writers[@]}"; do check "$kind: a writer ends" wait "$pid"; done
  check "$kind: sync" timeout 250 sync -f "$MNT"
  # From the disk, not from the page cache.
  umount "$MNT"
  wait_for 10 mount -o ro,loop "$ETHERD/e1.2" "$MNT"
  for i in 1 4; do check "$kind: file $i" bash -c 'for n in 1 2 3 4 5; do cat data; done | cmp - "$0"' "$MNT/big$i"; done
  umount "$MNT"
  check "$kind: the file system is sound" wait_for 10 fsck_says_ok "$ETHERD/e1.2"
  stop_aoefuse
done
test_end
