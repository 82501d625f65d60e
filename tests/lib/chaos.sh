# A target and its client with a faulty link between them, or several: `aoe chaos` in a namespace of its own.
#
#     $SERVER_NS                  $CHAOS_NS                   $CLIENT_NS
#   +------------+       +---------------------+       +------------+
#   |       srv0-+-veth--+-cha0  aoe chaos chb0-+-veth--+-cli0       |   link 0
#   |       srv1-+-veth--+-cha1  aoe chaos chb1-+-veth--+-cli1       |   link 1, ...
#   +------------+       +---------------------+       +------------+
#   MACs: server 02:00:00:00:0N:01, client 02:00:00:00:0N:02 for link N. From server to client is a-to-b.
#
#   netns_chaos NAME MTU [LINKS]   makes them (default: one link); removed at exit. Nothing passes a link before:
#   start_chaos LINK ARGS...       runs `aoe chaos chaN chbN ARGS`, output to $TEST_LOGS/chaosN.log,
#                                  sets CHAOS_PID[LINK], returns once it runs
#   stop_chaos LINK                ends it; its statistics are then at the end of the log
#   cut_link LINK, restore_link LINK   silence by hand, which neither end is told of
#   CHAOS_SEED                     what start_chaos gives as --seed (default: 1)
#
# This file brings in netns.sh and env.sh; call env.sh's test_begin first.

source "$(dirname "${BASH_SOURCE[0]}")/netns.sh"
CHAOS_PID=()
: "${CHAOS_SEED:=1}"

in_chaos() { ip netns exec "$CHAOS_NS" "$@"; }

chaos_cable() {   # NAMESPACE INTERFACE MAC PEER-IN-CHAOS MTU
  ip -n "$1" link add "$2" address "$3" mtu "$5" type veth peer name "$4" mtu "$5" netns "$CHAOS_NS" ||
    skip "the kernel has no veth"
  ip -n "$1" link set "$2" up
  ip -n "$CHAOS_NS" link set "$4" up
}

netns_chaos() {
  local link
  require_tool ip
  SERVER_NS=aoekit-$1-s-$$
  CLIENT_NS=aoekit-$1-c-$$
  CHAOS_NS=aoekit-$1-x-$$
  netns_add "$SERVER_NS"
  netns_add "$CLIENT_NS"
  netns_add "$CHAOS_NS"
  for ((link = 0; link < ${3:-1}; link++)); do
    chaos_cable "$SERVER_NS" "srv$link" "02:00:00:00:0$link:01" "cha$link" "$2"
    chaos_cable "$CLIENT_NS" "cli$link" "02:00:00:00:0$link:02" "chb$link" "$2"
  done
}

chaos_ready() { pid_gone "$2" || grep -Eq '^CHAOS|"event":"start"' "$TEST_LOGS/chaos$1.log"; }

start_chaos() {
  local link=$1 log=$TEST_LOGS/chaos$1.log
  shift
  : >"$log"
  ip netns exec "$CHAOS_NS" "$AOEKIT_BIN/aoe" chaos "cha$link" "chb$link" --seed "$CHAOS_SEED" "$@" >"$log" 2>&1 &
  CHAOS_PID[link]=$!
  at_exit stop_pid "${CHAOS_PID[link]}"
  wait_for 10 chaos_ready "$link" "${CHAOS_PID[link]}" || fail "aoe chaos did not start on link $link"
  kill -0 "${CHAOS_PID[link]}" 2>/dev/null || fail "aoe chaos ended at start on link $link"
}

stop_chaos() { stop_pid "${CHAOS_PID[$1]}"; }
chaos_said() { (($(grep -Ec "$2" "$TEST_LOGS/chaos$1.log") > $3)); }
signal_chaos() {   # LINK SIGNAL ANSWER
  local before
  before=$(grep -Ec "$3" "$TEST_LOGS/chaos$1.log" || true)
  kill -"$2" "${CHAOS_PID[$1]}"
  wait_for 5 chaos_said "$1" "$3" "$before" || fail "aoe chaos on link $1 does not answer SIG$2"
}
cut_link() { signal_chaos "$1" USR1 'cut by signal|"event":"cut"'; }
restore_link() { signal_chaos "$1" USR2 'restored by signal|"event":"restored"'; }
