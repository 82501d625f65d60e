# A disk whose boot sector reads the next sector, writes it to the one after, and prints it.
#
#   sector 0: code   1: text   2: copy         BIOS int 13h -> code at 0:7C00 -> COM1 = console.log
#
#   make_boot_image FILE     makes it
#   boot_results FILE        the checks, after the machine printed its line on COM1
#
# Brought in after vm.sh.

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

make_boot_image() {
  put() { dd of="$image" bs=1 seek="$1" conv=notrunc status=none; }
  local image=$1
  make_image "$image" 16M
  boot_code | put 0
  disk_address_packet | put $((0x110))
  two_lines "aoekit boot sector cannot reach its disk" | put $((0x120))
  printf '\x55\xaa' | put 510
  two_lines "aoekit boot sector says hello" | put 512
}

boot_results() {
  sector() { dd if="$image" bs=512 skip="$1" count=1 status=none; }
  copied() { cmp <(sector 1) <(sector 2); }
  local image=$1
  check "the boot sector read and printed its text" grep -aq 'aoekit boot sector says hello (COM1)' "$VM_CONSOLE"
  check "the BIOS printed it, too" grep -aq 'aoekit boot sector says hello (screen' "$VM_CONSOLE"
  check "the boot sector's write reached the image" copied
}
