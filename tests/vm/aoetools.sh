#!/bin/bash
# Our aoetools and Debian's on one kernel driver, in a guest: same output, same effect; and where ours does less harm.
#
#   srv0: targets e1.1 e1.2 e1.10 ==== cli0 - br0 - tap0 - guest: aoe.ko; /usr/bin: Debian's tools, /ours: ours
#
# The guest's half is guest-aoetools.sh. Our program and its libraries come in an archive behind the prepared initramfs.
set -euo pipefail
source "$(dirname "$0")/vm.sh"

test_begin vm-aoetools
require_tool cpio aoe-stat aoe-interfaces aoe-sancheck aoeping
[[ -x $AOEKIT_BIN/aoetools ]] || skip "no aoetools in $AOEKIT_BIN"
status=0
"$VM_DIR/prepare.sh" || status=$?
[[ $status != 77 ]] || exit 77
[[ $status == 0 ]] || fail "the guest's kernel and initramfs could not be made"

ROOT=$TEST_TMP/root
mkdir -p "$ROOT/ours" "$ROOT/usr/bin"
cp "$AOEKIT_BIN/aoetools" "$ROOT/ours"
for name in stat version discover flush revalidate interfaces sancheck; do ln -s aoetools "$ROOT/ours/aoe-$name"; done
ln -s aoetools "$ROOT/ours/aoeping"
for tool in aoe-interfaces aoe-sancheck aoeping; do cp -L "$(command -v $tool)" "$ROOT/usr/bin"; done
for program in "$ROOT/ours/aoetools" "$ROOT/usr/bin/aoe-sancheck"; do
  for library in $(ldd "$program" | grep -o '/[^ )]*'); do
    mkdir -p "$ROOT$(dirname "$library")"
    cp -Ln "$library" "$ROOT$library"
  done
done
{ cat "$AOEKIT_WORK/vm/initramfs.cpio"; cd "$ROOT"; find . | cpio -o -H newc --quiet; } >"$TEST_TMP/initrd"
cd /

netns_pair vmatools 9000
client_tap 9000
for slot in 1 2 10; do
  make_image "$TEST_TMP/$slot.img" "${slot}6M"
  start_target 1 "$slot" "$SERVER_IF" "$TEST_TMP/$slot.img"
done
linux_start "$VM_DIR/guest-aoetools.sh" -initrd "$TEST_TMP/initrd"
vm_wait 60 '^@@STEP booted'
vm_wait 240 '^@@END'
vm_results
check "guest: script ran to its end" grep -q '^@@END 0' "$VM_CONSOLE"
test_end
