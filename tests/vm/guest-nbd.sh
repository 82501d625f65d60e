# Runs in the test guest: file systems and verified I/O on a virtio disk and on a device of nbd-client.

ok() { echo "@@OK $*"; }
bad() { echo "@@FAIL $*"; }
check() { what=$1; shift; if "$@" >/tmp/out 2>&1; then ok "$what"; else bad "$what: $(tail -n 3 /tmp/out | tr '\n' ' ')"; fi; }
pattern() { yes "aoekit pattern $1" | head -c 1048576; }
poll() { tries=$(($1 * 5)); shift; until "$@"; do tries=$((tries - 1)); [ $tries -gt 0 ] || return 1; sleep 0.2; done; }

use() { # NAME DEVICE
  name=$1 device=$2
  check "$name: size 128 MiB" [ "$(blockdev --getsize64 "$device")" = 134217728 ]
  check "$name: fio, random mix, 16 deep, verified" timeout 150 fio --name=mix --filename="$device" --size=32M --rw=randrw \
    --direct=1 --bssplit=4k/60:12k/20:64k/20 --ioengine=libaio --iodepth=16 --verify=crc32c --verify_fatal=1 \
    --verify_state_save=0 --randrepeat=1
  check "$name: mkfs" mkfs.ext4 -q -F "$device"
  mkdir -p "/mnt/$name"
  check "$name: mount" mount -t ext4 "$device" "/mnt/$name"
  pattern "$name" >"/mnt/$name/pattern"
  head -c 20000000 /dev/urandom >"/mnt/$name/random"
  (cd "/mnt/$name" && sha256sum pattern random) >"/tmp/$name.sums"
  check "$name: umount" umount "/mnt/$name"
  echo 3 >/proc/sys/vm/drop_caches
  check "$name: mount again" mount -t ext4 "$device" "/mnt/$name"
  check "$name: verify" sh -c "cd /mnt/$name && sha256sum -c /tmp/$name.sums"
  check "$name: fstrim" fstrim "/mnt/$name"
  check "$name: umount again" umount "/mnt/$name"
}

check "modules" modprobe -a virtio_blk nbd
check "virtio: node" poll 10 test -b /dev/vda
use virtio /dev/vda

check "nbd: address" ip address add 192.0.2.2/24 dev eth0
check "nbd: nbd-client attaches it, 2 connections" nbd-client 192.0.2.1 10809 /dev/nbd0 -N e1.4 -C 2
use nbd /dev/nbd0
check "nbd: nbd-client lets it go" nbd-client -d /dev/nbd0
