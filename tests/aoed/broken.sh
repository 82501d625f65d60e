#!/usr/bin/env bash
# A disk that fails: its own export answers errors, acknowledges nothing that is not there, and works again when the disk
# does; the export beside it is unhurt. The disk is a loop device whose file loses its end, or the room to be written to.
source "$(dirname "$0")/../lib/env.sh"
own_mounts "$@"
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-broken
losetup -f >/dev/null 2>&1 || skip "no loop devices"
netns_pair aoedbrok 1500
# 6 MiB of room for a file of 16 MiB.
mkdir "$TEST_TMP/small"
mount -t tmpfs -o size=6M tmpfs "$TEST_TMP/small" || skip "cannot mount tmpfs"
at_exit umount -l "$TEST_TMP/small"
backing=$TEST_TMP/small/disk
make_image "$backing" 16M
loop=$(losetup --find --show "$backing") || skip "no loop device to be had"
at_exit losetup -d "$loop"
make_image "$TEST_TMP/sound.img" 16M
aoed_config <<END
[export."e1.1"]
path = "$loop"
caching = "direct"
[export."e1.2"]
path = "$TEST_TMP/sound.img"
END
start_aoed
check "both are served" eval 'wait_for 10 found e1.1 && found e1.2'
head -c 1M /dev/urandom >"$TEST_TMP/data"
writes() { aoe write -q -i "$CLIENT_IF" --offset "$2" "$1" "$TEST_TMP/data" 2>>"$TEST_LOGS/client.log"; }
reads() { aoe read -q -i "$CLIENT_IF" --offset "$2" --count 2048 "$1" "$TEST_TMP/copy" 2>>"$TEST_LOGS/client.log" &&
  cmp "$TEST_TMP/data" "$TEST_TMP/copy"; }
fails() { ! "$@"; }
sound() { writes e1.2 "$1" && reads e1.2 "$1"; }
check "the disk works" eval 'writes e1.1 0 && reads e1.1 0'

# No room any more for what is written.
head -c 8M /dev/zero >"$TEST_TMP/small/filler" 2>/dev/null || true
check "a write that the disk cannot take is not acknowledged" fails writes e1.1 16384
check "what was written before is there" reads e1.1 0
check "the other export is unhurt" sound 0
rm "$TEST_TMP/small/filler"
check "with room again the disk takes writes" wait_for 20 writes e1.1 16384
check "and has them" reads e1.1 16384

# Its end is gone.
truncate -s 4M "$backing"
check "what is gone cannot be read" fails reads e1.1 16384
check "what is left can" reads e1.1 0
check "and the other export is unhurt" sound 4096
truncate -s 16M "$backing"
check "when it is whole again it is written" wait_for 20 writes e1.1 16384
check "and read" reads e1.1 16384
check "it ends in order" stop_aoed
test_end
