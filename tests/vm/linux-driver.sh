#!/bin/bash
# The Linux aoe driver, in a guest, uses the target as a disk: file systems, verified I/O, a resize, a crash of the target.
#
#   srv0: target e1.2 ==== cli0 - br0 - tap0 - guest: aoe.ko, /dev/etherd/e1.2
#         disk.img                                    MTU 9000 everywhere
#
# The guest's half is guest-linux-driver.sh. Afterwards the image is checked here, without the target.
set -euo pipefail
source "$(dirname "$0")/vm.sh"

pattern() { yes "aoekit pattern $1" | head -c 1048576; }
part() { dd if="$IMAGE" of="$2" bs=1M skip="${1%+*}" count="${1#*+}" status=none; }   # part FIRST+COUNT FILE, in MiB
clean_vfat() { fsck.vfat -n "$TEST_TMP/p1" >"$TEST_LOGS/fsck-vfat.log" 2>&1; }
clean_ext4() { e2fsck -fn "$TEST_TMP/p2" >"$TEST_LOGS/fsck-ext4.log" 2>&1; }
same_raw() { cmp <(pattern raw) <(dd if="$IMAGE" bs=1M skip=128 count=1 status=none); }
same_ext4() { cmp <(pattern ext4) <(debugfs -R 'cat /pattern' "$TEST_TMP/p2" 2>/dev/null); }
same_vfat() {   # a fresh vfat keeps its first file in one piece
  local at
  at=$(LC_ALL=C grep -abom 1 'aoekit pattern vfat' "$TEST_TMP/p1" | sed -n '1s/:.*//p')
  [[ -n $at ]] && cmp <(pattern vfat) <(dd if="$TEST_TMP/p1" bs=64K iflag=skip_bytes,count_bytes skip="$at" count=1048576 status=none)
}

test_begin vm-linux-driver
require_tool debugfs e2fsck fsck.vfat cmp
IMAGE=$TEST_TMP/disk.img
make_image "$IMAGE" 256M
netns_pair vmlin 9000
client_tap 9000
capture_start vm-linux-driver 96
start_target 1 2 "$SERVER_IF" "$IMAGE"
linux_start "$VM_DIR/guest-linux-driver.sh"

vm_wait 60 '^@@STEP booted'
vm_wait 200 '^@@(STEP resize|END)'
truncate -s 320M "$IMAGE"
vm_wait 60 '^@@(STEP crash|END)'
kill_target
sleep 2.5
interrupted() { ! grep -Eq '^@@(OK|FAIL) crash: (verified|fio)' "$VM_CONSOLE"; }
check "crash: the target was away in the middle of the I/O" interrupted
start_target 1 2 "$SERVER_IF" "$IMAGE"
vm_wait 180 '^@@END'
vm_results
check "guest: script ran to its end" grep -q '^@@END 0' "$VM_CONSOLE"
stop_target
capture_stop

part 1+63 "$TEST_TMP/p1"
part 64+64 "$TEST_TMP/p2"
check "image: raw pattern" same_raw
check "image: vfat is clean" clean_vfat
check "image: vfat pattern" same_vfat
check "image: ext4 is clean" clean_ext4
check "image: ext4 pattern" same_ext4
test_end
