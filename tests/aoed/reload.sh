#!/usr/bin/env bash
# Exports come, change and go once a second while a client writes and verifies on another: nothing is lost, nobody is cut off.
# AOED_RELOADS says how often (default 5).
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-reload
netns_pair aoedrel 9000
reloads=${AOED_RELOADS:-5}
for disk in steady one two three; do make_image "$TEST_TMP/$disk.img" 16M; done

write_config() {   # ROUND: e1.1 always, e1.2 now and then, e1.3 with another description each time, e1.4's disk changes
  local disk=one
  (($1 % 2)) && disk=two
  {
    printf '[export."e1.1"]\npath = "%s"\n' "$TEST_TMP/steady.img"
    (($1 % 2)) && printf '[export."e1.2"]\npath = "%s"\n' "$TEST_TMP/three.img"
    printf '[export."e1.4"]\npath = "%s"\ndescription = "round %d"\n' "$TEST_TMP/$disk.img" "$1"
  } | aoed_config
}
write_config 0
start_aoed

# Writes, reads back and compares until told to stop.
touch "$TEST_TMP/go"
load() {
  local round=0
  while [[ -e $TEST_TMP/go ]]; do
    head -c 1M /dev/urandom >"$TEST_TMP/written"
    aoe write -i "$CLIENT_IF" --offset $((round % 8 * 2048)) e1.1 "$TEST_TMP/written" || return 1
    aoe read -i "$CLIENT_IF" --offset $((round % 8 * 2048)) --count 2048 e1.1 "$TEST_TMP/read" || return 1
    cmp "$TEST_TMP/written" "$TEST_TMP/read" || return 1
    round=$((round + 1))
  done
  echo "$round rounds"
}
load >"$TEST_LOGS/load.log" 2>&1 &
load_pid=$!
reloaded() { (($(grep -c 'reload: [0-9]* exports added' "$TEST_LOGS/aoed.log") >= $1)); }
for ((i = 1; i <= reloads; i++)); do
  write_config "$i"
  kill -HUP "$AOED_PID"
  check "reload $i" wait_for 10 reloaded "$i"
  if ((i % 2)); then
    check "e1.2 has come" wait_for 10 found e1.2
  else
    check "e1.2 has gone" wait_for 10 not_found e1.2
  fi
done
check "e1.4 is there with its last disk" wait_for 10 found e1.4
rm "$TEST_TMP/go"
check "the load on e1.1 noticed nothing" wait "$load_pid"
check "and was there all the time" grep -Eq '^[1-9][0-9]* rounds' "$TEST_LOGS/load.log"

echo '[export."e1.x"]' >>"$TEST_TMP/aoed.toml"
kill -HUP "$AOED_PID"
check "a bad file is refused whole" wait_for 10 aoed_said 'the configuration stays as it is: .*e1\.x'
check "and everything is as before" found e1.4
check "it ends in order" stop_aoed
test_end
