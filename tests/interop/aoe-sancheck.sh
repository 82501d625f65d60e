#!/bin/bash
# Debian's aoe-sancheck against two targets: both are found, and the full payload of the path gets through.
#
#   srv0: target e1.2, target e1.3 ==== cli0: aoe-sancheck     MTU 9000, then 1500
set -euo pipefail
source "$(dirname "$0")/../lib/netns.sh"

test_begin interop-aoe-sancheck
require_tool aoe-sancheck
netns_pair san 9000
capture_start interop-aoe-sancheck

report() { in_client timeout 20 aoe-sancheck -v | sed -n '/^DEVICE SUMMARY/,$p' | sed '/^=*$/d' | tr -s ' \t' ' ' | sort; }
sancheck() { # PAYLOAD SECTORS: exactly these lines, in any order, hence no warning
  local nl=$'\n'
  gives 0 "DEVICE SUMMARY${nl}Device Macs Payload Local Interfaces${nl}cli0:${nl}\
e1\.2 02(00){4}01 $2${nl}e1\.2 1 $1 cli0${nl}e1\.3 02(00){4}01 $2${nl}e1\.3 1 $1 cli0$nl" report
}

for mtu in 9000 1500; do
  ip -n "$SERVER_NS" link set "$SERVER_IF" mtu "$mtu"
  ip -n "$CLIENT_NS" link set "$CLIENT_IF" mtu "$mtu"
  pids=()
  for slot in 2 3; do
    make_image "$TEST_TMP/$slot.img" 1M
    start_target 1 "$slot" "$SERVER_IF" "$TEST_TMP/$slot.img"
    pids+=("$TARGET_PID")
  done
  sectors=$(((mtu - 36) / 512))
  check "MTU $mtu: two disks, payload $((sectors * 512)), no warning" sancheck $((sectors * 512)) "$sectors"
  for pid in "${pids[@]}"; do stop_pid "$pid"; done
done
capture_stop
test_end
