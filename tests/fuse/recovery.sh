#!/usr/bin/env bash
# Targets that fall silent, restart, or do not come back, under a mounted file system and under plain readers.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

fuse_begin fuse-recovery 9000
require_tool mkfs.ext4
require_loop
make_image "$TEST_TMP/disk.img" 128M
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
cd "$SHORT"
head -c 12000000 /dev/urandom >data
state_is() { [[ $(cat "$ETHERD/.sys/block/etherd!e1.2/state") == "$1" ]]; }

# --- a target that stops and goes on, and one that is restarted, in the middle of writing
start_aoefuse -i "$CLIENT_IF"
wait_for 10 has e1.2
mkfs.ext4 -q "$ETHERD/e1.2"
loop=$(losetup --direct-io=on -f --show "$ETHERD/e1.2")
# Once: afterwards the device may be another test's.
detach() { [[ -z $loop ]] || losetup -d "$loop"; loop=; }
at_exit detach
mount "$loop" "$MNT"
for i in {1..6}; do cp data "$MNT/data$i" && sync -f "$MNT"; done &
writer=$!
kill -STOP "$TARGET_PID"
sleep 1.5
kill -CONT "$TARGET_PID"
sleep 0.3
kill_target
sleep 0.5
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
check "the writer goes on" wait "$writer"
for i in 1 6; do check "file $i is whole" cmp data "$MNT/data$i"; done
umount "$MNT"
detach
check "the file system is sound" fsck_says_ok "$ETHERD/e1.2"
stop_aoefuse

# --- dead for longer than allowed: errors, and back without help
start_aoefuse -i "$CLIENT_IF" --dead-seconds 2
wait_for 10 has e1.2
exec 3<"$ETHERD/e1.2"
stop_target
read_one() { dd if="$ETHERD/e1.2" of=/dev/null bs=4096 count=1 skip="$1" status=none; }
check "I/O fails" gives 1 '.*(Input/output error|No such device).*' timeout 60 dd bs=4096 count=1 of=/dev/null status=none <&3
check "the state is the driver's" wait_for 5 state_is down,closewait
check "err says it" gives 124 '.*e1\.2.*' timeout 1 cat "$ETHERD/err"
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img" 3<&-
check "it is up again by itself" wait_for 20 state_is up
check "and the open file works again" dd bs=4096 count=1 of=/dev/null status=none <&3
exec 3<&-
check "as do others" read_one 5
stop_aoefuse

# --- waiting for ever, and Ctrl-C
start_aoefuse -i "$CLIENT_IF" --wait-forever
wait_for 10 has e1.2
kill -STOP "$TARGET_PID"
read_one 7 & reader=$!
dd if="$ETHERD/e1.2" of=/dev/null bs=4096 count=1 skip=8 status=none & second=$!   # not a function: $! is to be dd
sleep 1
check "readers wait" kill -0 "$reader"
kill -TERM "$second"
check "one can be ended" wait_for 10 pid_gone "$second"
kill -CONT "$TARGET_PID"
check "the other gets its data" wait "$reader"
check "the disk works" read_one 9
stop_aoefuse
test_end
