# aoed in the server's namespace of netns.sh, with a configuration, state and control socket of its own.
#
#   aoed_config [LINE...]    writes $TEST_TMP/aoed.toml: where things are, one line each of the arguments, and what follows on stdin
#   start_aoed [ARGS...]     starts aoed with it and waits until it serves; sets AOED_PID; output goes to $TEST_LOGS/aoed.log
#   stop_aoed                ends it with TERM; its status is that of the call
#   aoed_said TEXT           whether the log of this start has TEXT (extended regular expression)
#   aoe ARGS...              the client's aoe, on $CLIENT_IF where it matters
#   control ARGS...          aoe with the control socket of this aoed, e.g. control export list
#   found ADDRESS            whether the client discovers e.g. e1.2
#
# This file brings in netns.sh and env.sh; call test_begin and netns_pair first.

source "$(dirname "${BASH_SOURCE[0]}")/../lib/netns.sh"
: "${AOED:=$AOEKIT_BIN/aoed}"
AOED_PID='' AOED_LOG_FROM=1

aoed_config() {
  {
    [[ " $* " == *user\ =* ]] || echo 'user = ""'
    [[ " $* " == *interfaces\ =* ]] || echo "interfaces = [\"$SERVER_IF\"]"
    printf 'metrics = ""\ncontrol_socket = "%s"\nstate = "%s"\n' "$TEST_TMP/run/aoed.sock" "$TEST_TMP/lib/state.db"
    (($# == 0)) || printf '%s\n' "$@"
    cat
  } >"$TEST_TMP/aoed.toml"
}

aoed_said() { tail -n "+$AOED_LOG_FROM" "$TEST_LOGS/aoed.log" | grep -Eq "$1"; }
aoed_serves() { pid_gone "$AOED_PID" || aoed_said 'serving [0-9]+ exports'; }

start_aoed() {
  [[ -x $AOED ]] || skip "no aoed at $AOED"
  touch "$TEST_LOGS/aoed.log"
  AOED_LOG_FROM=$(($(wc -l <"$TEST_LOGS/aoed.log") + 1))
  ip netns exec "$SERVER_NS" "$AOED" --config "$TEST_TMP/aoed.toml" "$@" >>"$TEST_LOGS/aoed.log" 2>&1 &
  AOED_PID=$!
  at_exit stop_pid "$AOED_PID"
  wait_for 30 aoed_serves || fail "aoed did not serve within 30 s"
  pid_gone "$AOED_PID" && fail "aoed ended at start"
  return 0
}

stop_aoed() {
  local status=0
  kill -TERM "$AOED_PID"
  wait_for 10 pid_gone "$AOED_PID" || { kill -KILL "$AOED_PID"; echo "aoed did not end within 10 s" >&2; }
  wait "$AOED_PID" || status=$?
  return "$status"
}

aoe() { in_client timeout 60 "$AOEKIT_BIN/aoe" "$@"; }
control() { timeout 60 "$AOEKIT_BIN/aoe" "$@" --socket "$TEST_TMP/run/aoed.sock"; }
found() { aoe discover -i "$CLIENT_IF" 2>/dev/null | grep -Eq "(^|[^0-9a-z])${1//./\\.}([^0-9]|$)"; }
not_found() { ! found "$1"; }
