#!/usr/bin/env bash
# vblade's life: the line it prints, buffers that really hold what is advertised, signals, a file that grows.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin vblade-lifecycle
netns_pair life 9000
capture_start vblade-lifecycle
aoe() { in_client timeout 30 "$AOEKIT_BIN/aoe" "$@"; }
image=$TEST_TMP/disk.img
make_image "$image" 64M

start_target 1 2 "$SERVER_IF" "$image"
check "the line of vblade 25" grep -Eq "^pid $TARGET_PID: e1\.2, 131072 sectors O_RDWR\$" "$TEST_LOGS/target.log"
check "it is found" gives 0 '.*e1\.2.*' aoe discover -i "$CLIENT_IF"

head -c 32M /dev/urandom >"$TEST_TMP/data"
check "a write" aoe write -i "$CLIENT_IF" e1.2 "$TEST_TMP/data"
check "is there" cmp -n 33554432 "$TEST_TMP/data" "$image"
check "a read" aoe read -i "$CLIENT_IF" --count 65536 e1.2 "$TEST_TMP/copy"
check "is the same" cmp "$TEST_TMP/data" "$TEST_TMP/copy"

truncate -s 96M "$image"
sees_new_size() { aoe identify -i "$CLIENT_IF" --json e1.2 | grep -q 196608; }
check "growth is seen within 5 s" wait_for 5 sees_new_size

for signal in TERM INT; do
  kill -"$signal" "$TARGET_PID"
  status=0; wait "$TARGET_PID" || status=$?
  check "SIG$signal ends it with status 0" test "$status" = 0
  start_target 1 2 "$SERVER_IF" "$image"
done
stop_target
start_target -r 1 2 "$SERVER_IF" "$image"
check "read-only says so" grep -Eq "sectors O_RDONLY\$" "$TEST_LOGS/target.log"
check "and refuses writes" gives 1 '.*write-protected.*' aoe write -i "$CLIENT_IF" e1.2 "$TEST_TMP/data"
stop_target
start_target -o 8 -l 16 1 2 "$SERVER_IF" "$image"
check "a window has its own size" gives 0 '.*' aoe read -i "$CLIENT_IF" --offset 0 --count 16 e1.2 "$TEST_TMP/window"
check "and its own content" cmp -i 4096:0 -n 8192 "$image" "$TEST_TMP/window"
stop_target

# Every advertised buffer is real: the socket that receives (the others only send) holds 64 full frames of four initiators
# (a 9014-byte frame costs 16640).
start_target 1 2 "$SERVER_IF" "$image"
receive_buffer() {
  in_server ss -0 -n -m -p | grep -A1 "pid=$TARGET_PID," | grep -Eo 'rb[0-9]+' | tr -d rb | sort -n | tail -1
}
check "the receive buffer holds what is advertised" test "$(receive_buffer)" -ge $((256 * 16640))
stop_target

capture_stop
test_end
