#!/usr/bin/env bash
# Finding targets and looking at them: discover, ping, identify, smart.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin cli-targets
netns_pair targets 9000
aoe() { timeout 20 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" "$@"; }
json() { local path=$1; shift; aoe "$@" | python3 -c "import json,sys; d=json.load(sys.stdin); print(d$path)"; }
json_is() { [[ $(json "$2" "${@:3}") == "$1" ]] || { echo "got: $(json "$2" "${@:3}")" >&2; return 1; }; }
make_image "$TEST_TMP/disk.img" 1M
make_image "$TEST_TMP/other.img" 3M

check "nobody there" gives 1 "aoe: no target answered on $CLIENT_IF.*" aoe discover --timeout 0.2
check "nobody there, as JSON" gives 1 $'\\[\\]\n' aoe discover --timeout 0.2 --json
check "nobody to ping" gives 1 ".*2 transmitted, 0 received, 100% loss.*" aoe ping e1.2 -c 2 --interval 0.1 -W 0.2
check "nobody to identify" gives 1 "aoe: e1.2: no answer on $CLIENT_IF.*" aoe identify e1.2 --timeout 0.1 --tries 1

capture_start cli-targets
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
first_pid=$TARGET_PID
start_target 7 3 "$SERVER_IF" "$TEST_TMP/other.img"
check "both are found" gives 0 ".*e1\.2 .*$SERVER_MAC .*1 MiB .* 17 .*e7\.3 .*3 MiB.*" aoe discover
check "on the interface named" gives 0 ".*e1\.2.*" aoe discover -i "$CLIENT_IF"
check "size as JSON" json_is 1048576 "[0]['bytes']" discover --json
check "sectors per frame as JSON" json_is 17 "[1]['sectors_per_frame']" discover --json
check "each once" json_is 2 ".__len__()" discover --json

check "ping" gives 0 \
  "PING e1\.2 on $CLIENT_IF.60 bytes from e1\.2 \($SERVER_MAC, $CLIENT_IF\): seq=1 time=[0-9.]+ ms.*\
seq=2 .*3 transmitted, 3 received, 0% loss.*rtt min/avg/max/mdev = .*" \
  aoe ping e1.2 -c 3 --interval 0.05
check "quiet ping" gives 0 $'PING [^\n]*\n\n--- e7\.3 .*' aoe ping e7.3 -q -c 1
received() { tail -1 | python3 -c 'import json,sys; print(json.load(sys.stdin)["received"])'; }
check "ping as JSON" [ "$(aoe ping e1.2 -c 2 --interval 0.01 --json | received)" = 2 ]
check "Ctrl-C prints the summary" gives 0 ".*transmitted.*rtt .*" \
  timeout -s INT --preserve-status 0.7 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" ping e1.2 --interval 0.2
check "ping counts loss" gives 0 ".*5 transmitted, [1-4] received.*" bash -c "
  (sleep 0.25; kill -STOP $first_pid) &
  timeout 20 ip netns exec $CLIENT_NS $AOEKIT_BIN/aoe ping e1.2 -c 5 --interval 0.1 -W 0.3
  status=\$?; kill -CONT $first_pid; exit \$status"

check "identify" gives 0 $'model .*size +2048 sectors \\(1048576 bytes, 1 MiB\\)\n.*LBA48 +yes.*' aoe identify e1.2
check "identify as JSON" json_is 6144 "['sectors']" identify e7.3 --json
raw_bytes() { [[ $(aoe identify e1.2 --raw | wc -c) == 512 ]]; }
check "the page as it came" raw_bytes

if [[ $(json "['smart_supported']" identify e1.2 --json) == True ]]; then
  check "smart" gives 0 $'health: PASSED\nID .*' aoe smart e1.2
  check "smart as JSON" json_is True "['passed']" smart e1.2 --json
  check "the directory of logs" gives 0 "0000  01 00 .*" aoe smart e1.2 --log 0
  check "a log that is none" gives 1 "aoe: e1.2: the disk refuses this SMART command.*" aoe smart e1.2 --log 200
else
  check "smart without SMART" gives 1 "aoe: e1.2: the disk refuses this SMART command.*" aoe smart e1.2
fi
test_end
