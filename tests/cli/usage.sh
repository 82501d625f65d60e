#!/usr/bin/env bash
# aoe's command line: help, version, and one line with the remedy for each mistake.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin cli-usage
netns_pair usage 1500
aoe() { timeout 10 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" "$@"; }
one_line() { [[ $(aoe "$@" 2>&1 | wc -l) == 1 ]]; }

check "version" gives 0 "aoe \(aoekit\) [0-9.]+.*" aoe --version
check "help names the subcommands and exit codes" gives 0 ".*discover.*conform.*Exit status: 0 .*" aoe --help
check "a subcommand's help has examples" gives 0 ".*Examples:.*aoe write e1.2 disk.img.*" aoe write --help
check "no subcommand" gives 2 "aoe: a subcommand is required.*" aoe
check "a misspelt one" gives 2 "aoe: there is no subcommand 'discvoer'; did you mean 'discover'.*" aoe discvoer
check "nonsense" gives 2 "aoe: there is no subcommand 'xyzzy' \(see: aoe --help\).*" aoe xyzzy
check "an unknown option" gives 2 "aoe: .*--colour \(see: aoe ping --help\).*" aoe ping e1.2 --colour
check "a missing address" gives 2 "aoe: ADDRESS is required.*" aoe ping
check "a bad address" gives 2 "aoe: 'e1' is not an AoE address.*like e1.2.*" aoe ping e1
check "many targets where one is meant" gives 2 "aoe: 'e1.255' means many targets.*" aoe identify e1.255
check "a negative sector" gives 2 "aoe: --offset: '-5' is not a whole number.*" aoe read e1.2 --offset -5 /dev/null
check "a bad MAC" gives 2 "aoe: '02:zz' is not a MAC address.*" aoe mask e1.2 add 02:zz
check "add without stations" gives 2 "aoe: add needs at least one station.*" aoe mask e1.2 add
check "a bad operation" gives 2 "aoe: 'steal' is no operation.*" aoe reserve e1.2 steal
check "set for all" gives 2 "aoe: 'all' means many targets.*" aoe config all set x
check "bad hex" gives 2 "aoe: 'xy' is not a row of hex bytes.*" aoe config e1.2 set --hex xy
check "JSON and data on one output" gives 2 "aoe: --json and the data cannot both.*" aoe read e1.2 - --json
check "a missing interface" gives 1 "aoe: there is no network interface 'eth9'.*" aoe discover -i eth9
ip -n "$CLIENT_NS" link set "$CLIENT_IF" down
check "an interface that is down" gives 1 "aoe: the network interface '$CLIENT_IF' is down.*ip link set.*up.*" \
  aoe discover -i "$CLIENT_IF"
check "no interface at all" gives 1 "aoe: no Ethernet interface is up.*" aoe discover
for mistake in "discvoer" "ping e1" "mask e1.2 add" "discover" "dump -r /nonexistent"; do
  # shellcheck disable=SC2086
  check "one line for: $mistake" one_line $mistake
done

# Without privileges, the remedy is named.
cp "$AOEKIT_BIN/aoe" "$TEST_TMP/aoe"
chmod 755 "$TEST_TMP" "$TEST_TMP/aoe"
ip -n "$CLIENT_NS" link set "$CLIENT_IF" up
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)
if "${nobody[@]}" test -x "$TEST_TMP/aoe"; then
  check "missing privileges" gives 1 ".*CAP_NET_RAW.*root.*" in_client "${nobody[@]}" "$TEST_TMP/aoe" discover
  check "missing privileges to dump" gives 1 ".*not permitted.*cap_net_raw.*" in_client "${nobody[@]}" "$TEST_TMP/aoe" dump
else
  echo "ok   missing privileges # not tried: other users cannot reach the build"
fi
test_end
