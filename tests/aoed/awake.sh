#!/usr/bin/env bash
# An aoed that waits awake for its disks: what is read is what was written, it is still to be talked to, and with nothing
# to do it sleeps.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-awake
netns_pair aoedawake 9000
make_image "$TEST_TMP/direct.img" 64M
make_image "$TEST_TMP/cached.img" 64M
make_image "$TEST_TMP/third.img" 1M
aoed_config 'busy_wait = "1ms"' 'disk_busy_wait = "1ms"' 'threads = 1' <<END
[export."e1.1"]
path = "$TEST_TMP/direct.img"
caching = "direct"
[export."e1.2"]
path = "$TEST_TMP/cached.img"
END
start_aoed
check "both are served" eval 'wait_for 10 found e1.1 && found e1.2'

hammer() { in_client timeout 60 "$AOEKIT_BIN/hammer" -i "$CLIENT_IF" --depth 32 "$@" >>"$TEST_LOGS/hammer.log" 2>&1; }
hammer e1.1 --seconds 8 &
DIRECT=$!
hammer e1.2 --seconds 8 &
CACHED=$!
sleep 2
check "meanwhile it answers at its control socket" eval "control status >/dev/null"
check "and can be given another export" control export add e1.3 "$TEST_TMP/third.img"
check "past the page cache all is read as it was written" wait "$DIRECT"
check "through it, too" wait "$CACHED"

ticks() { awk '{print $14 + $15}' "/proc/$AOED_PID/stat"; }
is_idle() { local before; before=$(ticks); sleep 2; (($(ticks) - before <= 1)); }
check "idle, it does nothing" wait_for 30 is_idle
check "it ends in order" stop_aoed
test_end
