#!/usr/bin/env bash
# aoed started by root becomes its user with two capabilities, no new privileges and a system call filter.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-privileges
netns_pair aoedpriv 1500
id nobody >/dev/null 2>&1 || skip "there is no user nobody"
# What the user may not open, but root may; below /run, since not everybody's tests lie where only root decides.
chmod 711 "$TEST_TMP"
ROOTS=$(mktemp -d /run/aoed-privileges.XXXXXX)
at_exit rm -rf "$ROOTS"
chmod 711 "$ROOTS"
make_image "$ROOTS/root.img" 4M
chmod 600 "$ROOTS/root.img"
aoed_config 'user = "nobody"' <<END
[export."e1.1"]
path = "$ROOTS/root.img"
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
chown nobody "$ROOTS/root.img"
left=$(sed -n 's/^CapabilityBoundingSet=//p' "$REPO/packaging/systemd/aoed.service" | tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g; s/ /,/g')
printf '#!/bin/sh\nexec setpriv --bounding-set=-all,%s --no-new-privs %q "$@"\n' "$left" "$AOED" >"$TEST_TMP/confined"
chmod +x "$TEST_TMP/confined"
AOED=$TEST_TMP/confined start_aoed
check "what its unit leaves to root is enough" aoed_said "serving 1 exports"
check "it ends in order" stop_aoed
# What the user put there while it was in the hands of others, root does not open: a link in its directory, a saved file.
chown root "$ROOTS/root.img"
mkdir "$ROOTS/theirs" "$TEST_TMP/aoed.d"
make_image "$ROOTS/theirs/own.img" 4M
ln -s ../root.img "$ROOTS/theirs/link"
chown -R nobody "$ROOTS/theirs"
for number in 2 3; do cp "$ROOTS/root.img" "$ROOTS/$number.img"; done
printf '[export."e1.2"]\npath = "%s"\n' "$ROOTS/2.img" >"$TEST_TMP/aoed.d/e1.2.toml"
printf '[export."e1.3"]\npath = "%s"\n' "$ROOTS/3.img" >"$TEST_TMP/aoed.d/e1.3.toml"
chown nobody "$TEST_TMP/aoed.d/e1.2.toml"
printf '[export."e1.4"]\npath = "%s"\n' "$ROOTS/theirs/link" >>"$TEST_TMP/aoed.toml"
printf '[export."e1.5"]\npath = "%s"\n' "$ROOTS/theirs/own.img" >>"$TEST_TMP/aoed.toml"
start_aoed
check "a file that the user could write is not root's word" aoed_said 'e1\.2: cannot open .*: Permission denied; waiting'
check "nor is a link in the user's directory" aoed_said 'e1\.4: cannot open .*: Permission denied; waiting'
for address in e1.1 e1.3 e1.5; do check "the others are served: $address" found $address; done
check "it ends in order" stop_aoed
sed -i 's/"nobody"/"no-such-user"/' "$TEST_TMP/aoed.toml"
check "a user who is not there is named" gives 1 ".*no user 'no-such-user'.*" in_server timeout 20 "$AOED" --config "$TEST_TMP/aoed.toml"
test_end
