#!/usr/bin/env bash
# aoed started by root becomes its user with two capabilities, no new privileges and a system call filter.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-privileges
netns_pair aoedpriv 1500
id nobody >/dev/null 2>&1 || skip "there is no user nobody"
# What the user may not open, but root may.
chmod 711 "$TEST_TMP"
make_image "$TEST_TMP/root.img" 4M
chmod 600 "$TEST_TMP/root.img"
aoed_config 'user = "nobody"' <<END
[export."e1.1"]
path = "$TEST_TMP/root.img"
END
start_aoed
# CAP_NET_ADMIN is 12, CAP_NET_RAW 13.
of_all_threads() {
  local task
  for task in /proc/"$AOED_PID"/task/*; do
    [[ $(grep "^$1:" "$task/status" | cut -f 2-) == $2 ]] || { grep -H "^$1:" "$task/status" >&2; return 1; }
  done
}
uid=$(id -u nobody)
check "every thread is the user's" of_all_threads Uid "$uid"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid"
check "with two capabilities" of_all_threads CapEff 0000000000003000
check "and no more to be had" of_all_threads CapPrm 0000000000003000
check "not even by a program" of_all_threads CapBnd 0000000000000000
check "which would get none" of_all_threads CapInh 0000000000000000
check "no new privileges" of_all_threads NoNewPrivs 1
check "a filter of system calls" of_all_threads Seccomp 2
check "it serves what root opened" found e1.1
head -c 1M /dev/urandom >"$TEST_TMP/data"
check "and writes it" aoe write -i "$CLIENT_IF" e1.1 "$TEST_TMP/data"
check "its state is its own" test "$(stat -c %U "$TEST_TMP/lib/state.db")" = nobody
check "it ends in order" stop_aoed
start_aoed --no-seccomp
check "without the filter on request" of_all_threads Seccomp 0
check "it ends in order" stop_aoed
# As its unit starts it: with the capabilities that are left to root, and a disk that is the user's.
require_tool setpriv
chown nobody "$TEST_TMP/root.img"
left=$(sed -n 's/^CapabilityBoundingSet=//p' "$REPO/packaging/systemd/aoed.service" | tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g; s/ /,/g')
printf '#!/bin/sh\nexec setpriv --bounding-set=-all,%s --no-new-privs %q "$@"\n' "$left" "$AOED" >"$TEST_TMP/confined"
chmod +x "$TEST_TMP/confined"
AOED=$TEST_TMP/confined start_aoed
check "what its unit leaves to root is enough" aoed_said "serving 1 exports"
check "it ends in order" stop_aoed
sed -i 's/"nobody"/"no-such-user"/' "$TEST_TMP/aoed.toml"
check "a user who is not there is named" gives 1 ".*no user 'no-such-user'.*" in_server timeout 20 "$AOED" --config "$TEST_TMP/aoed.toml"
test_end
