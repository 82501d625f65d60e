#!/usr/bin/env bash
# aoed's life: its configuration checked, exports found, written and read, signals, and the interlocks of vblade.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-lifecycle
netns_pair aoedlife 9000
capture_start aoed-lifecycle
for disk in one two; do make_image "$TEST_TMP/$disk.img" 32M; done
aoed_config <<END
[export."e1.1"]
path = "$TEST_TMP/one.img"
[export."e1.2"]
path = "$TEST_TMP/two.img"
read_only = true
END
check "a good configuration is" gives 0 '.*no errors.*' "$AOED" --check --config "$TEST_TMP/aoed.toml"
start_aoed
check "the first is found" found e1.1
check "and the second" found e1.2
head -c 8M /dev/urandom >"$TEST_TMP/data"
check "a write" aoe write -i "$CLIENT_IF" e1.1 "$TEST_TMP/data"
check "is there" cmp -n 8388608 "$TEST_TMP/data" "$TEST_TMP/one.img"
check "a read" aoe read -i "$CLIENT_IF" --count 16384 e1.1 "$TEST_TMP/copy"
check "is the same" cmp "$TEST_TMP/data" "$TEST_TMP/copy"
check "a read-only export refuses writes" gives 1 '.*write-protected.*' aoe write -i "$CLIENT_IF" e1.2 "$TEST_TMP/data"

# What is exported is claimed, and its address is taken.
check "vblade cannot have the same file" gives 1 ".*one.img.*" \
  in_server timeout 20 "$VBLADE" 1 9 "$SERVER_IF" "$TEST_TMP/one.img"
make_image "$TEST_TMP/other.img" 1M
check "nor the address, from another machine" gives 1 ".*e1\.1 is already served.*" \
  in_client timeout 20 "$VBLADE" 1 1 "$CLIENT_IF" "$TEST_TMP/other.img"

check "it ends in order" stop_aoed
check "and says so" aoed_said 'ended$'

# The other way round: somebody has the address already.
ip netns exec "$CLIENT_NS" "$VBLADE" 1 1 "$CLIENT_IF" "$TEST_TMP/other.img" >"$TEST_LOGS/vblade.log" 2>&1 &
vblade_pid=$!
at_exit stop_pid "$vblade_pid"
wait_for 10 grep -q '^pid' "$TEST_LOGS/vblade.log" || fail "vblade did not start"
start_aoed
check "a taken address is not served twice" aoed_said 'e1\.1: not exported: it is already served on .* by 02:00:00:00:00:02'
check "the others are" wait_for 10 found e1.2
stop_pid "$vblade_pid"
kill -HUP "$AOED_PID"
check "after a reload it is" wait_for 10 aoed_said 'reload: 0 exports added'
kill -INT "$AOED_PID"
status=0; wait "$AOED_PID" || status=$?
check "SIGINT ends it with status 0" test "$status" = 0

echo 'nonsense = 1' >>"$TEST_TMP/aoed.toml"
check "a bad configuration is refused, with the line" gives 1 '.*aoed\.toml:[0-9]+.*nonsense.*' "$AOED" --check --config "$TEST_TMP/aoed.toml"
check "at start, too" gives 1 '.*nonsense.*' in_server timeout 20 "$AOED" --config "$TEST_TMP/aoed.toml"
capture_stop
test_end
