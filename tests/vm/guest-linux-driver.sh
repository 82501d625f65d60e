# Runs in the test guest: the Linux aoe driver partitions, formats, verifies, and survives a resize and a crash.
#
#   /dev/etherd/e1.2   0   1M         64M        128M             256M        320M
#                      |MBR|  p1 vfat  |  p2 ext4  |  raw, for fio  |  after grow |
#                                                  128M: pattern, 132M: fio      |

DISK=/dev/etherd/e1.2
SYS='/sys/block/etherd!e1.2'
ok() { echo "@@OK $*"; }
bad() { echo "@@FAIL $*"; }
check() { what=$1; shift; if "$@" >/tmp/out 2>&1; then ok "$what"; else bad "$what: $(tail -n 3 /tmp/out | tr '\n' ' ')"; fi; }
poll() { tries=$(($1 * 5)); shift; until "$@"; do tries=$((tries - 1)); [ $tries -gt 0 ] || return 1; sleep 0.2; done; }
state_is() { [ "$(cat "$SYS/state" 2>/dev/null)" = "$1" ]; }
bytes_are() { [ "$(blockdev --getsize64 $DISK)" = "$1" ]; }
pattern() { yes "aoekit pattern $1" | head -c 1048576; }
fio_verified() { # NAME OFFSET SIZE RW MORE...: every block is checked against its crc32c after it was written
  name=$1 offset=$2 size=$3 rw=$4; shift 4
  timeout 150 fio --name="$name" --filename=$DISK --offset="$offset" --size="$size" --rw="$rw" --direct=1 \
    --ioengine=libaio --iodepth=32 --verify=crc32c --verify_fatal=1 --verify_state_save=0 --randrepeat=1 "$@"
}

modprobe aoe aoe_iflist=eth0 || bad "modprobe aoe"
poll 20 state_is up || aoe-discover
poll 20 state_is up || { bad "discovery: state is '$(cat "$SYS/state")'"; exit 1; }
ok "discovery: $DISK is up"
check "discovery: block node" test -b $DISK
check "discovery: payload 8704" [ "$(cat "$SYS/payload")" = 8704 ]
check "discovery: size 256 MiB" bytes_are 268435456
check "discovery: aoe-stat line" [ "$(aoe-stat | tr -s ' ')" = " e1.2 0.268GB eth0 8704 up " ]

printf 'label: dos\n1M,63M,c\n64M,64M,83\n' | sfdisk -q $DISK >/tmp/out 2>&1 || bad "sfdisk: $(cat /tmp/out)"
check "partition: two nodes" poll 5 test -b ${DISK}p1 -a -b ${DISK}p2
check "vfat: mkfs" mkfs.vfat ${DISK}p1
check "ext4: mkfs" mkfs.ext4 -q -F ${DISK}p2
mkdir /mnt/vfat /mnt/ext4
check "vfat: mount" mount -t vfat ${DISK}p1 /mnt/vfat
check "ext4: mount" mount -t ext4 ${DISK}p2 /mnt/ext4
for fs in vfat ext4; do
  pattern $fs >/mnt/$fs/pattern
  head -c 8000000 /dev/urandom >/mnt/$fs/random
  (cd /mnt/$fs && sha256sum pattern random) >/tmp/$fs.sums
  check "$fs: umount" umount /mnt/$fs
done
echo 3 >/proc/sys/vm/drop_caches
check "vfat: fsck" fsck.vfat -n ${DISK}p1
check "vfat: mount again" mount -t vfat -o ro ${DISK}p1 /mnt/vfat
check "ext4: mount again" mount -t ext4 -o ro ${DISK}p2 /mnt/ext4
for fs in vfat ext4; do
  check "$fs: verify" sh -c "cd /mnt/$fs && sha256sum -c /tmp/$fs.sums"
  check "$fs: umount again" umount /mnt/$fs
done
pattern raw | dd of=$DISK bs=1M seek=128 oflag=direct iflag=fullblock 2>/dev/null || bad "raw pattern"

check "fio: random mix, 32 deep, verified" fio_verified mix 132M 64M randrw --rwmixread=30 --bssplit=512/5:4k/60:12k/15:64k/20 --bs_unaligned

exec 8<$DISK   # held open: only aoe-revalidate can bring the new size
echo "@@STEP resize"
resized() { aoe-revalidate e1.2; sleep 0.5; bytes_are 335544320; }
if poll 4 resized; then ok "resize: 320 MiB after aoe-revalidate"
else bad "resize: $(blockdev --getsize64 $DISK) bytes, not 335544320, after aoe-revalidate"; fi
exec 8<&-

fio_verified crash 132M 64M randwrite --bs=4k --rate_iops=2500 >/tmp/fio.log 2>&1 &
fio=$!
sleep 2
kill -0 $fio 2>/dev/null || bad "crash: fio ended too early"
echo "@@STEP crash"
if wait $fio; then ok "crash: verified I/O went on after the restart"; else bad "crash: fio: $(tail -n 5 /tmp/fio.log)"; fi
check "crash: disk is up" state_is up
check "crash: disk answers" dd if=$DISK of=/dev/null bs=1M count=4 iflag=direct
