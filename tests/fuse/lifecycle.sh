#!/usr/bin/env bash
# How aoefuse begins and ends: refusals, Ctrl-C, unmounting while busy, and being killed.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

fuse_begin fuse-lifecycle 9000
require_tool setpriv mkfs.ext4
make_image "$TEST_TMP/disk.img" 64M
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
cd "$SHORT"
run() { on_client timeout 20 "$AOEFUSE" "$@"; }

# --- refusals
check "usage" gives 2 'aoefuse: .*--help.*' run
check "help" gives 0 '.*Usage: aoefuse.*' run --help
check "version" gives 0 'aoefuse \(aoekit\) [0-9.]+.*' run --version
check "no such interface" gives 1 '.*nosuch0.*' run -i nosuch0 "$ETHERD"
mkdir full && touch full/file
check "a directory that is not empty" gives 1 '.*full is not empty \(there is file\).*' run full
check "not a directory" gives 1 '.*is not a directory.*' run full/file
check "no parent directory" gives 1 '.*cannot make the directory.*' run no/such/place
chmod 755 "$SHORT"
mkdir -m 777 public
as_nobody() { on_client setpriv --reuid 65534 --regid 65534 --clear-groups "$AOEFUSE" "$@"; }
if as_nobody --version >/dev/null 2>&1; then
  check "ordinary users are told" gives 1 'aoefuse: .*root.*' as_nobody public
else
  echo "ok   ordinary users # not tried: they cannot reach $AOEFUSE"
fi

# --- Ctrl-C and TERM, unused
for signal in INT TERM; do
  in_foreground
  kill -"$signal" "$AOEFUSE_PID"
  check "$signal ends it" ends_with 0
  check "and unmounts" gone
done
in_foreground
wait_for 10 has e1.2
check "a second one is refused" gives 1 ".*is served by an aoefuse already.*umount $ETHERD.*" run "$ETHERD"
check "and does not harm the first" has e1.2
umount "$ETHERD"
check "unmounting ends it" ends_with 0

# --- busy
in_foreground
wait_for 10 has e1.2
mkfs.ext4 -q "$ETHERD/e1.2"
exec 3<>"$ETHERD/e1.2"
check "umount is refused while a file is open" gives 32 '.*busy.*' umount "$ETHERD"
kill -TERM "$AOEFUSE_PID"
check "TERM says so" wait_for 5 log_says 'still in use'
check "hides it" wait_for 5 gone
head -c 1048576 /dev/urandom >data
check "and serves on" dd if=data bs=1M status=none >&3
check "also fsync" sync data /dev/fd/3
exec 3>&-
check "until the file is closed" ends_with 0
check "nothing was lost" cmp -n 1048576 data "$TEST_TMP/disk.img"
in_foreground
wait_for 10 has e1.2
exec 3<"$ETHERD/e1.2"
kill -TERM "$AOEFUSE_PID"
check "busy again" wait_for 5 log_says 'still in use'
kill -INT "$AOEFUSE_PID"
check "a second signal ends it at once" ends_with 1
exec 3<&-

# --- killed
in_foreground
wait_for 10 has e1.2
head -c 8388608 /dev/urandom >data
dd if=data of="$ETHERD/e1.2" bs=256K conv=notrunc,fsync status=none
kill -KILL "$AOEFUSE_PID"
wait "$AOEFUSE_PID" 2>/dev/null || true
check "what was synced before KILL is on the disk" cmp -n 8388608 data "$TEST_TMP/disk.img"
check "the directory is dead" gives 2 '.*not connected.*' ls "$ETHERD"
in_foreground
wait_for 10 has e1.2
check "the next one takes its place" has e1.2
check "with the same data" cmp -n 8388608 data "$ETHERD/e1.2"
kill -TERM "$AOEFUSE_PID"
check "and ends" ends_with 0
check "nothing stays mounted" gone
AOEFUSE_PID=''
test_end
