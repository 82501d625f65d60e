#!/usr/bin/env bash
# File systems on AoE disks: by hand over a loop device, and with aoe mount and aoe umount.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

fuse_begin fuse-mount 1500
require_tool mkfs.ext4 sfdisk
require_loop
make_image "$TEST_TMP/disk.img" 128M
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
cd "$SHORT"
files=$TEST_TMP/files
mkdir "$files"
for i in {1..50}; do head -c $((i * 3001)) /dev/urandom >"$files/$i"; done
loops_of() { losetup -nO NAME,BACK-FILE | grep -F "$1" || true; }
no_aoefuse() { ! aoefuse_pid >/dev/null; }
no_loops() { [[ -z $(loops_of "$ETHERD") ]]; }

# --- by hand, as on /dev/etherd
start_aoefuse -i "$CLIENT_IF"
wait_for 10 has e1.2
check "mkfs on the file" mkfs.ext4 -q "$ETHERD/e1.2"
check "mount makes a loop device by itself" mount "$ETHERD/e1.2" "$MNT"
check "files are copied" cp -r "$files" "$MNT/"
check "unmount" umount "$MNT"
check "its loop device goes with it" wait_for 5 no_loops
check "fsck finds nothing" fsck_says_ok "$ETHERD/e1.2"
check "the server's disk has the file system" fsck_says_ok "$TEST_TMP/disk.img"
stop_aoefuse

# --- aoe mount
export PATH=$AOEKIT_BIN:$PATH
mount_it() { aoe mount --etherd "$ETHERD" -i "$CLIENT_IF" "$@"; }
check "one command mounts" mount_it e1.2 "$MNT"
AOEFUSE_PID=$(aoefuse_pid)
check "and the files are there" diff -r "$files" "$MNT/files"
loop=$(loops_of "$ETHERD" | cut -d' ' -f1)
check "the loop device does direct I/O" grep -q 1 "/sys/block/${loop#/dev/}/loop/dio"
mkdir other
check "not twice" gives 1 ".*etherd/e1.2 is mounted on $MNT already; first: aoe umount.*" mount_it e1.2 other
check "the first stays" diff -r "$files" "$MNT/files"
sleep 1000 <"$MNT/files/1" &
user=$!
check "busy says who" gives 1 ".*is in use by sleep \($user\); end that and try again.*" aoe umount "$MNT"
kill "$user"
wait "$user" 2>/dev/null || true
check "umount" aoe umount "$MNT"
check "detaches" no_loops
check "and ends the aoefuse that aoe mount started" wait_for 5 pid_gone "$AOEFUSE_PID"
AOEFUSE_PID=''
check "nothing is mounted there now" gives 1 '.*nothing is mounted on.*' aoe umount "$MNT"
mount -t tmpfs none "$MNT"
check "what is no AoE disk is left alone" gives 1 '.*is not an AoE disk but none \(tmpfs\); use umount.*' aoe umount "$MNT"
umount "$MNT"

# --- an aoefuse of somebody else is not ended; partitions; read-only; options; type
start_aoefuse -i "$CLIENT_IF"
wait_for 10 has e1.2
sfdisk -q --wipe always "$ETHERD/e1.2" <<<$'label: gpt\n,40M\n,40M'
check "mkfs on a partition" mkfs.ext4 -q "$ETHERD/e1.2p2"
check "mount a partition" mount_it e1.2p2 "$MNT" -t ext4 -o noatime
check "not the whole disk besides" gives 1 ".*etherd/e1.2p2 is mounted on $MNT already.*" mount_it e1.2 other
check "write to it" cp -r "$files" "$MNT/"
check "umount it" aoe umount "$MNT"
check "this aoefuse goes on" has e1.2p2
check "mount read-only" mount_it 1.2p2 "$MNT" -o ro
check "the files" diff -r "$files" "$MNT/files"
check "cannot be changed" gives 1 '.*Read-only.*' touch "$MNT/new"
check "umount" aoe umount "$MNT"
check "no such partition" gives 1 '.*e1.2 has no partition 9.*' mount_it e1.2p9 "$MNT" --timeout 1
check "no file system" gives 1 '.*e1.2p1 is not mounted; the line above says why.*' mount_it e1.2p1 "$MNT"
check "leaves no loop device" no_loops
stop_aoefuse

# --- what cannot be
check "no such disk" gives 1 '.*no disk e9.9 in .*aoe discover.*' mount_it e9.9 "$MNT" --timeout 1
check "and no aoefuse stays" wait_for 5 no_aoefuse
check "no such directory" gives 1 '.*cannot mount on /nowhere.*' mount_it e1.2 /nowhere
check "not a disk" gives 2 ".*'sda1' is not a disk.*" mount_it sda1 "$MNT"
check "no such interface" gives 1 '.*nosuch0.*could not make .* show AoE disks.*' aoe mount --etherd "$ETHERD" -i nosuch0 e1.2 "$MNT"
test_end
