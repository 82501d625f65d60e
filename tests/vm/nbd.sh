#!/bin/bash
# Machines that know nothing of AoE use AoE disks through nbdkit: one boots from it, one has it as its virtio disk and,
# with nbd-client over TCP, as a block device of its own.
#
#   srv0: targets ==== cli0 - br0 192.0.2.1 - nbdkit aoe, TCP port 10809 --+-- QEMU's virtio disk: e1.2, e1.3
#   e1.2 e1.3 e1.4             |                                           |
#                             tap0 - guest, 192.0.2.2: nbd-client ---------+-- /dev/nbd0: e1.4
#
# The guest's half is guest-nbd.sh.
set -euo pipefail
source "$(dirname "$0")/vm.sh"
source "$VM_DIR/boot-sector.sh"
PLUGIN=$AOEKIT_BIN/../lib/nbdkit-aoe-plugin.so

test_begin vm-nbd
[[ -r $PLUGIN ]] || skip "no nbdkit plugin at $PLUGIN (nbdkit-plugin-dev was missing when this was built)"
require_tool nbdkit nbd-client debugfs e2fsck cmp xxd
make_boot_image "$TEST_TMP/boot.img"
make_image "$TEST_TMP/virtio.img" 128M
make_image "$TEST_TMP/nbd.img" 128M
netns_pair vmnbd 9000
client_tap 9000
in_client ip link set lo up
in_client ip address add 192.0.2.1/24 dev br0
capture_start vm-nbd 96
start_target 1 2 "$SERVER_IF" "$TEST_TMP/boot.img"
start_target 1 3 "$SERVER_IF" "$TEST_TMP/virtio.img"
start_target 1 4 "$SERVER_IF" "$TEST_TMP/nbd.img"
ip netns exec "$CLIENT_NS" nbdkit -f -i 192.0.2.1 -P "$TEST_TMP/nbdkit.pid" "$PLUGIN" interface=br0 \
  >"$TEST_LOGS/nbdkit.log" 2>&1 &
NBDKIT_PID=$!
at_exit stop_pid "$NBDKIT_PID"
wait_for 20 test -s "$TEST_TMP/nbdkit.pid" || fail "nbdkit does not serve after 20 s"

drive() { echo "file=nbd://192.0.2.1/$1,format=raw,if=virtio,discard=unmap"; }
vm_start -machine graphics=off -m 128 -drive "$(drive e1.2)"
vm_wait 90 'aoekit boot sector .*\(COM1\)'
stop_pid "$VM_PID"
boot_results "$TEST_TMP/boot.img"

linux_start "$VM_DIR/guest-nbd.sh" -drive "$(drive e1.3)"
vm_wait 60 '^@@STEP booted'
vm_wait 300 '^@@END'
vm_results
check "guest: script ran to its end" grep -q '^@@END 0' "$VM_CONSOLE"
vm_off() { pid_gone "$VM_PID"; }
wait_for 20 vm_off || fail "the guest did not power off"
kill -TERM "$NBDKIT_PID"
check "nbdkit ends well" wait "$NBDKIT_PID"
capture_stop

pattern() { yes "aoekit pattern $1" | head -c 1048576; }
same() { cmp <(pattern "$1") <(debugfs -R 'cat /pattern' "$TEST_TMP/$1.img" 2>/dev/null); }
clean() { e2fsck -fn "$TEST_TMP/$1.img" >"$TEST_LOGS/fsck-$1.log" 2>&1; }
for disk in virtio nbd; do
  check "image $disk: ext4 is clean" clean $disk
  check "image $disk: ext4 pattern" same $disk
done
test_end
