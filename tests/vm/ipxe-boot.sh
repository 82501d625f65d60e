#!/bin/bash
# iPXE boots from the target: its boot sector reads the next sector, writes it to the one after, and prints it.
#
#   srv0: target e1.2 ==== cli0 - br0 - tap0 - e1000 card, iPXE: sanboot aoe:e1.2
#         disk.img                                    |
#         sector 0: code   1: text   2: copy         BIOS int 13h -> code at 0:7C00 -> COM1 = console.log
set -euo pipefail
source "$(dirname "$0")/vm.sh"
IPXE=/usr/lib/ipxe/ipxe.lkrn

boot_code() { # 16-bit x86, hexadecimal, loaded at 0:7C00
  sed 's,#.*,,' <<'HEX' | xxd -r -p
fa 31c0 8ed8 8ec0 8ed0 bc007c fb  # cli; ds = es = ss = 0; sp = 7C00; sti
be107d                            # si = 7D10, the disk address packet below; dl is the drive
b442 cd13 7210                    # int 13h/42: read;   carry: to "bad"
ff06187d                          # sector number 1 -> 2
b80043 cd13 7205                  # int 13h/43: write;  carry: to "bad"
be007e eb03                       # si = 7E00, the text that was read; to "screen"
be207d                            # bad: si = 7D20
ac 84c0 7409                      # screen: next byte; 0: to "serial"
b40e bb0700 cd10 ebf2             # int 10h/0E: print it; to "screen"
ac 84c0 7412                      # serial: next byte; 0: to "stop"
88c4 bafd03                       # keep it in ah; dx = 3FD, the line status of COM1
ec a820 74fb                      # wait until the transmitter is empty
88e0 baf803 ee ebe9               # out 3F8; to "serial"
fa f4 ebfc                        # stop: halt for good
HEX
}
disk_address_packet() { # 16 bytes, 1 sector, buffer 0000:7E00, sector 1
  printf '\x10\0\x01\0\0\x7e\0\0\x01\0\0\0\0\0\0\0'
}
two_lines() { printf '%s\r\n\0%s\r\n\0' "$1 (screen)" "$1 (COM1)"; }
put() { dd of="$IMAGE" bs=1 seek="$1" conv=notrunc status=none; }

test_begin vm-ipxe-boot
require_tool xxd
[[ -r $IPXE ]] || skip "no $IPXE (package ipxe)"
IMAGE=$TEST_TMP/disk.img
make_image "$IMAGE" 16M
boot_code | put 0
disk_address_packet | put $((0x110))
two_lines "aoekit boot sector cannot reach its disk" | put $((0x120))
printf '\x55\xaa' | put 510
two_lines "aoekit boot sector says hello" | put 512
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

sector() { dd if="$IMAGE" bs=512 skip="$1" count=1 status=none; }
copied() { cmp <(sector 1) <(sector 2); }
check "the boot sector read and printed its text" grep -aq 'aoekit boot sector says hello (COM1)' "$VM_CONSOLE"
check "the BIOS printed it, too" grep -aq 'aoekit boot sector says hello (screen' "$VM_CONSOLE"
check "the boot sector's write reached the image" copied
test_end
