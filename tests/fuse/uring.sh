#!/usr/bin/env bash
# Requests that come by io_uring: that they do, small and large ones, more than there is room for; a disk that falls
# silent; and every end that aoefuse can come to meanwhile.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

fuse_begin fuse-uring 9000
require_tool fio mkfs.ext4 losetup
require_loop
switch=/sys/module/fuse/parameters/enable_uring
[[ -e $switch ]] || skip "the kernel has no FUSE over io_uring"
before=$(<"$switch")
at_exit bash -c "echo $before >$switch"
(echo Y >"$switch") 2>/dev/null || skip "cannot switch FUSE over io_uring on"
make_image "$TEST_TMP/disk.img" 128M
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
cd "$SHORT"
head -c 12000000 /dev/urandom >data

begin_aoefuse() { in_foreground "$@"; wait_for 10 has e1.2 || fail "aoefuse shows no disk"; }
fio_says_ok() {
  timeout 100 fio --name=test --filename="$ETHERD/e1.2" --direct=1 --ioengine=io_uring --verify_fatal=1 \
    --output="$TEST_LOGS/fio.log" "$@"
}
read_one() { dd if="$ETHERD/e1.2" of=/dev/null bs=4096 count=1 skip="$1" status=none 2>/dev/null; }
system_reads() { awk '/^syscr/ { print $2 }' "/proc/$AOEFUSE_PID/io"; }
# How often aoefuse called read(2) while 1000 blocks were read.
reads_for_1000() {
  local first
  first=$(system_reads)
  dd if="$ETHERD/e1.2" of=/dev/null bs=4096 count=1000 iflag=direct status=none
  echo $(($(system_reads) - first))
}

# --- whether they come that way
begin_aoefuse --io-uring off
check "not when it may not" gives 1 '' grep io_uring "$TEST_LOGS/aoefuse.log"
if [[ -e /proc/self/io ]]; then check "then the device is read" [ "$(reads_for_1000)" -ge 1000 ]; fi
umount "$ETHERD"
check "it ends" ends_with 0
begin_aoefuse
check "it says so" log_says 'requests come by io_uring'
if [[ -e /proc/self/io ]]; then check "the device is not read" [ "$(reads_for_1000)" -lt 500 ]; fi

# --- bytes
check "large writes" dd if=data of="$ETHERD/e1.2" bs=256K conv=notrunc,fsync status=none
check "are on the target's disk" cmp -n 12000000 data "$TEST_TMP/disk.img"
check "large reads" dd if="$ETHERD/e1.2" of=read bs=256K count=45 status=none
check "are the same" cmp -n 11796480 data read
odd=(bs=70001 seek=7 oflag=seek_bytes)
check "odd lengths at odd places" dd if=data of="$ETHERD/e1.2" "${odd[@]}" conv=notrunc,fsync status=none
check "are there" cmp -i 0:7 -n 12000000 data "$TEST_TMP/disk.img"
check "and are read" cmp -i 0:7 -n 11999993 data "$ETHERD/e1.2"
check "32 small requests at a time" fio_says_ok --rw=randwrite --bs=4k --size=32M --iodepth=32 --verify=crc32c
check "of all sizes" fio_says_ok --rw=randwrite --bsrange=512-256k --size=64M --iodepth=32 --verify=crc32c
# More than there are slots, and more than there are buffers.
many=(--rw=randwrite --verify=crc32c --thread --numjobs=128 --size=1M --offset_increment=1M --ioengine=psync)
check "128 small ones" fio_says_ok "${many[@]}" --bs=4k
check "128 large ones" fio_says_ok "${many[@]}" --bs=256k

# --- a file system
check "mkfs" mkfs.ext4 -q -F "$ETHERD/e1.2"
loop=$(losetup --direct-io=on -f --show "$ETHERD/e1.2")
detach() { [[ -z $loop ]] || losetup -d "$loop"; loop=; }
at_exit detach
mount "$loop" "$MNT"
check "a file" cp data "$MNT/data"
umount "$MNT"
mount "$loop" "$MNT"
check "is there" cmp data "$MNT/data"
umount "$MNT"
detach
check "the file system is sound" wait_for 10 fsck_says_ok "$ETHERD/e1.2"

# --- a cable that is pulled, and processes that wait and are ended
fio_says_ok --rw=randwrite --bs=16k --size=32M --io_size=256M --iodepth=32 --verify=crc32c & writer=$!
sleep 0.5
ip -n "$CLIENT_NS" link set "$CLIENT_IF" down
sleep 1
ip -n "$CLIENT_NS" link set "$CLIENT_IF" up
check "the writer goes on when the cable is back" wait "$writer"
kill -STOP "$TARGET_PID"
read_one 7 & reader=$!
dd if=data of="$ETHERD/e1.2" bs=256K count=1 conv=notrunc oflag=direct status=none & second=$!
sleep 1
check "they wait" kill -0 "$reader" "$second"
kill -TERM "$second"
check "one can be ended, and what it has open be closed" wait_for 10 pid_gone "$second"
kill -CONT "$TARGET_PID"
check "the other gets its data" wait "$reader"
check "others are served" read_one 9

# --- ends
exec 3<>"$ETHERD/e1.2"
check "umount is refused while a file is open" gives 32 '.*busy.*' umount "$ETHERD"
kill -TERM "$AOEFUSE_PID"
check "TERM hides it" wait_for 5 gone
check "and serves on" bash -c 'dd if=data bs=1M count=1 status=none >&3'
exec 3>&-
check "until the file is closed" ends_with 0
check "nothing was lost" cmp -n 1048576 data "$TEST_TMP/disk.img"

# Requests are under way, and nobody answers.
readers=()
begin_readers() {
  begin_aoefuse
  kill -STOP "$TARGET_PID"
  readers=()
  for i in {1..8}; do read_one "$i" & readers+=($!); done
  sleep 0.5
}
readers_fail() {
  local pid
  for pid in "${readers[@]}"; do wait_for 10 pid_gone "$pid" && ! wait "$pid" || return 1; done
}
begin_readers
kill -TERM "$AOEFUSE_PID"
check "TERM" wait_for 5 log_says 'still in use'
kill -TERM "$AOEFUSE_PID"
check "a second one ends it at once" ends_with 1
check "its readers get errors" readers_fail
kill -CONT "$TARGET_PID"

begin_readers
kill -KILL "$AOEFUSE_PID"
check "KILL" ends_with 137
check "its readers get errors" readers_fail
check "the directory is dead" gives 2 '.*not connected.*' timeout 10 ls "$ETHERD"
kill -CONT "$TARGET_PID"

mkdir connections
mount -t fusectl none connections
begin_readers
id=$(grep -F " $ETHERD " /proc/self/mountinfo | tail -n 1 | cut -d' ' -f3)
echo 1 >"connections/${id#*:}/abort"
check "the kernel's abort: its readers get errors" readers_fail
kill -CONT "$TARGET_PID"
check "it ends" ends_with 0
umount connections

begin_aoefuse
check "and the next one begins" read_one 1
kill -TERM "$AOEFUSE_PID"
check "TERM ends it" ends_with 0
check "nothing stays mounted" gone
test_end
