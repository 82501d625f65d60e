#!/usr/bin/env bash
# Checks the house rules that a compiler does not: includes point down the table of docs/architecture.md only, the
# sans-I/O cores touch no clock, thread, file or environment, and no file outgrows its room.
set -euo pipefail
cd "$(dirname "$0")/../.."
failures=0
complain() { echo "layering: $*"; failures=$((failures + 1)); }

# folder: what it may include besides itself. Twin of the table in docs/architecture.md.
declare -A may=(
  [base]=""
  [wire]="base"
  [block]="base"
  [ata]="base wire block"
  [target]="base wire block ata"
  [initiator]="base wire block ata"
  [chaos]="base wire"
  [io]="base"
  [net]="base wire io"
  [backend]="base block io"
  [config]="base wire"
  [control]="base wire block ata target config"
  [daemon]="base wire block ata target config control io net backend"
  [client]="base wire block ata initiator io net"
  [lib]="base wire block ata initiator io net client"
  [frontend]="base lib"
  [aoetools]="base wire io net lib"
  [cli]="base wire block ata target config control chaos io net backend lib"
)
cores="base wire block ata target initiator chaos"

# The simulator stands on the cores alone: what it shows, it shows of the code that production links, without I/O.
may[sim]="base wire block ata target initiator"

for path in src/*/ sim/; do
  folder=$(basename "$path")
  [[ -v may[$folder] ]] || { complain "$path is not in the table"; continue; }
  while IFS=: read -r file _ include; do
    used=${include#*\"}
    used=${used%%/*}
    [[ " $folder ${may[$folder]} " == *" $used "* ]] && continue
    # Tests may join the cores to each other and to what stands in for the world.
    [[ $file == *_test.cc || $file == *_fixture.h ]] && [[ " target memory " == *" $used "* ]] && continue
    complain "$file includes $used/, which $folder may not"
  done < <(grep -rnE '^#include "[a-z]+/' "$path" --include='*.h' --include='*.cc' || true)
done

for folder in $cores; do
  # base/log, base/fd and base/result are the ground of the outer folders; the cores do not use the first two.
  files=$(find "src/$folder" -name '*.h' -o -name '*.cc' | grep -vE '_test\.cc$|_fixture\.h$|^src/base/(log|fd|check|result)\.' || true)
  [ -n "$files" ] || continue
  while IFS= read -r hit; do complain "a core must not: $hit"; done < <(
    # shellcheck disable=SC2086
    grep -nE '#include <(thread|mutex|atomic|condition_variable|iostream|fstream|filesystem|unistd\.h|fcntl\.h|sys/|linux/|net/|ctime|time\.h|random)|getenv|_clock::now|std::rand|#include "base/(log|fd)\.h"|\bthrow\b' $files || true)
done

while IFS= read -r hit; do complain "packet memory is read through the cursor only: $hit"; done < <(
  grep -rnE '__attribute__\(\(packed|#pragma pack|memcpy\(' src/wire src/ata src/target src/initiator --include='*.h' --include='*.cc' || true)

while read -r lines file; do
  [ "$file" = total ] && continue
  [ "$lines" -le 500 ] || complain "$file has $lines lines; 500 is the limit"
done < <(find src sim -name '*.h' -o -name '*.cc' | xargs wc -l)

while IFS= read -r file; do
  head -3 "$file" | grep -qE '^(//|#|/\*) ' || complain "$file does not say in its first line what it is for"
done < <(find src sim tests fuzz bench -name '*.h' -o -name '*.cc' -o -name '*.sh')

if [ "$failures" -gt 0 ]; then
  echo "layering: $failures broken rules"
  exit 1
fi
echo "layering: every include points down, the cores are pure"
