# Torture through aoefuse: torture's faulty link and crashing target, and fuse/lib.sh's directory and mount point.
#
#   torture_fuse_begin NAME MTU    instead of torture_begin; starts the target, aoe chaos with mild faults, and aoefuse
#   with_crashes COMMAND...        runs COMMAND while the target is killed again and again; status is COMMAND's
#   attach, detach                 the disk as a loop device with direct I/O, $LOOP

source "$(dirname "${BASH_SOURCE[0]}")/../fuse/lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
LOOP=''

# fuse_begin's cable is a faulty one here.
netns_pair() { netns_chaos "$1" "$2"; }

torture_fuse_begin() {
  require_loop
  fuse_begin "$1" "$2"
  LINKS=1
  make_disk
  echo "# $VBLADE, MTU $2, seed $CHAOS_SEED, stretches of $STRETCH s"
  serve
  start_chaos 0 --json --loss 0.5% --duplicate 0.5% --delay 20us..500us
  start_aoefuse -i cli0 --wait-forever
  wait_for 20 has e1.2 || fail "aoefuse does not find the disk"
}

with_crashes() {
  local pid status=0 crashes=0
  "$@" &
  pid=$!
  while sleep 2; kill -0 "$pid" 2>/dev/null; do
    crash
    sleep 0.3
    serve
    crashes=$((crashes + 1))
  done
  wait "$pid" || status=$?
  echo "# the target was killed $crashes times"
  return $status
}

attach() {
  LOOP=$(losetup -f --show --direct-io=on "$ETHERD/e1.2") || fail "cannot attach a loop device to $ETHERD/e1.2"
  at_exit detach
}
detach() {
  [[ -z $LOOP ]] || losetup -d "$LOOP"
  LOOP=''
}
