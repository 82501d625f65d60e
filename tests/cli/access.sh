#!/usr/bin/env bash
# Who may use a target: config string, mask list and reservation.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin cli-access
netns_pair access 1500
aoe() { timeout 20 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" "$@"; }
other=02:00:00:00:00:99
make_image "$TEST_TMP/disk.img" 1M
capture_start cli-access
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"

check "no config string yet" gives 0 $'\n' aoe config e1.2
check "who has none" gives 0 "e1\.2 .*" aoe config e1.\* test
check "set" gives 0 $'rack 7\n' aoe config e1.2 set "rack 7"
check "the same again" gives 0 $'rack 7\n' aoe config e1.2 set "rack 7"
check "another is refused, and says what is there" gives 1 \
  "aoe: e1.2: the target already has the config string 'rack 7'.*" aoe config e1.2 set other
check "force" gives 0 $'61ff62\n' aoe config e1.2 force-set --hex 61ff62
check "bytes that cannot be printed" gives 0 $'a\\\\xffb\n' aoe config e1.2
check "as hex" gives 0 $'61ff62\n' aoe config e1.2 --hex
check "from all" gives 0 "e1\.2 $SERVER_MAC $CLIENT_IF: .*" aoe config all
check "prefix" gives 0 ".*xffb.*" aoe config all prefix a
check "no such prefix" gives 1 "aoe: no target has such a config string.*" aoe config all prefix b --timeout 0.1
check "JSON" gives 0 '.*"config_string_hex": "61ff62".*' aoe config e1.2 --json
check "too long" gives 2 "aoe: the config string has 1025 bytes.*" aoe config e1.2 set "$(printf 'x%.0s' {1..1025})"
check "cleared" gives 0 $'\n' aoe config e1.2 force-set

check "not reserved" gives 0 $'not reserved\n' aoe reserve e1.2
check "reserve for this station" gives 0 $CLIENT_MAC$'\n' aoe reserve e1.2 set
check "read with it" gives 0 ".*" aoe read e1.2 /dev/null --count 1
check "force for another" gives 0 $other$'\n' aoe reserve e1.2 force "$other"
held="aoe: e1.2: reserved for $other"
check "taking it says who has it" gives 1 "$held.*" aoe reserve e1.2 set
check "reading says so" gives 1 "$held.*" aoe read e1.2 /dev/null --count 1
check "writing says so" gives 1 "$held.*nothing was written.*" aoe write e1.2 /etc/passwd --pad
check "identify is exempt" gives 0 "model.*" aoe identify e1.2
check "release of another's" gives 1 "$held.*" aoe reserve e1.2 release
check "release by force" gives 0 $'not reserved\n' aoe reserve e1.2 release --force
check "as JSON" gives 0 '.*"reserved_for": \[\].*' aoe reserve e1.2 --json

[[ $(aoe identify e1.2) == *Coraid* ]] && { echo "not tried: mask edits, which kill this target"; test_end; }
check "no mask list" gives 0 "empty: every station.*" aoe mask e1.2
check "add" gives 0 "$CLIENT_MAC"$'\n'"$other"$'\n' aoe mask e1.2 add "$CLIENT_MAC" "$other"
check "list" gives 0 "$CLIENT_MAC"$'\n'"$other"$'\n' aoe mask e1.2
check "remove" gives 0 "$CLIENT_MAC"$'\n' aoe mask e1.2 remove "$other"
check "add again" gives 0 ".*$other.*" aoe mask e1.2 add "$other"
check "locking oneself out is said" gives 0 ".*this station \($CLIENT_MAC\) is not in the list.*" \
  aoe mask e1.2 remove "$CLIENT_MAC"
check "and true" gives 1 "aoe: e1.2: no answer .*MAC mask list.*" aoe identify e1.2 --timeout 0.1
test_end
