#!/bin/bash
# A Linux guest discovers two hundred exports of one aoed with one broadcast: all come up, and each is the right disk.
#
#   srv0: aoed e1.0 ... e1.199 ==== cli0 - br0 - tap0 - guest: aoe.ko
#
# The guest's half is guest-many-exports.sh.
set -euo pipefail
source "$(dirname "$0")/vm.sh"
EXPORTS=200

test_begin vm-many-exports
[[ -x $AOEKIT_BIN/aoed ]] || skip "no aoed at $AOEKIT_BIN/aoed"
netns_pair vmmany 9000
client_tap 9000
mkdir "$TEST_TMP/disks"
{
  printf 'interfaces = ["%s"]\nuser = ""\nmetrics = ""\n' "$SERVER_IF"
  printf 'control_socket = "%s"\nstate = "%s"\n' "$TEST_TMP/aoed.sock" "$TEST_TMP/state.db"
  for ((slot = 0; slot < EXPORTS; slot++)); do
    # Each has its own size, so that one cannot stand for another.
    truncate -s $((1024 + slot))K "$TEST_TMP/disks/$slot.img"
    printf '[export."e1.%s"]\npath = "%s"\n' "$slot" "$TEST_TMP/disks/$slot.img"
  done
} >"$TEST_TMP/aoed.toml"
ip netns exec "$SERVER_NS" "$AOEKIT_BIN/aoed" --config "$TEST_TMP/aoed.toml" >"$TEST_LOGS/aoed.log" 2>&1 &
AOED_PID=$!
at_exit stop_pid "$AOED_PID"
linux_start "$VM_DIR/guest-many-exports.sh"
vm_wait 180 '^@@END'
vm_results
check "guest: script ran to its end" grep -q '^@@END 0' "$VM_CONSOLE"
kill "$AOED_PID"
check "aoed: ends in order" wait "$AOED_PID"
test_end
