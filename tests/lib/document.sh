# Runs a guide of docs/: each "server# " and "client# " line of its blocks, in order, in a shell of that machine; the lines
# below it must appear, with any numbers in place of the document's.
#
#   open_shell MACHINE NAMESPACE   a shell for that machine's commands, in $TEST_TMP/MACHINE, which exists
#   run_document FILE              all of it; a block that begins "```toml" and "# /etc/..." is written to that file by the
#                                  server. Sets COMMANDS: how many there were
#
# This file comes after netns.sh.

declare -A pipes logs
open_shell() {   # MACHINE NAMESPACE
  local pipe=$TEST_TMP/$1.pipe log=$TEST_LOGS/$1.log fd
  mkfifo "$pipe"
  (cd "$TEST_TMP/$1" && PATH=$AOEKIT_BIN:$PATH exec nsenter --net="/run/netns/$2" bash -m) <"$pipe" >"$log" 2>&1 &
  at_exit stop_pid $!
  exec {fd}>"$pipe"
  pipes[$1]=$fd logs[$1]=$log
}
# The document's line as a regular expression: numbers may differ, and so may the width of columns.
pattern_of() { sed -E 's/[][\.*^$+?(){}|]/\\&/g; s/[0-9]+/[0-9]+/g; s/ +$//; s/^ +//; s/ +/ +/g' <<<"$1"; }
output_from() { tail -c "+$(($2 + 1))" "${logs[$1]}"; }
answered() { output_from "$1" "$2" | grep -Eq "^status-$3-[0-9]+\$"; }
shows() { output_from "$1" "$2" | grep -Eq -- "$3"; }

COMMANDS=0
run_command() {   # MACHINE COMMAND EXPECTED-LINE...
  local machine=$1 command=$2 from status wanted=0 line
  shift 2
  COMMANDS=$((COMMANDS + 1))
  from=$(stat -c %s "${logs[$machine]}")
  printf '%s\necho status-%d-$?\n' "$command" "$COMMANDS" >&"${pipes[$machine]}"
  wait_for 60 answered "$machine" "$from" "$COMMANDS" || fail "no end of: $command"
  status=$(output_from "$machine" "$from" | sed -nE "s/^status-$COMMANDS-([0-9]+)\$/\1/p")
  # What a program complains about, "NAME: ...", is expected to fail.
  [[ ${1-} != "${command%% *}: "* ]] || wanted=1
  check "$machine# $command" [ "$status" = "$wanted" ]
  for line; do check "  $line" wait_for 10 shows "$machine" "$from" "$(pattern_of "$line")"; done
}

machine='' command='' expected=()
finish_command() {
  [[ -z $machine ]] || run_command "$machine" "$command" "${expected[@]}"
  machine='' command='' expected=()
}

run_document() {
  local inside='' line file=
  while IFS= read -r line <&9; do
    case $inside in
      '')
        [[ $line != '```'* ]] || inside=${line#'```'}-block
        file=
        ;;
      toml-block)
        if [[ $line == '```' ]]; then
          printf 'END OF FILE\n' >&"${pipes[server]}"
          inside=''
        elif [[ -z $file ]]; then
          [[ $line =~ ^#\ (/etc/[^ ]*)$ ]] || fail "a block of TOML does not say which file it is: $line"
          file=${BASH_REMATCH[1]}
          printf "mkdir -p %q; cat >%q <<'END OF FILE'\n" "$(dirname "$file")" "$file" >&"${pipes[server]}"
        else printf '%s\n' "$line" >&"${pipes[server]}"
        fi
        ;;
      *)
        if [[ $line == '```' ]]; then
          finish_command
          inside=''
        elif [[ $line =~ ^(server|client)#\ (.*)$ ]]; then
          finish_command
          machine=${BASH_REMATCH[1]} command=${BASH_REMATCH[2]}
        else expected+=("$line")
        fi
        ;;
    esac
  done 9<"$1"
}
