#!/bin/bash
# Debian's aoecfg against two targets: every sub-command of the config string, as a claim on a disk uses them.
#
#   srv0: target e1.2, target e1.3 ==== cli0: aoecfg
set -euo pipefail
source "$(dirname "$0")/../lib/netns.sh"

test_begin interop-aoecfg
require_tool aoecfg
netns_pair cfg 1500
capture_start interop-aoecfg
for slot in 2 3; do
  make_image "$TEST_TMP/$slot.img" 1M
  start_target 1 "$slot" "$SERVER_IF" "$TEST_TMP/$slot.img"
done
nl=$'\n' tab=$'\t'
cfg() { in_client aoecfg -t 1 "$@" 1 2 "$CLIENT_IF"; }
cfg_all() { in_client aoecfg -t 1 "$@" "$CLIENT_IF" | sort; }
long=$(printf 'x%.0s' {1..1016})   # the protocol allows 1024, but aoecfg aborts above 1016

check "read: empty at start" gives 0 "$nl" cfg
check "read: both answer the broadcast" gives 0 "1\.2$tab${nl}1\.3$tab$nl" cfg_all
check "test: empty string finds the unclaimed" gives 0 "$nl" cfg -c test -s ''
check "set: claims an empty string" gives 0 "owner-a$nl" cfg -c set -s owner-a
check "set: same string again" gives 0 "owner-a$nl" cfg -c set -s owner-a
check "set: other string is refused" gives 0 "\*badcfg\*$nl" cfg -c set -s owner-b
check "set: prefix of the string is refused" gives 0 "\*badcfg\*$nl" cfg -c set -s owner
check "read: first claim stands" gives 0 "owner-a$nl" cfg -c read
check "read: the other target is untouched" gives 0 "1\.2${tab}owner-a${nl}1\.3$tab$nl" cfg_all
check "test: equal" gives 0 "owner-a$nl" cfg -c test -s owner-a
check "test: prefix is not equal, silence" gives 0 '' cfg -c test -s owner
check "test: empty is not equal, silence" gives 0 '' cfg -c test -s ''
check "test: broadcast finds the unclaimed one" gives 0 "1\.3$tab$nl" cfg_all -c test -s ''
check "prefix: prefix" gives 0 "owner-a$nl" cfg -c prefix -s own
check "prefix: whole string" gives 0 "owner-a$nl" cfg -c prefix -s owner-a
check "prefix: empty matches all" gives 0 "1\.2${tab}owner-a${nl}1\.3$tab$nl" cfg_all -c prefix -s ''
check "prefix: longer, silence" gives 0 '' cfg -c prefix -s owner-ab
check "prefix: different, silence" gives 0 '' cfg -c prefix -s own-
check "fset: replaces" gives 0 "owner-b$nl" cfg -c fset -s owner-b
check "fset: 1016 bytes" gives 0 "$long$nl" cfg -c fset -s "$long"
check "read: 1016 bytes" gives 0 "$long$nl" cfg
check "fset: empty releases the claim" gives 0 "$nl" cfg -c fset -s ''
check "set: free again" gives 0 "owner-c$nl" cfg -c set -s owner-c
check "wildcard shelf, given slot" gives 0 "1\.3$tab$nl" in_client aoecfg -t 1 65535 3 "$CLIENT_IF"
check "given shelf, wildcard slot" gives 0 "1\.2${tab}owner-c${nl}1\.3$tab$nl" \
  eval 'in_client aoecfg -t 1 1 255 $CLIENT_IF | sort'
check "absent slot: silence" gives 0 '' in_client aoecfg -t 1 1 4 "$CLIENT_IF"
capture_stop
test_end
