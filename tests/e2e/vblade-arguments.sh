#!/usr/bin/env bash
# vblade's command line: each mistake gets one line that names the thing and the remedy, and status 1.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin vblade-arguments
netns_pair args 1500
image=$TEST_TMP/disk.img
make_image "$image" 1M
vblade() { timeout 10 ip netns exec "$SERVER_NS" "$VBLADE" "$@"; }
one_line() { [[ $(vblade "$@" 2>&1 | wc -l) == 1 ]]; }

check "a shelf out of range" gives 1 ".*shelf '65535' is not a number from 0 to 65534.*" vblade 65535 2 "$SERVER_IF" "$image"
check "a slot that is no number" gives 1 ".*slot 'two'.*" vblade 1 two "$SERVER_IF" "$image"
check "a missing file" gives 1 ".*no-such-file.*[Nn]o such file.*" vblade 1 2 "$SERVER_IF" "$TEST_TMP/no-such-file"
check "a directory" gives 1 ".*directory.*" vblade 1 2 "$SERVER_IF" "$TEST_TMP"
check "an empty file" gives 1 ".*empty.*" vblade 1 2 "$SERVER_IF" "$(: >"$TEST_TMP/empty"; echo "$TEST_TMP/empty")"
check "a missing interface, with those that exist" gives 1 ".*no interface 'eth9'.*$SERVER_IF.*" vblade 1 2 eth9 "$image"
check "an offset past the end" gives 1 ".*offset 4000 .*2048 sectors.*" vblade -o 4000 1 2 "$SERVER_IF" "$image"
check "a length that does not fit" gives 1 ".*4000 sectors.*2048 sectors.*" vblade -l 4000 1 2 "$SERVER_IF" "$image"
check "an option that is none" gives 1 ".*usage: vblade.*" vblade -x 1 2 "$SERVER_IF" "$image"
for mistake in "65535 2 $SERVER_IF $image" "1 2 eth9 $image" "1 2 $SERVER_IF /nonexistent"; do
  # shellcheck disable=SC2086
  check "one line for: $mistake" one_line $mistake
done
check "help" gives 0 ".*Examples:.*" vblade --help
check "version" gives 0 "vblade \(aoekit\) .*" vblade --version

# Without privileges, the remedy is named.
if command -v setpriv >/dev/null; then
  chmod 755 "$TEST_TMP"; chmod 666 "$image"
  unprivileged() {
    ip netns exec "$SERVER_NS" setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
      "$VBLADE" 1 2 "$SERVER_IF" "$image"
  }
  if setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$VBLADE" -a -r "$image"; then
    check "missing privileges" gives 1 ".*CAP_NET_RAW.*root.*" timeout 10 bash -c "$(declare -f unprivileged); \
      SERVER_NS=$SERVER_NS VBLADE=$VBLADE SERVER_IF=$SERVER_IF image=$image unprivileged"
  else
    echo "ok   missing privileges # not tried: the build is not readable for other users"
  fi
fi
test_end
