#!/usr/bin/env bash
# The same seed is the same run: trace hashes of this build, run twice, and of every other build that there is - g++,
# clang++, with sanitizers - are equal. And the canary whose trace depends on memory addresses is seen by that.
set -euo pipefail
sim=${1:?usage: hashes.sh AOE-SIM SOURCE-FOLDER}
seeds=1..40
here=$("$sim" --seeds $seeds --hashes --out /tmp)
[ "$(wc -l <<<"$here")" -eq 40 ] || { echo "no hashes: $here"; exit 1; }
compared=0
for other in "$sim" "${2:?}"/build*/bin/aoe-sim; do
  [ -x "$other" ] || continue
  # A build of other sources says nothing.
  if [ "$other" != "$sim" ] && [ -n "$(find "$2/sim" "$2/src" \( -name '*.cc' -o -name '*.h' \) -newer "$other" -print -quit)" ]; then
    echo "$other is older than the sources: not compared"
    continue
  fi
  there=$("$other" --seeds $seeds --hashes --out /tmp)
  if [ "$here" != "$there" ]; then
    echo "$sim and $other differ:"
    diff <(echo "$here") <(echo "$there") | head -5
    exit 1
  fi
  compared=$((compared + 1))
done
one=$("$sim" --seeds 1..5 --hashes --canary unsteady --out /tmp)
two=$(setarch -R "$sim" --seeds 1..5 --hashes --canary unsteady --out /tmp)
[ "$one" != "$two" ] || { echo "the canary 'unsteady' was not seen"; exit 1; }
echo "the same traces from $compared builds"
