#!/usr/bin/env bash
# aoe dump: live frames, into a capture file and out of it again.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin cli-dump
netns_pair dump 1500
aoe() { timeout 20 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" "$@"; }
make_image "$TEST_TMP/disk.img" 1M
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"

sleep 1   # the announcement is no part of it
file=$TEST_TMP/frames.pcap live=$TEST_TMP/live.txt
in_client "$AOEKIT_BIN/aoe" dump -i "$CLIENT_IF" -c 4 -w "$file" >"$live" 2>&1 &
dump_pid=$!
at_exit stop_pid "$dump_pid"
sleep 0.5
aoe identify e1.2 >/dev/null
check "it ends after four frames" wait_for 5 pid_gone "$dump_pid"
four() { [[ $(wc -l <"$1") == 4 ]]; }
check "four lines" four "$live"
check "the query" grep -Eq "$CLIENT_IF $CLIENT_MAC > ff:ff:ff:ff:ff:ff e1\.2 request .* config read" "$live"
check "the answer" grep -Eq "$SERVER_MAC > $CLIENT_MAC e1\.2 response .* ata status=0x40" "$live"
check "the file has the same" cmp <(sed "s/ $CLIENT_IF / /" "$live") <(aoe dump -r "$file")
tags() { aoe dump -r "$file" --json | python3 -c 'import json,sys; print(len([json.loads(l)["tag"] for l in sys.stdin]))'; }
check "as JSON, one object a line" [ "$(tags)" = 4 ]
check "into another file" gives 0 ".*" aoe dump -r "$file" -w "$TEST_TMP/copy.pcap" -c 2
check "which has two" [ "$(aoe dump -r "$TEST_TMP/copy.pcap" | wc -l)" = 2 ]
if command -v tshark >/dev/null; then
  check "tshark reads it" [ "$(tshark -r "$file" -Y aoe 2>/dev/null | wc -l)" = 4 ]
fi
check "Ctrl-C ends it well" gives 0 "" timeout --preserve-status -s INT 0.5 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" dump
check "no capture file" gives 1 "aoe: cannot read the capture file: .*" aoe dump -r /nonexistent
check "a file that is none" gives 1 "aoe: cannot read the capture file: .*" aoe dump -r "$live"
check "-r or -i" gives 2 "aoe: .*excludes.*" aoe dump -r "$file" -i "$CLIENT_IF"
check "a file that cannot be made" gives 1 "aoe: cannot write the capture file: .*" aoe dump -r "$file" -w /nonexistent/x
test_end
