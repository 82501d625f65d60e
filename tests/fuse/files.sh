#!/usr/bin/env bash
# What aoefuse shows: disks and partitions as files, the driver's control files, and the attributes the aoetools read.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

fuse_begin fuse-files 9000
require_tool sfdisk
make_image "$TEST_TMP/disk.img" 64M
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
start_aoefuse -i "$CLIENT_IF"
check "the disk is there" wait_for 10 has e1.2
check "control files" has discover interfaces revalidate flush err
check "a regular file of the disk's size" [ "$(stat -c '%F %s %a' "$ETHERD/e1.2")" = "regular file 67108864 660" ]
check "control files are for writing" [ "$(stat -c '%a %a' "$ETHERD/discover")" = "220 220" ]
check "no other names" gives 2 '.*No such file.*' ls "$ETHERD/e1.20"

# --- bytes
cd "$SHORT"
head -c 3000000 /dev/urandom >data
check "whole sectors are written" dd if=data of="$ETHERD/e1.2" bs=512 count=5000 conv=notrunc,fsync status=none
check "and are on the target's disk" cmp -n 2560000 data "$TEST_TMP/disk.img"
check "odd lengths at odd places" dd if=data of="$ETHERD/e1.2" bs=1000003 seek=7 oflag=seek_bytes conv=notrunc,fsync status=none
check "are there" cmp -i 0:7 data "$TEST_TMP/disk.img" -n 3000000
check "and nothing else changed" cmp -n 7 data "$TEST_TMP/disk.img"
check "odd reads" cmp -n 2999993 -i 0:7 data "$ETHERD/e1.2"
check "cp onto it keeps its size" cp data "$ETHERD/e1.2"
check "the size is the disk's" [ "$(stat -c %s "$ETHERD/e1.2")" = 67108864 ]
check "cp wrote it" cmp -n 3000000 data "$ETHERD/e1.2"
check "truncating is refused" gives 1 '.*Invalid argument.*' truncate -s 1M "$ETHERD/e1.2"
check "no space past the end" gives 1 '.*No space left.*' dd if=data of="$ETHERD/e1.2" bs=1M seek=64 count=1 conv=notrunc status=none
check "reading ends at the end" [ "$(dd if="$ETHERD/e1.2" bs=1M skip=63 status=none | wc -c)" = 1048576 ]
check "holes are punched" fallocate --punch-hole -o 1000000 -l 1000000 "$ETHERD/e1.2"
check "and read as zeros" cmp -n 1000000 -i 1000000:0 "$ETHERD/e1.2" /dev/zero
check "and no more than asked" cmp -n 1000000 data "$ETHERD/e1.2"
check "and no more behind" cmp -n 1000000 -i 2000000 data "$ETHERD/e1.2"
check "ranges are zeroed" fallocate --zero-range -o 512 -l 1024 "$ETHERD/e1.2"
check "zeros" cmp -n 1024 -i 512:0 "$ETHERD/e1.2" /dev/zero

# --- attributes
sys=$ETHERD/.sys
attribute() { cat "$sys/block/etherd!e1.2/$1"; }
check "state" [ "$(attribute state)" = up ]
check "size" [ "$(attribute size)" = 131072 ]
check "netif" [ "$(attribute netif)" = "$CLIENT_IF" ]
check "mac" [ "$(attribute mac)" = "${SERVER_MAC//:/}" ]
check "payload" [ "$(attribute payload)" = 8704 ]
check "firmware-version" grep -Eq '^0x[0-9a-f]{4}$' "$sys/block/etherd!e1.2/firmware-version"
check "dev" grep -Eq '^152:[0-9]+$' "$sys/block/etherd!e1.2/dev"
check "interfaces in use" [ "$(cat "$sys/module/aoe/parameters/aoe_iflist")" = "$CLIENT_IF" ]
check "version" grep -q '^aoefuse ' "$sys/module/aoe/version"
if [[ -x /sbin/aoe-stat ]]; then
  check "Debian's aoe-stat reads it" [ "$(sysfs_dir=$sys /sbin/aoe-stat | tr -s ' ')" = " e1.2 0.067GB $CLIENT_IF 8704 up " ]
else
  echo "ok   Debian's aoe-stat # not tried: not installed"
fi

