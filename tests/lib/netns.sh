# A target and its client in two network namespaces, joined by a virtual cable, with a capture of all AoE frames.
#
#     namespace $SERVER_NS                        namespace $CLIENT_NS
#   +-----------------------+                   +-----------------------+
#   | $VBLADE ... srv0 FILE |       veth        |  clients, QEMU        |
#   |      $SERVER_IF=srv0 -+-------------------+- cli0=$CLIENT_IF      |
#   |   02:00:00:00:00:01   |    MTU as given   |   02:00:00:00:00:02   |
#   +-----------------------+                   +-----------------------+
#            dumpcap on srv0 -> $AOEKIT_CAPTURES/<test>.pcap
#
#   netns_pair NAME MTU      makes both; no IPv6, so nothing but AoE is on the wire; removed at exit
#   in_server CMD...         runs CMD in the server's namespace
#   in_client CMD...         runs CMD in the client's namespace
#   start_target ARGS...     starts $VBLADE ARGS in the server's namespace and waits for its "pid N: eS.L, ..." line;
#                            sets TARGET_PID; output goes to $TEST_LOGS/target.log (appended on a restart)
#   stop_target              ends it with TERM
#   kill_target              ends it with KILL, as a crash would
#   capture_start NAME [N]   captures EtherType 0x88a2 into NAME.pcap, first N bytes of each frame (default: whole
#                            frames); a NAME with "hostile" or "conform" marks requests that are malformed on purpose
#   capture_stop             ends it and waits until the file is complete (also done at exit)
#   make_image FILE SIZE     a sparse file
#
# This file brings in env.sh; call its test_begin first.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
SERVER_IF=srv0 SERVER_MAC=02:00:00:00:00:01
CLIENT_IF=cli0 CLIENT_MAC=02:00:00:00:00:02
TARGET_PID='' CAPTURE_PID=''

in_server() { ip netns exec "$SERVER_NS" "$@"; }
in_client() { ip netns exec "$CLIENT_NS" "$@"; }

netns_add() {
  ip netns add "$1" 2>/dev/null || skip "cannot make network namespaces"
  at_exit ip netns del "$1"
  ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null || true
}

netns_pair() {
  require_tool ip dumpcap
  SERVER_NS=aoekit-$1-s-$$
  CLIENT_NS=aoekit-$1-c-$$
  netns_add "$SERVER_NS"
  netns_add "$CLIENT_NS"
  ip -n "$SERVER_NS" link add "$SERVER_IF" address "$SERVER_MAC" mtu "$2" type veth \
    peer name "$CLIENT_IF" address "$CLIENT_MAC" mtu "$2" netns "$CLIENT_NS" || skip "the kernel has no veth"
  ip -n "$SERVER_NS" link set "$SERVER_IF" up
  ip -n "$CLIENT_NS" link set "$CLIENT_IF" up
}

make_image() { truncate -s "$2" "$1"; }

target_ready() {
  kill -0 "$TARGET_PID" 2>/dev/null || return 0   # the caller tells this from success
  tail -n "+$TARGET_LOG_FROM" "$TEST_LOGS/target.log" | grep -Eq '^pid [0-9]+: e[0-9]+\.[0-9]+,'
}

start_target() {
  local log=$TEST_LOGS/target.log
  [[ -x $VBLADE ]] || skip "no target at $VBLADE"
  touch "$log"
  TARGET_LOG_FROM=$(($(wc -l <"$log") + 1))
  ip netns exec "$SERVER_NS" "$VBLADE" "$@" >>"$log" 2>&1 &
  TARGET_PID=$!
  at_exit stop_pid "$TARGET_PID"
  wait_for 10 target_ready || fail "the target printed no 'pid N: eS.L' line in 10 s"
  kill -0 "$TARGET_PID" 2>/dev/null || fail "the target ended at start"
}

stop_target() { stop_pid "$TARGET_PID"; }
kill_target() { kill -KILL "$TARGET_PID"; wait "$TARGET_PID" 2>/dev/null || true; }

capture_start() {
  local file=$AOEKIT_CAPTURES/$1.pcap log=$TEST_LOGS/capture.log
  rm -f "$file"
  : >"$log"
  ip netns exec "$SERVER_NS" dumpcap -q -P -B 32 -s "${2:-65535}" -i "$SERVER_IF" -f 'ether proto 0x88a2' \
    -w "$file" >"$log" 2>&1 &
  CAPTURE_PID=$!
  at_exit capture_stop
  wait_for 10 grep -q '^File:' "$log" || fail "the capture did not start"
}

capture_stop() {
  [[ -z $CAPTURE_PID ]] || { sleep 0.5; stop_pid "$CAPTURE_PID"; }   # the kernel hands over its last block late
  CAPTURE_PID=''
}
