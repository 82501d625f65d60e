# aoe doctor on networks that are broken on purpose.
#
#   doctor ARGS...           runs it in the client's namespace, into $TEST_TMP/report; sets STATUS. AROUND, an array, is
#                            put in front (setpriv ...)
#   finds WHAT SEVERITY CODE SUBJECT TEXT [ARGS...]
#                            a check: `aoe doctor ARGS` (default: -i $CLIENT_IF) has this finding, PROBLEM or ADVICE,
#                            and the exit status that goes with it; SUBJECT and TEXT are extended regular expressions,
#                            TEXT for what is wrong and the remedy
#   healthy WHAT [ARGS...]   a check: no problem, status 0
#
# This file brings in tests/lib/netns.sh; call its test_begin first.

source "$(dirname "${BASH_SOURCE[0]}")/../lib/netns.sh"
AROUND=() STATUS=0

doctor() {
  STATUS=0
  in_client "${AROUND[@]}" timeout 60 "$AOEKIT_BIN/aoe" doctor --timeout 0.5 "$@" >"$TEST_TMP/report" 2>&1 || STATUS=$?
}

has_finding() {
  local severity=$1 code=$2 subject=$3 text=$4 wanted=0 found
  shift 4
  [[ $severity != PROBLEM ]] || wanted=1
  [[ $# -gt 0 ]] || set -- -i "$CLIENT_IF"
  doctor "$@"
  # The finding and the lines that belong to it, as one line.
  found=$(sed -En "/^$severity +$code: $subject\$/,/^\$/p" "$TEST_TMP/report" | tr -s '\n ' ' ')
  [[ $found =~ $text && -n $found ]] && [[ $wanted == 0 || $STATUS == 1 ]] && return
  echo "status $STATUS, and:" >&2
  cat "$TEST_TMP/report" >&2
  return 1
}

finds() { local what=$1; shift; check "$what" has_finding "$@"; }

is_healthy() {
  [[ $# -gt 0 ]] || set -- -i "$CLIENT_IF"
  doctor "$@"
  [[ $STATUS == 0 ]] && grep -q '^no problem found$' "$TEST_TMP/report" && return
  cat "$TEST_TMP/report" >&2
  return 1
}

healthy() { local what=$1; shift; check "$what" is_healthy "$@"; }
