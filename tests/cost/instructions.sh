#!/usr/bin/env bash
# Counts the instructions of a request in the target core, and fails where one has become dearer than it was.
#
# The figures are those of g++ 12 with optimization, as Debian 12 builds. Other compilers have others: there is nothing to
# compare with. After a change that is worth its price, or that made something cheaper, write the new figure here.
set -euo pipefail

tolerance_percent=8
costs() {
  cat <<'TABLE'
read 8|3043
write 2|4430
write 8|5996
durable-write 8|6094
discovery 1|1464
TABLE
}

skip() { echo "SKIP: $*"; exit 77; }
command -v valgrind >/dev/null || skip "no valgrind (Debian: apt-get install valgrind)"
[[ $AOEKIT_COMPILER == "GNU 12."* ]] || skip "the figures are those of g++ 12, this is $AOEKIT_COMPILER"
[[ $AOEKIT_BUILD_TYPE == RelWithDebInfo ]] || skip "the figures are those of RelWithDebInfo, this is $AOEKIT_BUILD_TYPE"
grep -qw avx2 /proc/cpuinfo || skip "the figures are those of a processor with AVX2"

# Instructions of a whole run; two runs of different length tell what a request adds.
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$AOEKIT_BIN/core_cost" "$@" 2>&1 |
    awk '/Collected/ { print $4; found = 1 } END { exit !found }'
}

failures=0
while IFS='|' read -r path expected; do
  # shellcheck disable=SC2086
  few=$(instructions $path 2000) many=$(instructions $path 6000)
  cost=$(((many - few) / 4000))
  allowed=$((expected * (100 + tolerance_percent) / 100))
  if ((cost > allowed)); then
    echo "FAIL $path: $cost instructions a request, $expected are known and $allowed allowed"
    failures=$((failures + 1))
  else
    echo "ok   $path: $cost instructions a request ($expected known)"
  fi
done < <(costs)
((failures == 0)) || exit 1
