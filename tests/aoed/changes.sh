#!/usr/bin/env bash
# Interfaces that come, change and go; disks that are missing at start and come; files that grow; config strings, mask
# and reserve lists that survive crashes.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

test_begin aoed-changes
netns_pair aoedchg 1500
make_image "$TEST_TMP/one.img" 4M
aoed_config 'interfaces = ["srv*"]' <<END
[export."e1.1"]
path = "$TEST_TMP/one.img"
[export."e1.2"]
path = "$TEST_TMP/late.img"
END
start_aoed
check "what is there is served" wait_for 10 found e1.1
check "what is missing is waited for" aoed_said 'e1\.2: .*late\.img.*waiting for it'
make_image "$TEST_TMP/late.img" 1M
check "and served when it has come" wait_for 20 found e1.2

sees_new_size() { aoe identify -i "$CLIENT_IF" --json e1.1 | grep -q 16384; }
truncate -s 8M "$TEST_TMP/one.img"
check "a file that has grown" wait_for 20 sees_new_size

check "a config string is set" aoe config -i "$CLIENT_IF" e1.1 set survives
check "a mask list is" aoe mask -i "$CLIENT_IF" e1.2 add "$CLIENT_MAC" 02:00:00:00:00:77
check "another station is put into it at the control socket" control export mask e1.2 add 02:00:00:00:00:78
check "a reservation is taken" aoe reserve -i "$CLIENT_IF" e1.2 set
kill -KILL "$AOED_PID"
wait "$AOED_PID" 2>/dev/null || true
start_aoed
check "the config string is there after a crash" gives 0 '.*survives.*' aoe config -i "$CLIENT_IF" e1.1
check "the mask list" gives 0 ".*$CLIENT_MAC.*02:00:00:00:00:77.*02:00:00:00:00:78.*" aoe mask -i "$CLIENT_IF" e1.2
check "the reservation" gives 0 ".*$CLIENT_MAC.*" aoe reserve -i "$CLIENT_IF" e1.2
check "which still keeps others out" eval "control export reserve e1.2 set 02:00:00:00:00:77 &&
  gives 1 '.*reserv.*' aoe write -q -i '$CLIENT_IF' e1.2 '$TEST_TMP/one.img' --count 2"
kill -KILL "$AOED_PID"
wait "$AOED_PID" 2>/dev/null || true
start_aoed
check "the other reservation after another crash" gives 0 '.*02:00:00:00:00:77.*' aoe reserve -i "$CLIENT_IF" e1.2
check "in force" gives 1 '.*reserv.*' aoe write -q -i "$CLIENT_IF" e1.2 "$TEST_TMP/one.img" --count 2

no_string() { aoe config -i "$CLIENT_IF" "$1" >"$TEST_TMP/string" && ! grep -q survives "$TEST_TMP/string"; }
make_image "$TEST_TMP/other.img" 1M
check "a live export comes" control export add e1.3 "$TEST_TMP/other.img"
check "is found" wait_for 10 found e1.3
check "and gets a string" aoe config -i "$CLIENT_IF" e1.3 set survives
check "it goes" control export remove --force e1.3
check "and is gone" wait_for 10 not_found e1.3
added_again() { control export add e1.3 "$TEST_TMP/other.img"; }
check "another one takes its address" wait_for 10 added_again
check "is found, too" wait_for 10 found e1.3
check "and does not have the old one's string" no_string e1.3
check "a live removal of what the files have" control export remove --force e1.1
check "is one" wait_for 10 not_found e1.1
added_again() { control export add e1.1 "$TEST_TMP/one.img"; }
check "after which it comes back" wait_for 10 added_again
check "with its string" wait_for 10 gives 0 '.*survives.*' aoe config -i "$CLIENT_IF" e1.1

ip -n "$SERVER_NS" link del "$SERVER_IF"
check "an interface that goes is missed" wait_for 10 aoed_said "$SERVER_IF is gone"
ip -n "$SERVER_NS" link add srv7 address 02:00:00:00:00:71 type veth peer name "$CLIENT_IF" \
  address "$CLIENT_MAC" netns "$CLIENT_NS"
ip -n "$SERVER_NS" link set srv7 up
ip -n "$CLIENT_NS" link set "$CLIENT_IF" up
check "another one that fits is served" wait_for 10 aoed_said 'serving on srv7'
check "with the exports" wait_for 10 found e1.1
ip -n "$SERVER_NS" link set srv7 mtu 9000
ip -n "$CLIENT_NS" link set "$CLIENT_IF" mtu 9000
check "a new MTU is seen" wait_for 10 aoed_said 'srv7 has MTU 9000 now: 17 sectors per frame'
check "and used" gives 0 '.*' aoe read -i "$CLIENT_IF" --count 2048 e1.1 "$TEST_TMP/copy"
check "it ends in order" stop_aoed
test_end
