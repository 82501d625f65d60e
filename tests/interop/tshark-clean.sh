#!/bin/bash
# Wireshark's AoE dissector over every capture of the other tests: nothing malformed, no response under 60 bytes.
#
#   $AOEKIT_CAPTURES/*.pcap ---> tshark ---> frames that are malformed, in error, or short
#                       \-- "hostile" or "conform" in the name: only responses are judged
set -euo pipefail
source "$(dirname "$0")/../lib/env.sh"

test_begin tshark-clean
require_tool tshark
compgen -G "$AOEKIT_CAPTURES/*.pcap" >/dev/null || skip "no captures in $AOEKIT_CAPTURES"

frames() { # FILE FILTER: one line a frame
  tshark -n -r "$1" -Y "$2" -T fields -e frame.number -e frame.len -e eth.src -e aoe.version -e aoe.cmd \
    -e aoe.response -e _ws.expert.message 2>>"$TEST_LOGS/tshark.log"
}
# The dissector reads ATA frames only: of config, mask and reserve frames it shows the header and judges no more,
# and a frame whose version is not 1 it passes over in silence, so the version is asked for here.
clean() { # FILE
  local bad='_ws.malformed || _ws.expert.severity == "Error" || (aoe && !(aoe.version == 1))'
  local short='(aoe.response == 1 && frame.len < 60)' found
  case ${1##*/} in
    *hostile* | *conform*) bad="(aoe.response == 1 && ($bad))" ;;
  esac
  [[ -n $(tshark -n -r "$1" -c 1 2>/dev/null) ]] || { echo "no frame was captured"; return 1; }
  found=$(frames "$1" "$bad || $short") || { echo "tshark failed, see $TEST_LOGS/tshark.log"; return 1; }
  [[ -z $found ]] || {
    echo "$(wc -l <<<"$found") bad frame(s); number, length, source, version, command, response flag, what is wrong:"
    head -n 5 <<<"$found"
    return 1
  }
}

for file in "$AOEKIT_CAPTURES"/*.pcap; do
  check "${file##*/}: $(capinfos -Mc -T -r "$file" 2>/dev/null | cut -f2) frames" clean "$file"
done
test_end
