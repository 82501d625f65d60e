#!/bin/bash
# AoE over MACsec, as docs/security.md says it: the Linux driver in one guest, our target in another, and an attacker who
# has the wire, but not the keys.
#
#   srv0: attacker ==== cli0 - br0 -+- tap0 - client's guest: macsec0 on eth0; /dev/etherd/e1.2
#                                   +- tap1 - target's guest: e1.2 on macsec0, e1.3 on eth0.42, e1.9 on eth0
#                                       |
#                                    dumpcap: everything that reaches and leaves the target
#
# The recipes run as they stand in the document, before guest-macsec-target.sh and guest-macsec-client.sh.
set -euo pipefail
source "$(dirname "$0")/vm.sh"
source "$VM_DIR/recipe.sh"

test_begin vm-macsec
require_tool cpio dumpcap python3
[[ -x $AOEKIT_BIN/aoe ]] || skip "no aoe in $AOEKIT_BIN"
status=0
"$VM_DIR/prepare.sh" || status=$?
[[ $status != 77 ]] || exit 77
[[ $status == 0 ]] || fail "the guest's kernel and initramfs could not be made"
TARGET_CARD=52:54:00:00:00:0a CLIENT_CARD=52:54:00:00:00:0b
WIRE=$TEST_TMP/wire.pcap

new_key() { bash -c "$(recipe security.md macsec-key)"; }
TARGET_KEY=$(new_key) CLIENT_KEY=$(new_key)

guest_script() {   # WHO: addresses, keys, recipes, and what WHO does then
  printf 'echo /bin/modprobe >/proc/sys/kernel/modprobe\n'   # where the guest has it
  printf 'ip() { /usr/bin/ip "$@"; }\n'                      # and not the one within busybox
  printf '%s=%s\n' TARGET_MAC $TARGET_CARD CLIENT_MAC $CLIENT_CARD TARGET_KEY "$TARGET_KEY" CLIENT_KEY "$CLIENT_KEY"
  recipe security.md "macsec-$1"
  recipe security.md vlan
  cat "$VM_DIR/guest-macsec-$1.sh"
}

target_initrd() {   # the prepared one, and our target with its libraries behind it
  local root=$TEST_TMP/root library
  mkdir -p "$root/ours"
  cp "$VBLADE" "$root/ours/vblade"
  for library in $(ldd "$VBLADE" | grep -o '/[^ )]*'); do
    mkdir -p "$root$(dirname "$library")"
    cp -Ln "$library" "$root$library"
  done
  cat "$AOEKIT_WORK/vm/initramfs.cpio"
  (cd "$root" && find . | cpio -o -H newc --quiet)
}

netns_pair vmmacsec 9000
client_tap 9000
client_tap_more tap1
: >"$TEST_LOGS/capture.log"
ip netns exec "$CLIENT_NS" dumpcap -q -P -B 64 -i tap1 -w "$WIRE" >"$TEST_LOGS/capture.log" 2>&1 &
WIRE_PID=$!
at_exit stop_pid "$WIRE_PID"
wait_for 10 grep -q '^File:' "$TEST_LOGS/capture.log" || fail "the capture did not start"

guest_script target >"$TEST_TMP/target.sh"
guest_script client >"$TEST_TMP/client.sh"
target_initrd >"$TEST_TMP/initrd"
VM_NAME=target VM_TAP=tap1 VM_MAC=$TARGET_CARD
linux_start "$TEST_TMP/target.sh" -m 768 -initrd "$TEST_TMP/initrd"
TARGET_VM=$VM_PID TARGET_CONSOLE=$VM_CONSOLE
VM_NAME=client VM_TAP=tap0 VM_MAC=$CLIENT_CARD
linux_start "$TEST_TMP/client.sh" -m 768
vm_wait 240 '^@@END'
vm_results
check "client: script ran to its end" grep -q '^@@END 0' "$VM_CONSOLE"
stop_pid "$WIRE_PID"

on_the_wire() { LC_ALL=C grep -aq "$1" "$WIRE"; }
not_on_the_wire() { ! on_the_wire "$1"; }
check "what went over MACsec cannot be read on the wire" not_on_the_wire "aoekit secret old"
check "what went through the VLAN can" on_the_wire "aoekit secret new"

# The client is gone; the attacker has its address.
in_server ip link set "$SERVER_IF" address $CLIENT_CARD
found=$(in_server "$AOEKIT_BIN/aoe" discover -i "$SERVER_IF" --timeout 2 || true)
check "attacker: finds the disk that is offered in the clear" grep -q 'e1\.9' <<<"$found"
check "attacker: and no other" gives 1 '' grep -E 'e1\.[23]' <<<"$found"
for slot in 2 3 9; do
  in_server python3 "$VM_DIR/forge.py" write "$SERVER_IF" $CLIENT_CARD $TARGET_CARD 1 $slot FORGED
done
check "attacker: sends the client's frames again" gives 0 'sent.*' in_server python3 "$VM_DIR/forge.py" replay \
  "$SERVER_IF" $CLIENT_CARD "$WIRE"
printf '%-512s' "THE ATTACK IS OVER" >"$TEST_TMP/over"
check "attacker: writes to the disk in the clear" in_server "$AOEKIT_BIN/aoe" write e1.9 "$TEST_TMP/over" --offset 8 \
  -i "$SERVER_IF" --quiet
client_sum=$(grep -ao '@@SUM [0-9a-f]*' "$VM_CONSOLE")
VM_PID=$TARGET_VM VM_CONSOLE=$TARGET_CONSOLE
vm_wait 90 '^@@END'
vm_results
check "target: script ran to its end" grep -q '^@@END 0' "$VM_CONSOLE"
check "the disk holds what the client wrote last" [ "$(grep -ao '@@SUM [0-9a-f]*' "$VM_CONSOLE")" = "$client_sum" ]
test_end
