#!/usr/bin/env bash
# Every pinned scenario comes out as its file says: what is promised holds, and what is not promised really breaks.
set -euo pipefail
sim=${1:?usage: scenarios.sh AOE-SIM FOLDER}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
for scenario in "${2:?}"/*.scn; do
  "$sim" --scenario "$scenario" --out "$work" || status=1
done
exit $status