# --- partitions
check "a DOS table" sfdisk -q "$ETHERD/e1.2" <<<$'label: dos\n1: size=10M\n2: size=30M, type=5\n5: size=5M\n6: size=6M'
check "its partitions are there at once" has e1.2p1 e1.2p2 e1.2p5 e1.2p6
check "of their sizes" [ "$(stat -c %s "$ETHERD/e1.2p1" "$ETHERD/e1.2p5" "$ETHERD/e1.2p6" | tr '\n' ' ')" = "10485760 5242880 6291456 " ]
start=$(sfdisk -l -o Start "$ETHERD/e1.2" | tail -1)
check "a partition is written" dd if=data of="$ETHERD/e1.2p6" bs=1M count=2 conv=notrunc,fsync status=none
check "where it is" cmp -n 2097152 -i 0:$((start * 512)) data "$TEST_TMP/disk.img"
check "a GPT" sfdisk -q --wipe always "$ETHERD/e1.2" <<<$'label: gpt\n,10M\n,20M'
check "replaces them" has e1.2p1 e1.2p2
check "all" lacks e1.2p5 e1.2p6
dd if=/dev/zero of="$TEST_TMP/disk.img" bs=1M count=1 conv=notrunc status=none
check "partitions go when others removed the table" sh -c "echo e1.2 >'$ETHERD/revalidate'"
check "after revalidate" wait_for 5 lacks e1.2p1

# --- control files
stop_target
make_image "$TEST_TMP/other.img" 32M
start_target 7 0 "$SERVER_IF" "$TEST_TMP/other.img"
check "discover" sh -c "echo >'$ETHERD/discover'"
check "finds what is new" wait_for 5 has e7.0
check "flush takes a name" sh -c "echo -n e1.2 >'$ETHERD/flush'"
check "and forgets that disk" lacks e1.2
check "and no other" has e7.0
check "an open disk is not forgotten" gives 1 '.*(busy|Busy).*' bash -c "exec 3<'$ETHERD/e7.0'; echo e7.0 >'$ETHERD/flush'"
check "nonsense is refused" gives 1 '.*Invalid argument.*' bash -c "echo nonsense >'$ETHERD/revalidate'"
check "err says why, once" gives 124 ".*revalidate: 'nonsense' is not a disk like e1.2.*" timeout 1 cat "$ETHERD/err"
check "and then waits" gives 124 '' timeout 0.5 cat "$ETHERD/err"
check "or does not" gives 1 '.*temporarily unavailable.*' dd if="$ETHERD/err" iflag=nonblock status=none

# --- other interfaces while it runs
exec 3<"$ETHERD/e7.0"
check "an interface that is not there is refused" gives 1 '.*No such device.*' bash -c "echo nosuch0 >'$ETHERD/interfaces'"
check "and all stays" [ "$(cat "$sys/module/aoe/parameters/aoe_iflist")" = "$CLIENT_IF" ]
check "all interfaces" sh -c "echo >'$ETHERD/interfaces'"
check "are named nowhere" [ -z "$(cat "$sys/module/aoe/parameters/aoe_iflist")" ]
check "an open disk stays" cmp -n 4096 /dev/fd/3 "$TEST_TMP/other.img"
check "and is there anew" wait_for 10 has e7.0
exec 3<&-
check "and works anew" wait_for 10 cmp -n 4096 "$ETHERD/e7.0" "$TEST_TMP/other.img"

# --- resize
truncate -s 48M "$TEST_TMP/other.img"
resized() { [[ $(stat -c %s "$ETHERD/e7.0") == 50331648 ]]; }
check "growth is noticed" wait_for 10 resized
exec 3<"$ETHERD/e7.0"
truncate -s 64M "$TEST_TMP/other.img"
resized() { [[ $(stat -L -c %s /proc/self/fd/3) == 67108864 ]]; }
check "also of an open disk" wait_for 10 resized
exec 3<&-
stop_aoefuse

# --- what it may show
start_aoefuse -i "$CLIENT_IF" --devices 'e1.*,e7.1'
check "what is not on the list stays away" lacks e7.0
stop_aoefuse
start_aoefuse -i "$CLIENT_IF" --read-only --devices 'e7.*'
check "read-only shows" wait_for 10 has e7.0
check "and reads" cmp -n 1048576 "$ETHERD/e7.0" "$TEST_TMP/other.img"
check "and is measured" gives 0 "$ETHERD/e7.0: random reads of 4 KiB, 32 outstanding.*errors 0.*" \
  aoe bench "$ETHERD/e7.0" --seconds 0.3 --warm-up 0.1
check "and does not write" gives 1 '.*Read-only file system.*' dd if=data of="$ETHERD/e7.0" bs=512 count=1 conv=notrunc status=none
stop_aoefuse
start_aoefuse -i "$CLIENT_IF" --cache on
wait_for 10 has e7.0
check "with the page cache" dd if=data of="$ETHERD/e7.0" bs=1M conv=notrunc,fsync status=none
check "writes arrive as well" cmp -n 3000000 data "$TEST_TMP/other.img"
check "and are read back" cmp -n 3000000 data "$ETHERD/e7.0"
stop_aoefuse
test_end
