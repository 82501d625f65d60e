#!/usr/bin/env bash
# The shells' completions are well formed and offer every subcommand and option that the program has.
source "$(dirname "$0")/../lib/env.sh"
set -euo pipefail

bash_file=$REPO/packaging/completion/aoe.bash
zsh_file=$REPO/packaging/completion/_aoe
AOE=$AOEKIT_BIN/aoe
[[ -x $AOE ]] || skip "no aoe at $AOE"

# What bash offers for a command line; the last word is being typed.
offers() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _aoe
  printf '%s\n' "${COMPREPLY[@]}"
}
offered() { local wanted=$1; shift; offers "$@" | grep -Fx -- "$wanted" >/dev/null; }
not_offered() { ! offered "$@"; }
subcommands() { "$AOE" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\),* .*/\1/p'; }
options_of() { "$AOE" "$1" --help | sed -n '/^Options:/,/^$/p' | grep -Eo '^  -[-a-zA-Z,]*' | tr -s ', ' '\n' | grep -E '^-' |
  grep -vx -- -h; }
in_zsh_file() { grep -Eq -- "(^|[^a-z-])$1([^a-z-]|\$)" "$zsh_file"; }

check "bash can parse it" bash -n "$bash_file"
# shellcheck source=/dev/null
source "$bash_file"
[[ $(subcommands | wc -l) -ge 10 ]] || fail "cannot read the subcommands from --help"
for name in $(subcommands); do
  check "bash offers $name" offered "$name" aoe ""
  check "zsh knows $name" in_zsh_file "$name"
  [[ $("$AOE" "$name" --help | wc -l) -gt 3 ]] || fail "no help for $name"
  for option in $(options_of "$name"); do
    check "bash offers $name $option" offered "$option" aoe "$name" "${option:0:2}"
    check "zsh knows $option" in_zsh_file "$option"
  done
done
operations() { "$AOE" "$1" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p'; }
for group in export client interface; do
  [[ -n $(operations "$group") ]] || fail "cannot read the operations of $group from --help"
  for operation in $(operations "$group"); do
    check "bash offers $group $operation" offered "$operation" aoe "$group" ""
    check "zsh knows $group $operation" in_zsh_file "$operation"
    for option in $("$AOE" "$group" "$operation" --help | grep -Eo '^  -[-a-zA-Z,]*' | tr -s ', ' '\n' |
      grep -E '^-' | grep -vx -- -h); do
      check "bash offers $group $operation $option" offered "$option" aoe "$group" "$operation" "${option:0:2}"
      check "zsh knows $option" in_zsh_file "$option"
    done
  done
done
check "only what begins so" not_offered write aoe rea
check "interfaces after -i" offered lo aoe discover -i l
check "interfaces for chaos" offered lo aoe chaos --loss 1% l
check "operations after the address" offered force-set aoe config e1.2 f
check "also behind options" offered remove aoe mask --timeout 1 e1.2 re
check "no operation in place of a number" not_offered remove aoe mask e1.2 --timeout ""
cd "$REPO"
check "files" offered VERSION aoe write e1.2 VER
check "files after dump -r" offered VERSION aoe dump -r VER
check "files for aoe export add" offered VERSION aoe export add e1.2 VER
check "operations of aoe export mask" offered clear aoe export mask e1.2 cl
check "words of an option" offered flush aoe export add --durability fl
check "no file for an address" not_offered VERSION aoe write VER

if command -v zsh >/dev/null; then
  check "zsh can parse it" zsh -n "$zsh_file"
  check "zsh can load it" zsh -fc "autoload -Uz compinit && fpath=('${zsh_file%/*}' \$fpath) && compinit -D -u &&
    [[ \${_comps[aoe]} == _aoe ]] && autoload +X _aoe"
else
  echo "ok   zsh # not tried: zsh is not installed"
fi
((CHECKS_FAILED == 0)) || exit 1
