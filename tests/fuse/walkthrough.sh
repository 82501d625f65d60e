#!/usr/bin/env bash
# Runs docs/walkthrough.md as it stands, on two machines made of network namespaces (tests/lib/document.sh).
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/../lib/document.sh"
set -euo pipefail

SERVER_IF=eth0 CLIENT_IF=eth0   # the document's names
fuse_begin fuse-walkthrough 9000
require_tool mkfs.ext4 losetup
require_loop
[[ -x $AOEKIT_BIN/aoe-stat ]] || skip "no aoe-stat at $AOEKIT_BIN"
[[ -d /usr/share/common-licenses ]] || skip "no files to copy"

# A /dev of this test's own, in which /dev/sda1 is a loop device on an image, and /dev/etherd is made.
make_image "$TEST_TMP/sda1.img" 64M
disk=$(losetup -f --show "$TEST_TMP/sda1.img")
at_exit losetup -d "$disk"
dev=$SHORT/dev
mkdir "$dev"
mount -t tmpfs none "$dev"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/fuse /dev/loop-control "$dev/"
# The kernel makes a node in its own /dev only, when all loop devices are in use.
for i in {0..63}; do mknod "$dev/loop$i" b 7 "$i"; done
ln -s /proc/self/fd "$dev/fd"
mkdir "$dev/shm"
mount --bind /dev/shm "$dev/shm"
mknod "$dev/sda1" b $((0x$(stat -c %t "$disk"))) $((0x$(stat -c %T "$disk")))
mount --move "$dev" /dev
mkdir "$TEST_TMP/server" "$TEST_TMP/client"
at_exit umount -l /dev/etherd
at_exit umount -l "$TEST_TMP/client/mountpoint" "$TEST_TMP/server/disk"

open_shell server "$SERVER_NS"
open_shell client "$CLIENT_NS"

run_document "$REPO/docs/walkthrough.md"
((COMMANDS > 20)) || fail "only $COMMANDS commands were found in docs/walkthrough.md"
check "nothing stays mounted" gives 1 '' grep -E "$TEST_TMP|/dev/etherd" /proc/self/mounts
test_end
