#!/bin/bash
# aoeping, aoecfg and aoe-sancheck against our target, byte for byte as Debian's.
#
#   srv0: target e1.2, target e1.3 ==== cli0: each tool, Debian's and ours
set -euo pipefail
source "$(dirname "$0")/lib.sh"

test_begin aoetools-wire
require_debian aoeping aoecfg aoe-sancheck
netns_pair atw 9000
for slot in 2 3; do
  make_image "$TEST_TMP/$slot.img" 16M
  start_target 1 "$slot" "$SERVER_IF" "$TEST_TMP/$slot.img"
done
AROUND=(in_client)
nl=$'\n' tab=$'\t'

# aoeping. Without -t both begin with tag 0x80000000, so nothing is masked.
for options in '' -v -i -I '-i -v' '-i -I' '-v -t 5' '-v -t 010' '-v -t 4294967295' '-s 5' \
  '-S return_status' '-v -I -S return_status' '-S read_log:0' '-S read_log:6' '-S read_log' \
  '-S enable' '-S enable:5' '-S offline_immediate'; do
  # shellcheck disable=SC2086
  same "aoeping $options" aoeping $options 1 2 "$CLIENT_IF"
done
# The page counts requests and minutes, so its bytes differ from one reading to the next; their number must not.
MASK='/^SMART data/,$s/[0-9a-f][0-9a-f] /xx /g'
same "aoeping -S read_data" aoeping -S read_data 1 2 "$CLIENT_IF"
MASK=''
ours aoeping -S disable 1 2 "$CLIENT_IF" >/dev/null
same "aoeping: SMART is disabled" aoeping -S return_status 1 2 "$CLIENT_IF"
same "aoeping -S disable" aoeping -S disable 1 2 "$CLIENT_IF"
ours aoeping -S enable 1 2 "$CLIENT_IF" >/dev/null
for arguments in '' -h -x '--foo 1 2 eth0' -s -S -t '-s 0 1 2 cli0' '-s x 1 2 cli0' '1 2' '1 2 cli0 more' \
  '-S bogus 1 2 cli0'; do
  # shellcheck disable=SC2086
  same "aoeping $arguments (usage)" aoeping $arguments
done

# aoecfg
cfg() { # ARGS: for one target
  same "aoecfg ${*@Q}" aoecfg -t 2 "$@" 1 2 "$CLIENT_IF"
}
cfg
cfg -c test -s ''
ours aoecfg -t 2 -c set -s owner-a 1 2 "$CLIENT_IF" >/dev/null
cfg
cfg -c test -s owner-a
cfg -c test -s owner
cfg -c prefix -s own
cfg -c prefix -s ''
cfg -c prefix -s owner-ab
cfg -c set -s owner-a
cfg -c set -s owner-b
cfg -c fset -s $'tab\tnewline\nend'
cfg
cfg -c fset -s ''
cfg -c set -s again
everybody='aoecfg -t 1 cli0 | sort'
same "aoecfg, all" sh -c "$everybody"
same "aoecfg, wildcard shelf" aoecfg -t 1 65535 3 "$CLIENT_IF"
same "aoecfg, wildcard slot" sh -c 'aoecfg -t 1 1 255 cli0 | sort'
same "aoecfg, hexadecimal and octal" aoecfg -t 1 0x1 002 "$CLIENT_IF"
same "aoecfg, nobody there" aoecfg -t 1 1 4 "$CLIENT_IF"
for arguments in '-c foo' '-c' -z -h -v '1 2 3' 9 '1 2 cli0 4'; do
  # shellcheck disable=SC2086
  same "aoecfg $arguments (usage)" aoecfg $arguments
done

# aoe-sancheck. Debian's lists devices of -v in the order of their answers: the lines are sorted.
sancheck() { same "aoe-sancheck: $1" sh -c 'aoe-sancheck; aoe-sancheck -v | sort'; }
sancheck "all is well"
ip -n "$CLIENT_NS" link set "$CLIENT_IF" mtu 1500
sancheck "our MTU is smaller"

# What ours does better; see DIFFERENCES in the manual pages.
check "aoeping: nobody there" gives 1 'aoeping Error: e1\.4 does not answer on cli0: waited 1 s'"$nl" \
  ours aoeping -s 1 1 4 "$CLIENT_IF"
check "aoeping: no such interface" gives 1 "aoeping Error: .*nope.*" ours aoeping 1 2 nope
check "aoeping: no number" gives 1 'aoeping Error: x is not a shelf .*' ours aoeping x 2 "$CLIENT_IF"
check "aoeping: a wildcard is no target" gives 1 \
  'aoeping Error: 65535 is not a shelf .*' ours aoeping 65535 2 "$CLIENT_IF"
check "aoeping: write_log wants 512 bytes" gives 1 'aoeping Error: write_log wants 512 bytes .* there were 0'"$nl" \
  eval "ours aoeping -S write_log:9 1 2 $CLIENT_IF </dev/null"
check "aoecfg: nobody there, without -t" gives 1 'aoecfg: nobody answered on cli0 within 10 s'"$nl" \
  ours aoecfg 1 4 "$CLIENT_IF"
check "aoecfg: all, without -t, ends" gives 0 ".*1\.3$tab.*" ours aoecfg "$CLIENT_IF"
check "aoecfg: no such interface" gives 1 "aoecfg Error: .*nope.*" ours aoecfg nope
check "aoecfg: no number" gives 1 \
  'aoecfg Error: "65537" is not a shelf .*usage: .*' ours aoecfg -t 1 65537 2 "$CLIENT_IF"
long=$(printf 'x%.0s' {1..1025})
check "aoecfg: 1024 bytes" gives 0 "${long:1}$nl" ours aoecfg -c fset -s "${long:1}" 1 2 "$CLIENT_IF"
check "aoecfg: 1025 bytes" gives 1 'aoecfg Error: the string has 1025 bytes.*' \
  ours aoecfg -c fset -s "$long" 1 2 "$CLIENT_IF"
check "aoe-sancheck: no option" gives 1 'aoe-sancheck Error: "-x" is not an option.*' ours aoe-sancheck -x

# A smaller MTU in between, which neither end sees: frames that are too long get lost.
stop_target
ip -n "$CLIENT_NS" link set "$CLIENT_IF" mtu 9000
ip -n "$SERVER_NS" link set "$SERVER_IF" mtu 1500
# Debian's asks only once.
wait_for 5 grep -q "has MTU 1500 now" "$TEST_LOGS/target.log"
# Debian's also prints "write failed" for each frame that a virtual cable refuses, in between: the report is compared.
same "aoe-sancheck: the far side's MTU is smaller" sh -c \
  'aoe-sancheck | sed -n "/^INTERFACE SUMMARY/,\$p"; aoe-sancheck -v | sed -n "/^INTERFACE SUMMARY/,\$p" | sort'
test_end
