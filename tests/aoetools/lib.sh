# Debian's aoetools and ours side by side: same arguments, same bytes on both streams, same exit status.
#
#   fresh_mounts             empty file systems on /mnt and /dev/etherd, after own_mounts; paths there have no letter p,
#                            which Debian's aoe-stat cannot bear
#   same WHAT TOOL ARGS...   a check: both tools print and return the same. MASK, a sed program, is applied to what both
#                            print; AROUND, an array, is put in front of the command (ip netns exec ...)
#   ours TOOL ARGS...        runs ours;   debian TOOL ARGS...   runs Debian's
#
# This file brings in tests/lib/netns.sh; call its test_begin first.

source "$(dirname "${BASH_SOURCE[0]}")/../lib/netns.sh"
MASK='' AROUND=()
DEBIAN_PATH=$PATH

fresh_mounts() {
  mkdir -p /dev/etherd
  mount -t tmpfs none /dev/etherd
  mount -t tmpfs none /mnt
}

debian() { "${AROUND[@]}" env PATH="$DEBIAN_PATH" "$@"; }
ours() { "${AROUND[@]}" env PATH="$AOEKIT_BIN:$PATH" "$@"; }

outcome() { # debian|ours NAME COMMAND...: into $TEST_TMP/NAME, both streams and the status
  local side=$1 file=$TEST_TMP/$2 status=0
  shift 2
  "$side" "$@" >"$file.out" 2>"$file.err" </dev/null || status=$?
  { sed "$MASK" "$file.out"; echo "--stderr"; sed "$MASK" "$file.err"; echo "--status $status"; } >"$file"
}

agree() {
  outcome debian theirs "$@"
  outcome ours mine "$@"
  diff -a "$TEST_TMP/theirs" "$TEST_TMP/mine" >&2
}

same() { local what=$1; shift; check "$what" agree "$@"; }

require_debian() {
  require_tool "$@" env unshare diff
  [[ -x $AOEKIT_BIN/aoetools ]] || skip "no aoetools in $AOEKIT_BIN"
}
