#!/usr/bin/env bash
# aoe config import: from files and directories, to stdout and files, and what it refuses.
source "$(dirname "$0")/../lib/env.sh"
set -euo pipefail

test_begin cli-import
AOE=$AOEKIT_BIN/aoe
conf=$TEST_TMP/vblade.conf.d
mkdir "$conf"
printf '# an example\n# shelf=\n' >"$conf/skeleton.conf"
printf "shelf=1\nslot=2\nnetif=eth0\nfilename=/dev/sdb\noptions='-r'\nionice=-c3\n" >"$conf/web.conf"
printf '[disk]\npath=/dev/sdc\nshelf=1\nslot=3\ninterfaces=eth0\n' >"$TEST_TMP/ggaoed.conf"
printf 'device { target = /dev/sdd; interface = eth1; }\n' >"$TEST_TMP/qaoed.conf"
kept() { grep -qx precious "$TEST_TMP/kept.toml"; }

check "a directory of vblade's" gives 0 '.*\[export."e1.2"\].*read_only = true.*' "$AOE" config import "$conf"
check "what has no equal is said" gives 0 ".*web.conf:6: warning: ionice has no equal.*" "$AOE" config import "$conf"
check "ggaoed's file" gives 0 '.*\[export."e1.3"\].*' "$AOE" config import "$TEST_TMP/ggaoed.conf"
check "qaoed's file" gives 0 '.*\[export."e0.0"\].*' "$AOE" config import "$TEST_TMP/qaoed.conf"
check "not two at a time" gives 1 "aoe: .* one at a time.*" "$AOE" config import "$conf" "$TEST_TMP/qaoed.conf"
echo precious >"$TEST_TMP/kept.toml"
check "no overwriting" gives 1 ".*exists already.*--force.*" "$AOE" config import "$conf" -o "$TEST_TMP/kept.toml"
check "nothing was overwritten" kept
check "overwriting when told to" gives 0 ".*" "$AOE" config import "$conf" -o "$TEST_TMP/kept.toml" --force
check "it was overwritten" grep -q 'export."e1.2"' "$TEST_TMP/kept.toml"
check "an unknown format" gives 1 "aoe: .*is of no known format.*--from.*" "$AOE" config import "$0"
check "an unknown program" gives 2 "aoe: --from 'tgt' is none of.*" "$AOE" config import --from tgt "$conf"
check "no file" gives 2 "aoe: PATH is required.*" "$AOE" config import
check "a missing file" gives 1 "aoe: cannot read /nonexistent: .*" "$AOE" config import /nonexistent
check "files are completed" bash -c "source '$REPO/packaging/completion/aoe.bash'; cd '$REPO'
  COMP_WORDS=(aoe config import VER) COMP_CWORD=3; _aoe; [[ \${COMPREPLY[0]} == VERSION ]]"
test_end
