#!/usr/bin/env bash
# While an export is being added, which takes as long as its disk takes, aoed reloads, answers others, and serves on.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-live
require_tool flock
netns_pair aoedlive 1500
for disk in one taken; do make_image "$TEST_TMP/$disk.img" 4M; done
aoed_config <<END
[export."e1.1"]
path = "$TEST_TMP/one.img"
END
start_aoed
check "an export is served" wait_for 10 found e1.1

# A file that somebody else has locked is waited for, for a second, before it is refused.
flock --no-fork -x "$TEST_TMP/taken.img" sleep 100 &
at_exit stop_pid $!
is_taken() { ! flock -n -x "$TEST_TMP/taken.img" true; }
wait_for 10 is_taken || fail "the lock was not taken"
aoed_has_it_open() { pid_gone "$1" || ls -l "/proc/$AOED_PID/fd" | grep -q 'taken\.img'; }
line_of() { tail -n "+$1" "$TEST_LOGS/aoed.log" | grep -En "$2" | head -n 1 | cut -d: -f1; }
goes_on_meanwhile() {
  local from add reloaded refused answers=0
  from=$(($(wc -l <"$TEST_LOGS/aoed.log") + 1))
  control export add e1.7 "$TEST_TMP/taken.img" >"$TEST_TMP/add.log" 2>&1 &
  add=$!
  wait_for 10 aoed_has_it_open "$add"
  kill -HUP "$AOED_PID"
  while ((answers < 3)) && control status >/dev/null; do answers=$((answers + 1)); done
  aoe read -i "$CLIENT_IF" --count 8 e1.1 "$TEST_TMP/read" 2>/dev/null || return 1
  pid_gone "$add" && { wait "$add"; return 1; }
  wait "$add" && return 1
  reloaded=$(line_of "$from" 'reload: 0 exports added') refused=$(line_of "$from" 'control .*export\.add .*refused')
  ((answers == 3)) && [[ -n $reloaded && -n $refused ]] && ((reloaded < refused))
}
# Again, if we were too slow to be faster than a second.
check "others are answered while an export is tried, and a reload is done" wait_for 30 goes_on_meanwhile
check "then it is refused" grep -q 'taken.img is already exported by another process' "$TEST_TMP/add.log"

goes_away() {   # a client that does not wait for the answer
  control export add e1.8 "$TEST_TMP/one-more.img" >/dev/null 2>&1 &
  local add=$!
  sleep 0.1
  kill -KILL "$add" 2>/dev/null || true; wait "$add" 2>/dev/null || true
}
make_image "$TEST_TMP/one-more.img" 4M
goes_away
added() { control export list 2>/dev/null | grep -q 'e1\.8 .*serving' || { goes_away; return 1; }; }
check "what a client asked for that went away is done" wait_for 20 added
check "and logged" aoed_said 'control \(uid 0, pid [0-9]+\): export.add .*e1\.8'
check "it ends in order" stop_aoed
test_end
