#!/usr/bin/env bash
# Runs docs/walkthrough.md: each "server# " and "client# " line of its blocks, in order, in a shell of that machine; the
# lines below it must appear, with any numbers in place of the document's.
source "$(dirname "$0")/lib.sh"
set -euo pipefail

SERVER_IF=eth0 CLIENT_IF=eth0   # the document's names
fuse_begin fuse-walkthrough 9000
require_tool mkfs.ext4 losetup
require_loop
[[ -x $AOEKIT_BIN/aoe-stat ]] || skip "no aoe-stat at $AOEKIT_BIN"
[[ -d /usr/share/common-licenses ]] || skip "no files to copy"

# A /dev of this test's own, in which /dev/sda1 is a loop device on an image, and /dev/etherd is made.
make_image "$TEST_TMP/sda1.img" 64M
disk=$(losetup -f --show "$TEST_TMP/sda1.img")
at_exit losetup -d "$disk"
dev=$SHORT/dev
mkdir "$dev"
mount -t tmpfs none "$dev"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/fuse /dev/loop* "$dev/"
ln -s /proc/self/fd "$dev/fd"
mkdir "$dev/shm"
mount --bind /dev/shm "$dev/shm"
mknod "$dev/sda1" b $((0x$(stat -c %t "$disk"))) $((0x$(stat -c %T "$disk")))
mount --move "$dev" /dev
mkdir "$TEST_TMP/server" "$TEST_TMP/client"
at_exit umount -l /dev/etherd
at_exit umount -l "$TEST_TMP/client/mountpoint" "$TEST_TMP/server/disk"

declare -A pipes logs
open_shell() {   # MACHINE NAMESPACE
  local pipe=$TEST_TMP/$1.pipe log=$TEST_LOGS/$1.log fd
  mkfifo "$pipe"
  (cd "$TEST_TMP/$1" && PATH=$AOEKIT_BIN:$PATH exec nsenter --net="/run/netns/$2" bash -m) <"$pipe" >"$log" 2>&1 &
  at_exit stop_pid $!
  exec {fd}>"$pipe"
  pipes[$1]=$fd logs[$1]=$log
}
open_shell server "$SERVER_NS"
open_shell client "$CLIENT_NS"

# The document's line as a regular expression: numbers may differ, and so may the width of columns.
pattern_of() { sed -E 's/[][\.*^$+?(){}|]/\\&/g; s/[0-9]+/[0-9]+/g; s/ +$//; s/^ +//; s/ +/ +/g' <<<"$1"; }
output_from() { tail -c "+$(($2 + 1))" "${logs[$1]}"; }
answered() { output_from "$1" "$2" | grep -Eq "^status-$3-[0-9]+\$"; }
shows() { output_from "$1" "$2" | grep -Eq -- "$3"; }

commands=0
run_command() {   # MACHINE COMMAND EXPECTED-LINE...
  local machine=$1 command=$2 from status wanted=0 line
  shift 2
  commands=$((commands + 1))
  from=$(stat -c %s "${logs[$machine]}")
  printf '%s\necho status-%d-$?\n' "$command" "$commands" >&"${pipes[$machine]}"
  wait_for 60 answered "$machine" "$from" "$commands" || fail "no end of: $command"
  status=$(output_from "$machine" "$from" | sed -nE "s/^status-$commands-([0-9]+)\$/\1/p")
  # What a program complains about, "NAME: ...", is expected to fail.
  [[ ${1-} != "${command%% *}: "* ]] || wanted=1
  check "$machine# $command" [ "$status" = "$wanted" ]
  for line; do check "  $line" wait_for 10 shows "$machine" "$from" "$(pattern_of "$line")"; done
}

machine='' command='' expected=() inside=0
finish_command() {
  [[ -z $machine ]] || run_command "$machine" "$command" "${expected[@]}"
  machine='' command='' expected=()
}
while IFS= read -r line <&9; do
  if [[ $line == '```' ]]; then
    finish_command
    inside=$((1 - inside))
  elif ((inside)) && [[ $line =~ ^(server|client)#\ (.*)$ ]]; then
    finish_command
    machine=${BASH_REMATCH[1]} command=${BASH_REMATCH[2]}
  elif ((inside)); then
    expected+=("$line")
  fi
done 9<"$REPO/docs/walkthrough.md"
((commands > 20)) || fail "only $commands commands were found in docs/walkthrough.md"
check "nothing stays mounted" gives 1 '' grep -E "$TEST_TMP|/dev/etherd" /proc/self/mounts
test_end
