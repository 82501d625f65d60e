#!/bin/bash
# iPXE boots from the target: its boot sector reads the next sector, writes it to the one after, and prints it.
#
#   srv0: target e1.2 ==== cli0 - br0 - tap0 - e1000 card, iPXE: sanboot aoe:e1.2
#         disk.img                                    |
#                                                   BIOS int 13h -> boot-sector.sh -> COM1 = console.log
set -euo pipefail
source "$(dirname "$0")/vm.sh"
source "$VM_DIR/boot-sector.sh"
IPXE=/usr/lib/ipxe/ipxe.lkrn

test_begin vm-ipxe-boot
require_tool xxd
[[ -r $IPXE ]] || skip "no $IPXE (package ipxe)"
IMAGE=$TEST_TMP/disk.img
make_boot_image "$IMAGE"
printf '#!ipxe\nifopen net0\nsanboot --keep aoe:e1.2 || echo sanboot failed\nsleep 60\n' >"$TEST_TMP/boot.ipxe"

netns_pair vmipxe 1500
client_tap 1500
capture_start vm-ipxe-boot
start_target 1 2 "$SERVER_IF" "$IMAGE"
vm_start -machine graphics=off -m 128 -device e1000,netdev=n0,romfile= -kernel "$IPXE" -initrd "$TEST_TMP/boot.ipxe"
vm_wait 90 'aoekit boot sector .*\(COM1\)|sanboot failed'
stop_pid "$VM_PID"
stop_target
capture_stop

boot_results "$IMAGE"
test_end
