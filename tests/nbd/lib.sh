# nbdkit with our plugin in the client's namespace, NBD clients on a Unix socket.
#
#     $SERVER_NS                         $CLIENT_NS
#   target e1.2 srv0 ====veth==== cli0 - nbdkit aoe -- $TEST_TMP/nbd -- nbdcopy, qemu-img, nbdsh ...
#
#   nbdkit_start ARGS...     starts nbdkit in the foreground, ARGS to the plugin (options of nbdkit may come among them),
#                            and waits until it serves; sets NBDKIT_PID; output goes to $TEST_LOGS/nbdkit.log
#   nbdkit_stop              ends it with TERM; its exit status is the status
#   nbdkit_says REGEX        whether the log has such a line
#   uri [EXPORT]             prints the address of an export
#   require_python_nbd       skips unless Python has libnbd
#   python_nbd CODE          runs Python that has libnbd's handle h, connected to the default export, and nbd.CMD_FLAG_...

source "$(dirname "${BASH_SOURCE[0]}")/../lib/netns.sh"
PLUGIN=$AOEKIT_BIN/../lib/nbdkit-aoe-plugin.so
NBDKIT_PID=''

nbd_begin() {
  test_begin "$1"
  [[ -r $PLUGIN ]] || skip "no nbdkit plugin at $PLUGIN (nbdkit-plugin-dev was missing when this was built)"
  require_tool nbdkit "${@:2}"
}

nbdkit_serves() { [[ -s $TEST_TMP/nbdkit.pid ]] || pid_gone "$NBDKIT_PID"; }

nbdkit_start() {
  rm -f "$TEST_TMP/nbd" "$TEST_TMP/nbdkit.pid"
  ip netns exec "$CLIENT_NS" nbdkit -f -U "$TEST_TMP/nbd" -P "$TEST_TMP/nbdkit.pid" "$PLUGIN" "$@" \
    >>"$TEST_LOGS/nbdkit.log" 2>&1 &
  NBDKIT_PID=$!
  at_exit stop_pid "$NBDKIT_PID"
  wait_for 20 nbdkit_serves || fail "nbdkit does not serve after 20 s"
  ! pid_gone "$NBDKIT_PID" || fail "nbdkit ended at start"
}

nbdkit_stop() {
  kill -TERM "$NBDKIT_PID"
  wait_for 10 pid_gone "$NBDKIT_PID" || return 1
  wait "$NBDKIT_PID"
}

nbdkit_says() { grep -Eq "$1" "$TEST_LOGS/nbdkit.log"; }

uri() { echo "nbd+unix:///${1:-}?socket=$TEST_TMP/nbd"; }

# The system's Python, for which the package installs the module; nbdsh would take the first in PATH.
require_python_nbd() { /usr/bin/python3 -c 'import nbd' 2>/dev/null || skip "python3-libnbd is not installed"; }
python_nbd() { timeout 60 /usr/bin/python3 -m nbd -u "$(uri)" -c 'import os, time' -c "$1"; }
