#!/usr/bin/env bash
# Fresh worlds: as many as fit into the time, from seeds that the commit's hash gives, so that every commit is tried with
# others. What fails is repeated with the command that is printed.
set -euo pipefail
sim=${1:?usage: worlds.sh AOE-SIM SOURCE-FOLDER SECONDS OUT-FOLDER}
commit=$(git -C "$2" rev-parse HEAD 2>/dev/null || echo 0)
first=$((16#${commit:0:8} * 1000 + 1))
echo "seeds from $first (commit $commit)"
exec "$sim" --seeds "$first..$((first + 1000000))" --time "$3" --quiet --out "$4"
