#!/usr/bin/env bash
# The shared library exports exactly the functions of aoekit.h, under its version, and needs only stable libraries.
source "$(dirname "$0")/../lib/env.sh"
set -euo pipefail

: "${AOEKIT_BUILD:=$REPO/build}"
require_tool nm readelf cc
library=$AOEKIT_BUILD/lib/libaoekit.so.0
[[ -e $library ]] || skip "no library at $library"

declared() {
  cc -E -P -x c "$REPO/src/lib/aoekit.h" | grep -oE '\baoe_[a-z0-9_]+ ?\(' | tr -d ' (' | sort -u
}
exported() { nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sort -u; }
same_functions() { diff <(declared | sed 's/$/@@AOEKIT_0/') <(exported); }
check "declared and exported are the same functions" same_functions
check "there are as many as one would think" test "$(declared | wc -l)" -ge 30
check "its name" grep -q 'SONAME.*\[libaoekit\.so\.0\]' <(readelf -d "$library")
check "it does not drag io_uring along" test -z "$(readelf -d "$library" | grep NEEDED | grep uring)"
cxx_too() {
  echo '#include "lib/aoekit.h"' |
    c++ -x c++ -std=c++11 -Wall -Wextra -pedantic -Werror -fsyntax-only -I"$REPO/src" -
}
check "the header is C99" cc -x c -std=c99 -Wall -Wextra -pedantic -Werror -fsyntax-only "$REPO/src/lib/aoekit.h"
check "and C++" cxx_too
((CHECKS_FAILED == 0)) || exit 1
