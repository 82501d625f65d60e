# Ground of the torture tests: a target behind faulty links that can be killed and comes back, and hammer's progress.
#
#   torture_begin NAME MTU [LINKS]   test_begin, netns_chaos, and an empty image of $IMAGE_MB (64) MiB: $IMAGE
#   serve                            starts the target, one process a link, all on the same image; returns when they run
#   crash                            kills them
#   hammer ARGS...                   runs hammer on e1.2 over all links; its output goes to $TEST_LOGS/hammer.log, too
#   start_hammer ARGS...             the same in the background
#   hammering                        whether it still runs
#   await_hammer                     waits for its end; status is hammer's
#   end_hammer                       makes it stop before its time, and waits
#   hammered KEY                     a value of its result, e.g. longest_stall_ms
#   frames_sent LINK                 over that link, as its latest progress says
#
# Environment:
#   VBLADE                  the target: ours, or Debian's
#   AOEKIT_TORTURE_SECONDS  how long each stretch of load lasts (default: 3)
#   AOEKIT_TORTURE_SEED     of everything random (default: 1)

source "$(dirname "${BASH_SOURCE[0]}")/../lib/chaos.sh"
STRETCH=${AOEKIT_TORTURE_SECONDS:-3}
CHAOS_SEED=${AOEKIT_TORTURE_SEED:-1}
TARGET_PIDS=() HAMMER_PID=''

torture_begin() {
  test_begin "$1"
  [[ -x $VBLADE ]] || skip "no target at $VBLADE"
  LINKS=${3:-1}
  netns_chaos "$1" "$2" "$LINKS"
  make_disk
  INTERFACES=$(seq -s, -f 'cli%.0f' 0 $((LINKS - 1)))
  echo "# $VBLADE, MTU $2, $LINKS link(s), seed $CHAOS_SEED, stretches of $STRETCH s"
}

# In memory: what is tried is the network, and a disk that others use may pause for minutes.
make_disk() {
  IMAGE=/dev/shm/aoekit-torture-$$.img
  at_exit rm -f "$IMAGE"
  make_image "$IMAGE" "${IMAGE_MB:-64}M"
}

debians() { [[ $VBLADE == /usr/sbin/* ]]; }

link_served() { pid_gone "${TARGET_PIDS[$1]}" || (($(grep -c '^pid ' "$TEST_LOGS/target$1.log") > $2)); }

serve() {
  local link before options=(-b 16)
  # Several processes on one image, on purpose.
  debians || options+=(--force)
  for ((link = 0; link < LINKS; link++)); do
    touch "$TEST_LOGS/target$link.log"
    before=$(grep -c '^pid ' "$TEST_LOGS/target$link.log" || true)
    ip netns exec "$SERVER_NS" "$VBLADE" "${options[@]}" 1 2 "srv$link" "$IMAGE" >>"$TEST_LOGS/target$link.log" 2>&1 &
    TARGET_PIDS[link]=$!
    at_exit kill -KILL "${TARGET_PIDS[link]}"
    wait_for 10 link_served "$link" "$before" || fail "the target does not start on link $link"
    kill -0 "${TARGET_PIDS[link]}" 2>/dev/null || fail "the target ended at start on link $link"
  done
}

crash() {
  local pid
  for pid in "${TARGET_PIDS[@]}"; do
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null || true
  done
  TARGET_PIDS=()
}

start_hammer() {
  : >"$TEST_LOGS/hammer.log"
  ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/hammer" e1.2 -i "$INTERFACES" --seed "$CHAOS_SEED" "$@" \
    >>"$TEST_LOGS/hammer.log" 2>&1 &
  HAMMER_PID=$!
  at_exit stop_pid "$HAMMER_PID"
}
hammering() { kill -0 "$HAMMER_PID" 2>/dev/null; }
await_hammer() {
  local status=0
  wait "$HAMMER_PID" || status=$?
  grep -E '^hammer:|"result"' "$TEST_LOGS/hammer.log" | grep -Ev ': (path|found)' | tail -n 12
  return $status
}
end_hammer() { kill -TERM "$HAMMER_PID" 2>/dev/null || true; await_hammer; }
hammer() { start_hammer "$@"; await_hammer; }

# The last value of "KEY": NUMBER in lines of the log that match REGEX, without decimals; 0 if there is none.
logged() {   # REGEX KEY
  local value
  value=$(grep -E "$1" "$TEST_LOGS/hammer.log" | tail -n 1 | grep -Eo "\"$2\": [0-9]+" | grep -Eo '[0-9]+$' || true)
  echo "${value:-0}"
}
hammered() { logged '"result"' "$1"; }
frames_sent() {
  local value
  value=$(grep '"paths"' "$TEST_LOGS/hammer.log" | tail -n 1 | grep -Eo "\"cli$1\"[^}]*" | grep -Eo '"sent": [0-9]+' |
    grep -Eo '[0-9]+' || true)
  echo "${value:-0}"
}
at_least() { (($1 >= $2)) || { echo "$1 is not $2" >&2; return 1; }; }
