#!/usr/bin/env bash
# Ten thousand exports in one process: all served, all found with one broadcast, little memory, no work while idle.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-many
netns_pair aoedmany 1500
count=${AOED_EXPORTS:-10000}
(($(ulimit -Hn) >= count + 2000)) || ulimit -Hn $((count + 2000)) 2>/dev/null || skip "RLIMIT_NOFILE does not allow $count files"
mkdir "$TEST_TMP/disks"
(cd "$TEST_TMP/disks" && seq 0 $((count - 1)) | xargs truncate -s 64K)
seq 0 $((count - 1)) | awk -v dir="$TEST_TMP/disks" '
  { printf "[export.\"e%d.%d\"]\npath = \"%s/%d\"\n", 1 + $1 / 250, $1 % 250, dir, $1 }' | aoed_config
start_aoed
check "all are served" aoed_said "serving $count exports\$"
aoe discover -i "$CLIENT_IF" --timeout 15 >"$TEST_TMP/found" 2>&1 || true
check "one look finds them all" test "$(grep -Ec 'e[0-9]+\.[0-9]+' "$TEST_TMP/found")" -ge "$count"
resident_kib=$(awk '/^VmRSS:/ { print $2 }' "/proc/$AOED_PID/status")
echo "resident: $resident_kib KiB"
check "in less than 100 MB" test "$resident_kib" -lt 100000
# The announcements of so many take a while; what is measured is what comes after.
ticks() { awk '{ print $14 + $15 }' "/proc/$AOED_PID/stat"; }
is_idle() { local before; before=$(ticks); sleep 2; (($(ticks) - before <= 1)); }
check "idle, it does nothing" wait_for 100 is_idle
check "it ends in order" stop_aoed
test_end
