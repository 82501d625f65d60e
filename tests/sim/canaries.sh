#!/usr/bin/env bash
# Every checker of the simulator can fail: each canary, a deliberate bug, is found by the checker that must find it.
set -euo pipefail
sim=${1:?usage: canaries.sh AOE-SIM}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
while read -r canary checker; do
  [ "$canary" = unsteady ] && continue  # that one is for hashes.sh
  "$sim" --seeds 1..200 --canary "$canary" --failures 1 --quiet --out "$work" > "$work/log" && {
    echo "canary $canary was not found"
    status=1
    continue
  }
  found=$(sed -n 's/^seed [0-9]*: BROKEN PROMISE (\([a-z]*\)).*/\1/p' "$work/log")
  if [ "$found" = "$checker" ]; then
    echo "canary $canary: found by $checker, $(tail -1 "$work/log")"
  else
    echo "canary $canary: found by '$found', not by $checker"
    status=1
  fi
done < <("$sim" --list-canaries)
exit $status
