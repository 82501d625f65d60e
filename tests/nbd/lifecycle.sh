#!/bin/bash
# What happens around the requests: several disks, a target that goes away and returns, a disk that grows, privileges.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

nbd_begin nbd-lifecycle nbdinfo nbdcopy jq
require_python_nbd
image=$TEST_TMP/disk.img other=$TEST_TMP/other.img
make_image "$image" 16M
make_image "$other" 8M
netns_pair nbdlife 9000
start_target 1 3 "$SERVER_IF" "$other"
other_pid=$TARGET_PID
start_target 1 2 "$SERVER_IF" "$image"
dd if=/dev/urandom of="$image" bs=1M count=16 conv=notrunc status=none

# All disks, by the names of their exports.
nbdkit_start interface="$CLIENT_IF" find-seconds=1
names() { nbdinfo --no-content --list --json "$(uri)" | jq -r '[.exports[] | "\(."export-name")=\(."export-size")"] | sort | join(" ")'; }
check "the disks are listed" [ "$(names)" = "e1.2=16777216 e1.3=8388608" ]
check "an export of its own each" [ "$(nbdinfo --size "$(uri e1.3)")" = 8388608 ]
check "other ways to write the name" [ "$(nbdinfo --size "$(uri 1.2)")" = 16777216 ]
refused() { ! nbdinfo --size "$(uri "$1")" >/dev/null 2>&1 && nbdkit_says "$2"; }
check "no default export" refused '' 'default export .* not permitted'
check "a disk that is not there" refused e1.9 'e1\.9: no answer'
check "not a disk's name" refused data "there is no export 'data': exports are named after"
check "no interfaces by name" refused aoe://srv0/1.2 'must not choose interfaces'
check "ends" nbdkit_stop

# Read-only, unprivileged, in the background.
rm -f "$TEST_TMP/nbd"
for_nobody=$(mktemp -d /tmp/nbd-lifecycle.XXXXXX)   # who cannot reach a checkout in /root
at_exit rm -rf "$for_nobody"
chmod 777 "$for_nobody"
check "in the background as nobody" in_client nbdkit -r -u nobody -U "$TEST_TMP/nbd" -P "$for_nobody/pid" "$PLUGIN" \
  "aoe://$CLIENT_IF/1.2"
wait_for 10 test -s "$for_nobody/pid" || fail "nbdkit wrote no pid file"
daemon=$(cat "$for_nobody/pid")
at_exit kill -TERM "$daemon"
check "it serves" nbdcopy "$(uri)" "$TEST_TMP/out"
check "the same" cmp "$TEST_TMP/out" "$image"
check "it is not root" [ "$(stat -c %U "/proc/$daemon")" = nobody ]
check "it is read-only" nbdinfo --is readonly "$(uri)"
check "only that disk" gives 1 '.*' nbdinfo --size "$(uri e1.3)"
kill -TERM "$daemon"
check "it ends" wait_for 10 pid_gone "$daemon"

# Gone and back, within one connection; then grown.
nbdkit_start shelf=1 slot=2 dead-seconds=2
export TEST_TMP
python_nbd '
def went(step):
  open(os.environ["TEST_TMP"] + "/" + step, "w").close()
def wait(step):
  while not os.path.exists(os.environ["TEST_TMP"] + "/" + step): time.sleep(0.1)
before = h.pread(65536, 4096)
went("read"); wait("killed")
try:
  h.pread(65536, 4096)
  print("answered")
except nbd.Error as e:
  print("first", e.errno)
went("failed"); wait("restarted")
while True:
  try:
    print("again", before == h.pread(65536, 4096)); break
  except nbd.Error as e:
    time.sleep(0.2)' >"$TEST_TMP/python.out" 2>&1 &
python=$!
at_exit stop_pid "$python"
wait_for 20 test -e "$TEST_TMP/read" || fail "no first read"
kill_target
touch "$TEST_TMP/killed"
check "a dead target: an answer comes" wait_for 40 test -e "$TEST_TMP/failed"
start_target 1 2 "$SERVER_IF" "$image"
touch "$TEST_TMP/restarted"
check "the client went on" wait "$python"
check "first EIO, then the same data" gives 0 $'first EIO\nagain True\n' cat "$TEST_TMP/python.out"
check "the log says so" nbdkit_says 'e1\.2: does not answer: its requests fail until it does'
truncate -s 32M "$image"
grown() { [ "$(nbdinfo --size "$(uri)")" = 33554432 ]; }
check "a grown disk, for a new connection" wait_for 20 grown
check "ends again" nbdkit_stop

# Waiting for ever: for a disk that is not there yet, and for one that went away.
stop_target
nbdkit_start shelf=1 slot=2 wait-forever=yes find-seconds=0
nbdcopy "$(uri)" "$TEST_TMP/late" & copy=$!
at_exit stop_pid "$copy"
sleep 1
start_target 1 2 "$SERVER_IF" "$image"
check "a client waited for the disk" wait "$copy"
check "and has its data" cmp "$image" "$TEST_TMP/late"
kill_target
nbdcopy "$TEST_TMP/late" "$(uri)" & copy=$!
at_exit stop_pid "$copy"
sleep 1
truncate -s 0 "$image"
truncate -s 32M "$image"
start_target 1 2 "$SERVER_IF" "$image"
check "a client waited for the target" wait "$copy"
check "and its data arrived" cmp "$image" "$TEST_TMP/late"
check "ends at last" nbdkit_stop

# Stopped while the target is silent: neither unfinished requests nor clients that wait for a disk hold it up. Nor does
# one request alone, whose thread polls by itself.
nbdkit_start interface="$CLIENT_IF" wait-forever=yes
kill -STOP "$TARGET_PID"
nbdcopy --requests=1 --connections=1 "$(uri e1.2)" null: 2>"$TEST_LOGS/stopped.log" & copy=$!
at_exit stop_pid "$copy"
sleep 1
check "a request waits alone" kill -0 "$copy"
check "ends although it waits" nbdkit_stop
check "the client is told" eval '! wait "$copy"'
kill -CONT "$TARGET_PID"
nbdkit_start interface="$CLIENT_IF" wait-forever=yes
kill_target
nbdcopy "$(uri e1.2)" null: 2>"$TEST_LOGS/stopped.log" & copy=$!
nbdinfo --size "$(uri e1.9)" >>"$TEST_LOGS/stopped.log" 2>&1 & info=$!
at_exit stop_pid "$copy"
at_exit stop_pid "$info"
sleep 1
check "requests wait" kill -0 "$copy" "$info"
check "ends although they wait" nbdkit_stop
failed() { ! wait "$copy" && ! wait "$info"; }
check "the clients are told" failed
check "the log says why" nbdkit_says 'nbdkit is being stopped'
stop_pid "$other_pid"
test_end
