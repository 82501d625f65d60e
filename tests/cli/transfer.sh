#!/usr/bin/env bash
# aoe read and aoe write: data arrive whole, ranges are checked, and what went wrong is said.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin cli-transfer
netns_pair transfer 9000
aoe() { timeout 30 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" "$@"; }
image=$TEST_TMP/disk.img input=$TEST_TMP/input output=$TEST_TMP/output
make_image "$image" 16M
head -c 9000448 /dev/urandom >"$input"   # 17579 sectors: no multiple of a frame
capture_start cli-transfer 128
start_target 1 2 "$SERVER_IF" "$image"
same_on_disk() { cmp -s -n 9000448 "$input" <(tail -c +$((512 * 77 + 1)) "$image"); }

check "write and verify" gives 0 "aoe: wrote and verified 17579 sectors .*" aoe write e1.2 "$input" --offset 77 --verify
check "the disk has it" same_on_disk
check "read" gives 0 "aoe: read 17579 sectors .*" aoe read e1.2 "$output" --offset 77 --count 17579
check "it is the same" cmp "$input" "$output"
check "quietly" gives 0 "" aoe read e1.2 "$output" -q
check "the whole disk" cmp "$image" "$output"
check "the summary as JSON" gives 0 '.*"sectors": 10,.*' aoe read e1.2 "$output" --count 10 --json
piped() { aoe read e1.2 - --offset 77 --count 17579 -q | cmp - "$input"; }
check "to standard output" piped
from_pipe() { aoe write e1.2 - -q <"$input" && cmp -n 9000448 "$input" "$image"; }
check "from standard input" from_pipe

check "past the end" gives 1 "aoe: sector 40000 is past the end of the disk: it has 32768 sectors.*" \
  aoe read e1.2 "$output" --offset 40000
check "too many" gives 1 "aoe: 10 sectors from sector 32760 on go past the end.*so 8 at most.*" \
  aoe read e1.2 "$output" --offset 32760 --count 10
check "a file that is too big" gives 1 "aoe: 17579 sectors from sector 20000 on go past.*" aoe write e1.2 "$input" --offset 20000
too_long_pipe() { head -c 17M /dev/zero | aoe write e1.2 -; }
check "a pipe that is too long" gives 1 ".*goes on past the end of the disk; all sectors, 0-32767, were written.*" too_long_pipe
head -c 700 "$input" >"$TEST_TMP/odd"
check "half a sector" gives 1 ".*ends in the middle of a sector \(700 bytes; --pad.*" aoe write e1.2 "$TEST_TMP/odd"
check "filled up" gives 0 ".*wrote 2 sectors.*" aoe write e1.2 "$TEST_TMP/odd" --pad
check "verify needs a file" gives 1 ".*--verify has to read 'standard input' twice.*" aoe write e1.2 - --verify
check "no such file" gives 1 "aoe: cannot open '/nonexistent' for reading: No such file.*" aoe write e1.2 /nonexistent
check "a full disk here" gives 1 ".*cannot write '/dev/full': No space left.*'/dev/full', which is incomplete.*" \
  aoe read e1.2 /dev/full

# A disk that stops answering in the middle, and Ctrl-C.
stalled() {
  (head -c 4M "$input"; sleep 0.3; kill -STOP "$TARGET_PID"; head -c 4M "$input"; sleep 5) |
    timeout 30 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" write e1.2 - --give-up 0.5
}
check "no answer for too long" gives 1 ".*no answer from the target; only sectors 0-[0-9]+ of 0-32767 were written.*" stalled
kill -CONT "$TARGET_PID"
interrupted() {
  (cat "$input"; sleep 3) | timeout --preserve-status -s INT 1 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" write e1.2 -
}
check "Ctrl-C says how far it got" gives 1 "aoe: interrupted; only sectors 0-[0-9]+ of 0-32767 were written.*" interrupted
slow_reader() {
  timeout --preserve-status -s INT 1 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" read e1.2 - 2>"$TEST_TMP/err" |
    (sleep 1.5; cat >/dev/null)
  grep -q "interrupted; .* read into 'standard output', which is incomplete" "$TEST_TMP/err"
}
check "also while a pipe is full" slow_reader
stop_target

start_target -r 1 2 "$SERVER_IF" "$image"
check "a read-only disk" gives 1 "aoe: e1.2: writing sectors? .*(write-protected|refused the command).*nothing was written.*" \
  aoe write e1.2 "$TEST_TMP/odd" --pad
test_end
