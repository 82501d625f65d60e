#!/bin/bash
# Debian's aoeping against the target: discovery, IDENTIFY and SMART as aoetools users see them.
#
#   srv0: target e1.2 ==== cli0: aoeping
set -euo pipefail
source "$(dirname "$0")/../lib/netns.sh"

test_begin interop-aoeping
require_tool aoeping
make_image "$TEST_TMP/disk.img" 16M
netns_pair ping 1500
capture_start interop-aoeping
start_target 1 2 "$SERVER_IF" "$TEST_TMP/disk.img"
ping() { in_client aoeping -s 3 "$@" 1 2 "$CLIENT_IF"; }
nl=$'\n'
row='(([0-9a-f]{2} ){16}'$nl')'
registers() { echo "ATA registers:$nl +Features: 0x00$nl.* LBA Mid: 0x$1$nl +LBA High: 0x$2$nl +Status: 0x40$nl"; }

check "plain: silence and success" gives 0 '' ping
check "-v: reply dump and address" gives 0 \
  "tag: 80000007${nl}eth: cli0${nl}shelf: 1${nl}slot: 2${nl}config query response:$nl.*found e1\.2 with mac 020000000001$nl" \
  ping -v -t 7
check "-v: response to this tag, shelf and slot" gives 0 \
  ".*$nl(02 00 00 00 00 02 02 00 00 00 00 01 88 a2 18 00 ${nl}00 01 02 01 80 00 00 07 ).*" ping -v -t 7
check "-i: 512 bytes" gives 0 "device identify response:$nl$row{32}" ping -i
check "-I: names the disk" gives 0 \
  "device identify fields:$nl(vendor_specific_[012]: 0x[0-9A-F]+$nl){3}serial_number: [^$nl]+${nl}firmware_rev: [^$nl]+${nl}model: [^$nl]+$nl" \
  ping -I
check "-S return_status: healthy" gives 0 "$(registers 4f c2)$nl" ping -S return_status
check "-S read_data: 512 bytes" gives 0 "$(registers 4f c2)${nl}SMART data:$nl$row{32}" ping -S read_data
check "-S disable" gives 0 "ATA registers:$nl.*Status: 0x40$nl" ping -S disable
check "-S return_status while disabled: aborted" gives 1 "SMART command aborted on target\.$nl" ping -S return_status
check "-S enable" gives 0 "ATA registers:$nl.*Status: 0x40$nl" ping -S enable
check "-S return_status: healthy again" gives 0 "$(registers 4f c2)$nl" ping -S return_status

# write_log is sent with a reserved header bit set (a known fault of aoeping): any answer or none will do.
in_client aoeping -s 1 -S write_log:9 1 2 "$CLIENT_IF" </dev/zero >"$TEST_LOGS/write_log.log" 2>&1 || true
check "after write_log: alive" gives 0 '' ping
check "other slot: no answer" gives 142 '(.*Alarm clock.*)?' in_client aoeping -s 1 1 3 "$CLIENT_IF"
stop_target
capture_stop
test_end
