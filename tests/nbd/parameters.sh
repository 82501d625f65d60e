#!/bin/bash
# nbdkit does not start with bad parameters, and says in one line what is wrong.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

nbd_begin nbd-parameters
netns_pair nbdpar 1500
nl=$'\n'
one_line() { # REGEX PARAMETERS...: exactly one line of error, and nothing is served
  gives 1 "nbdkit: error: [^$nl]*$1[^$nl]*$nl" in_client timeout 30 nbdkit -U - "$PLUGIN" "${@:2}" --run 'echo it serves'
}
usage() { check "refused: ${*:2}" one_line "$@"; }

usage 'shelf=65535: a number from 0 to 65534' shelf=65535 slot=2
usage 'slot=two: a number from 0 to 254' shelf=1 slot=two
usage 'shelf=-1: a number' shelf=-1 slot=0
usage 'shelf=1 needs a slot' shelf=1
usage 'slot=2 needs a shelf' slot=2
usage 'named twice' e1.2 shelf=1 slot=2
usage 'only one address' e1.2 e1.3
usage "'?e1'?" e1
usage 'e1.999' e1.999
usage 'mean every shelf and slot' aoe://cli0/65535.255
usage 'interface=: the name' interface= e1.2
usage 'nosuch0' interface=nosuch0 e1.2
usage 'nosuch0' aoe://nosuch0/1.2
usage 'dead-seconds=0: a number from 1' dead-seconds=0 e1.2
usage 'exclude each other' dead-seconds=5 wait-forever=yes e1.2
usage 'wait-forever=perhaps: say yes or no' wait-forever=perhaps e1.2
usage 'find-seconds=1.5: a number' find-seconds=1.5 e1.2
usage "unknown parameter 'device': there are address, shelf" device=e1.2
usage 'e1\.2: no answer' interface=cli0 find-seconds=1 shelf=1 slot=2

unprivileged() { in_client setpriv --reuid=65534 --regid=65534 --clear-groups nbdkit -U - "$PLUGIN" e1.2 --run true; }
if setpriv --reuid=65534 test -r "$PLUGIN"; then
  check "refused: without privileges" gives 1 ".*nbdkit: error: .*CAP_NET_RAW.*" unprivileged
fi
check "help names the parameters" gives 0 '.*shelf=SHELF slot=SLOT.*dead-seconds=.*' nbdkit "$PLUGIN" --help
version=$(cat "$REPO/VERSION")
check "--dump-plugin" gives 0 ".*name=aoe.*version=$version.*thread_model=parallel.*aoekit_version=$version.*" \
  nbdkit "$PLUGIN" --dump-plugin

# `make install` puts it where nbdkit looks; here a directory of ours is in that place.
plugins=$(nbdkit --dump-config | sed -n 's/^plugindir=//p')
by_name() {
  DESTDIR=$TEST_TMP/root cmake --install "$AOEKIT_BIN/.." --component nbdkit >"$TEST_LOGS/install.log" 2>&1 &&
    unshare -m sh -c 'mount --bind "$1" "$2" && nbdkit aoe --dump-plugin' - "$TEST_TMP/root$plugins" "$plugins"
}
check "installed, nbdkit finds it by its name" gives 0 ".*path=$plugins/nbdkit-aoe-plugin.so.*name=aoe.*" by_name
test_end
