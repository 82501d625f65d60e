#!/bin/bash
# NBD clients use an AoE disk: its facts, copies both ways, images, zeros, trims, FUA - on our target and Debian's.
#   export.sh ours|debian
set -euo pipefail
source "$(dirname "$0")/lib.sh"

WHICH=$1
[[ $WHICH == ours ]] || VBLADE=/usr/sbin/vblade
nbd_begin "nbd-export-$WHICH" nbdinfo nbdcopy qemu-img qemu-io jq tshark
require_python_nbd
image=$TEST_TMP/disk.img random=$TEST_TMP/random out=$TEST_TMP/out
make_image "$image" 64M
head -c 64M /dev/urandom >"$random"
if [[ $WHICH == ours ]]; then netns_pair nbdexp 9000; else netns_pair nbdexpd 1500; fi
[[ $WHICH == ours ]] && capture_start "nbd-export-$WHICH" 128
start_target 1 2 "$SERVER_IF" "$image"
nbdkit_start shelf=1 slot=2 interface="$CLIENT_IF"

info() { # JQ-EXPRESSION: true of the export
  nbdinfo --no-content --json "$(uri)" | jq -e ".exports[0] | $1" >/dev/null ||
    { nbdinfo --no-content --json "$(uri)" | jq -c '.exports[0] | del(.contexts)' >&2; return 1; }
}
qemu() { # COMMAND: must succeed; qemu-io's own status says nothing of it
  local said
  said=$(qemu-io -f raw -c "$1" "$(uri)" 2>&1) && [[ ! $said =~ failed|error ]] || { echo "$1: $said" >&2; return 1; }
}

check "size" info '."export-size" == 67108864'
check "name and description" info '."export-name" == "e1.2" and (.description | test("64 MiB"))'
check "writable, several connections, zeros, fast zeros" \
  info '(.is_read_only | not) and .can_multi_conn and .can_zero and .can_fast_zero and (.can_cache | not)'
check "blocks: 512 at least, 4096 better, 32 MiB at most" \
  info '.block_size_minimum == 512 and .block_size_preferred == 4096 and .block_size_maximum == 33554432'
if [[ $WHICH == ours ]]; then
  check "flush, FUA, trim" info '.can_flush and .can_fua and .can_trim'
else
  check "no trim, which it does not have" info '.can_trim | not'
fi
check "no extents known: all is data" [ "$(nbdinfo --map --json "$(uri)" | jq -c '[.[] | [.offset, .length, .type]]')" = '[[0,67108864,0]]' ]

check "nbdcopy to the disk, flushed" nbdcopy --flush "$random" "$(uri)"
check "the target has it" cmp "$random" "$image"
check "nbdcopy from the disk" nbdcopy "$(uri)" "$out"
check "it is the same" cmp "$random" "$out"
rm "$out"

check "qemu-img info" gives 0 '.*file format: raw.*virtual size: 64 MiB.*' qemu-img info "$(uri)"
check "qemu-img convert from the disk" qemu-img convert -f raw -O qcow2 "$(uri)" "$TEST_TMP/backup.qcow2"
check "qemu-img compare" gives 0 'Images are identical.*' qemu-img compare -f qcow2 -F raw "$TEST_TMP/backup.qcow2" "$(uri)"
check "the disk is changed" qemu 'write -P 0x5a 17M 1M'
check "qemu-img compare sees it" gives 1 'Content mismatch at offset 17825792!.*' \
  qemu-img compare -f qcow2 -F raw "$TEST_TMP/backup.qcow2" "$(uri)"
check "qemu-img convert back to the disk" qemu-img convert -n -W -f qcow2 -O raw "$TEST_TMP/backup.qcow2" "$(uri)"
check "the target has it again" cmp "$random" "$image"

zeros_at() { cmp <(tail -c "+$(($1 + 1))" "$image" | head -c "$2") <(head -c "$2" /dev/zero); }   # OFFSET BYTES
check "zeros, written" qemu 'write -z 1M 3M'
check "zeros, the rest stays" cmp -n 1048576 "$random" "$image"
check "zeros are on the target" zeros_at 1048576 3145728
check "zeros that may be trimmed" qemu 'write -z -u 8M 8M'
check "they read as zeros" zeros_at 8388608 8388608
check "FUA write" qemu 'write -f -P 0x11 32M 68k'
check "FUA write of zeros" qemu 'write -f -z -u 33M 64k'
check "flush" qemu 'flush'
check "the pattern is there" qemu 'read -P 0x11 32M 68k'
check "FUA zeros are there" zeros_at 34603008 65536
if [[ $WHICH == ours ]]; then
  before=$(stat -c %b "$image")
  check "trim" qemu 'discard 40M 16M'
  freed() { (($(stat -c %b "$image") <= before - 16 * 2048 + 64)); }
  check "trim gave the room back" freed
fi

fast_zero() { python_nbd '
try:
  h.zero(1 << 20, 0, nbd.CMD_FLAG_FAST_ZERO | int(os.environ["MORE"]))
  print("fast")
except nbd.Error as e:
  print("refused", e.errno)'; }
export MORE=2   # NO_HOLE: has to be written
check "fast zeros that must be written are refused" gives 0 'refused ENOTSUP.*' fast_zero
export MORE=0
if [[ $WHICH == ours ]]; then expected=fast; else expected='refused ENOTSUP'; fi
check "fast zeros that may be trimmed: $expected" gives 0 "$expected.*" fast_zero
check "half a sector is refused, with a hint" gives 0 'EINVAL.*' python_nbd '
h.set_strict_mode(0)
try:
  h.pwrite(b"x" * 100, 0)
except nbd.Error as e:
  print(e.errno)'
check "the hint" nbdkit_says '100 bytes at 0 are not whole sectors.*--filter=blocksize'

stop_target
check "nbdkit ends well" nbdkit_stop
capture_stop
sent() { # OPCODE: whether the initiator sent it
  [[ -n $(tshark -r "$AOEKIT_CAPTURES/nbd-export-$WHICH.pcap" -Y "aoe.response == 0 && aoe.ata.cmd == $1" 2>/dev/null) ]]
}
if [[ $WHICH == ours ]]; then
  check "on the wire: WRITE DMA FUA EXT" sent 0x3d
  check "on the wire: FLUSH CACHE EXT" sent 0xea
  check "on the wire: DATA SET MANAGEMENT" sent 0x06
fi
test_end
