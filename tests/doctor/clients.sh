#!/bin/bash
# aoe doctor: the kernel's driver that lacks a disk, may not use the interface, or has given the disk up.
#
#   srv0: target e1.2 ==== cli0: aoe doctor, with a made-up /sys/module and /sys/block
set -euo pipefail
source "$(dirname "$0")/lib.sh"

test_begin doctor-clients
require_tool unshare
netns_pair docown 1500
make_image "$TEST_TMP/disk.img" 16M
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"

cat >"$TEST_TMP/driver" <<'SH'
# LIST STATE COMMAND...: runs COMMAND where the driver seems to be loaded, restricted to LIST, with e1.2 in STATE if any
mount -t tmpfs none /sys/module && mount -t tmpfs none /sys/block || exit 77
mkdir -p /sys/module/aoe/parameters
echo 85 >/sys/module/aoe/version
echo "$1" >/sys/module/aoe/parameters/aoe_iflist
if [ -n "$2" ]; then
  mkdir '/sys/block/etherd!e1.2'
  echo "$2" >'/sys/block/etherd!e1.2/state'
fi
shift 2
exec "$@"
SH
driver() { AROUND=(unshare -m sh "$TEST_TMP/driver" "$@"); }

healthy "no driver"
driver '' up
healthy "the driver has the disk"
driver '' ''
finds "the driver lacks the disk" PROBLEM driver-misses 'e1\.2' 'aoe-discover'
driver eth7,eth8 up
finds "the driver may not use the interface" PROBLEM driver-interfaces cli0 \
  'restricted to eth7 eth8.*aoe-interfaces eth7 eth8 cli0 && aoe-discover'
driver '' down,closewait
finds "the driver has given the disk up" PROBLEM disk-down 'e1\.2' 'still has it open.*aoe-flush e1\.2 && aoe-discover'
driver '' down
finds "the same, closed" PROBLEM disk-down 'e1\.2' '-> aoe-flush e1\.2 && aoe-discover'
if [[ -x $AOEKIT_BIN/aoefuse && -e /dev/fuse ]]; then
  mkdir "$TEST_TMP/etherd"
  both() { # in the namespace of the client: aoefuse beside the driver
    cat >"$TEST_TMP/both" <<SH
"$AOEKIT_BIN/aoefuse" -i cli0 "$TEST_TMP/etherd" || exit 77
for i in \$(seq 100); do [ -e "$TEST_TMP/etherd/e1.2" ] && break; sleep 0.1; done
"\$@"
status=\$?
umount "$TEST_TMP/etherd"
exit \$status
SH
    driver '' up sh "$TEST_TMP/both"
  }
  both
  finds "driver and aoefuse have the disk" PROBLEM two-clients 'e1\.2' 'by kernel and by aoefuse'
else
  echo "ok   driver and aoefuse have the disk # not tried: no aoefuse here"
fi
test_end
