# An AoE disk used through aoefuse: netns.sh's two machines, and on the client a directory that shows the disks.
#
#     server: vblade 1 2 srv0 disk.img            client: aoefuse $ETHERD      $ETHERD/e1.2 -> /dev/loopN -> $MNT
#   +----------------------------------+        +------------------------------------------------------------+
#   |                             srv0 +--------+ cli0                                                        |
#   +----------------------------------+        +------------------------------------------------------------+
#
#   fuse_begin NAME MTU     first call; the test runs in a mount namespace of its own, so that nothing it mounts stays
#   on_client CMD...        runs CMD in the client's network, and in this mount namespace
#   start_aoefuse ARGS...   on $ETHERD, in the background; sets AOEFUSE_PID
#   stop_aoefuse            unmounts it and waits for its end
#   in_foreground ARGS...   the same as a child of this shell, which logs to $TEST_LOGS/aoefuse.log
#   ends_with STATUS        waits for that child
#   log_says REGEX          the log has a line like this
#   gone                    nothing is mounted on $ETHERD
#   has FILE...             for wait_for: all of these are in $ETHERD
#   lacks FILE...           for wait_for: none of them is
#   fsck_says_ok FILE       the ext4 in it is sound
#
# This file brings in netns.sh and env.sh.

# A mount namespace of its own; `ip netns exec` would make one for each command.
if [[ -z ${AOEKIT_MOUNTS_ARE_PRIVATE-} && $(id -u) == 0 ]] && unshare --mount --propagation private true 2>/dev/null; then
  AOEKIT_MOUNTS_ARE_PRIVATE=1 exec unshare --mount --propagation private "$0" "$@"
fi
source "$(dirname "${BASH_SOURCE[0]}")/../lib/netns.sh"
AOEFUSE=$AOEKIT_BIN/aoefuse
AOEFUSE_PID=''

# `ip netns exec` gives each command a mount namespace, a copy of this one with all that is mounted, which would keep
# $ETHERD mounted for as long as the command runs. So commands enter the network only.
ip() {
  [[ "$1 $2" == "netns exec" ]] || { command ip "$@"; return; }
  local enter=(nsenter --net="/run/netns/$3" "${@:4}")
  [[ $BASHPID == $$ ]] || exec "${enter[@]}"   # in the background: $! is to be the command
  "${enter[@]}"
}

fuse_begin() {
  test_begin "$1"
  [[ -n ${AOEKIT_MOUNTS_ARE_PRIVATE-} ]] || skip "cannot make mount namespaces"
  [[ -x $AOEFUSE ]] || skip "no aoefuse at $AOEFUSE"
  [[ -c /dev/fuse ]] && (: <>/dev/fuse) 2>/dev/null || skip "no usable /dev/fuse"
  netns_pair "${1#fuse-}" "$2"
  # Not below TEST_TMP: loop devices keep 63 bytes of a name, and the aoe-stat of others drops paths with a "p".
  SHORT=/dev/shm/aoek-$$
  mkdir -m 700 "$SHORT"
  at_exit rm -rf --one-file-system "$SHORT"
  ETHERD=$SHORT/etherd MNT=$SHORT/mnt
  mkdir "$MNT"
  at_exit stop_what_is_left
}

stop_what_is_left() {
  umount -l "$MNT"
  umount -l "$ETHERD"
  [[ -z $AOEFUSE_PID ]] || kill -KILL "$AOEFUSE_PID"
}

on_client() { nsenter --net="/run/netns/$CLIENT_NS" "$@"; }
aoe() { on_client "$AOEKIT_BIN/aoe" "$@"; }

start_aoefuse() {
  on_client "$AOEFUSE" "$@" "$ETHERD" 2>>"$TEST_LOGS/aoefuse.log" || fail "aoefuse does not start"
  AOEFUSE_PID=$(aoefuse_pid)
}
# The process whose mount it is: the one with that directory among its arguments.
aoefuse_pid() { pgrep -f -n -- "^$AOEFUSE .*$ETHERD\$"; }
stop_aoefuse() {
  wait_for 5 umount -q "$ETHERD" 2>/dev/null || fail "cannot unmount $ETHERD"
  wait_for 10 pid_gone "$AOEFUSE_PID" || fail "aoefuse does not end"
  AOEFUSE_PID=''
}

log_says() { grep -Eq "$1" "$TEST_LOGS/aoefuse.log"; }
in_foreground() {
  : >"$TEST_LOGS/aoefuse.log"
  # Not a function: $! is to be aoefuse.
  nsenter --net="/run/netns/$CLIENT_NS" "$AOEFUSE" -f -i "$CLIENT_IF" "$@" "$ETHERD" 2>"$TEST_LOGS/aoefuse.log" &
  AOEFUSE_PID=$!
  wait_for 10 log_says serving || fail "aoefuse does not start"
}
ends_with() { local status=0; wait "$AOEFUSE_PID" || status=$?; AOEFUSE_PID=''; ((status == $1)); }
gone() { ! mountpoint -q "$ETHERD"; }

has() { local f; for f; do [[ -e $ETHERD/$f ]] || return 1; done; }
lacks() { local f; for f; do [[ ! -e $ETHERD/$f ]] || return 1; done; }
require_loop() { losetup -f >/dev/null 2>&1 || skip "no loop devices"; }
fsck_says_ok() { e2fsck -fn "$1" >>"$TEST_LOGS/fsck.log" 2>&1; }
