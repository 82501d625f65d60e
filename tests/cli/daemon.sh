#!/usr/bin/env bash
# The commands for a running aoed, against one that answers as docs/control.md says, and against none.
source "$(dirname "$0")/../lib/env.sh"
set -euo pipefail

test_begin cli-daemon
require_tool python3
AOE=$AOEKIT_BIN/aoe
SOCKET=$TEST_TMP/aoed.sock
here=$REPO/tests/cli
json() { "$AOE" "$@" --socket "$SOCKET" --json | python3 -c "import json,sys; d=json.load(sys.stdin); sys.exit(not ($CHECK))"; }
on() { "$AOE" "$@" --socket "$SOCKET"; }
fits() { [[ $("$@" | awk 'length > 80' | wc -l) == 0 ]]; }

check "no daemon" gives 1 "aoe: no aoed is listening at .*systemctl start aoed.*--socket.*" on status
check "no daemon for top" gives 1 "aoe: no aoed is listening.*" on top
python3 "$here/documented_aoed.py" "$REPO/docs/control.md" "$SOCKET" 2>"$TEST_LOGS/aoed.log" &
at_exit stop_pid $!
wait_for 10 test -S "$SOCKET" || fail "the daemon of the document does not start"

check "export list" gives 0 ".*ADDRESS .*e1\.2 +10 GiB +rw +serving .*e1\.3 .*waiting.*" on export list
check "says why one is not served" gives 0 ".*e1\.3 is not served: /srv/missing.img does not exist.*" on export list
check "export show" gives 0 ".*description +database of rack 7.*held|.*99 % under.*" on export show e1.2
check "export show, none" gives 1 "aoe: there is no export e9\.9.*" on export show e9.9
check "a daemon that refuses" gives 1 "aoe: e1\.2 was used 1 s ago .*--force.*" on export remove e1.2
check "with --force" gives 0 "" on export remove e1.2 --force
check "export add" gives 0 "e2\.0 is exported.*" on export add e2.0 /dev/vg0/new --save
check "export add, taken" gives 1 "aoe: e1\.2 is exported already.*" on export add e1.2 /dev/vg0/new
check "reload" gives 0 "nothing has changed.*" on reload
check "status" gives 0 "version +0\.1\.0.*pid +4711.*" on status
check "client list" gives 0 "ADDRESS .*e1\.2 +db1 .*" on client list
check "interface list" gives 0 "NAME .*eth1 +02:00:00:00:00:f1 +up +9000.*" on interface list
check "mask" gives 0 $'02:00:00:00:00:01\n02:00:00:00:00:02.*' on export mask e1.2
check "resize" gives 0 "" on export resize e1.2 20G
for command in "export list" "export show e1.2" "client list" "interface list" "status"; do
  # shellcheck disable=SC2086
  check "80 columns: $command" fits on $command
done
CHECK="[e['address'] for e in d] == ['e1.2', 'e1.3']" check "export list --json" json export list
CHECK="d['settings']['path'] == '/dev/vg0/db'" check "export show --json" json export show e1.2
CHECK="d[0]['mac'] == '02:00:00:00:00:01'" check "client list --json" json client list
CHECK="d['pid'] == 4711" check "status --json" json status
CHECK="d == {'notes': ['nothing has changed']}" check "reload --json" json reload
CHECK="d['exports'][0]['per_second']['reads'] > 0" check "top --once --json" json top --once -d 0.2

check "no operation" gives 2 "aoe: A subcommand is required \(see: aoe export --help\).*" on export
check "a bad operation" gives 2 "aoe: .*steal.*" on export mask e1.2 steal
check "add without stations" gives 2 "aoe: add needs at least one station.*" on export mask e1.2 add
check "nothing to set" gives 2 "aoe: nothing to change.*aoe export set --help.*" on export set e1.2
check "a bad size" gives 2 "aoe: SIZE: .*" on export resize e1.2 many
check "a missing path" gives 2 "aoe: PATH is required \(see: aoe export add --help\).*" on export add e1.2
check "help of an operation has examples" gives 0 ".*Examples:.*aoe export add e1\.3.*" on export add --help
check "no terminal for top" gives 1 "aoe: .*no terminal.*--once.*" on top
check "top on a terminal" python3 "$here/top_pty.py" "$AOE" "$SOCKET"
test_end
