#!/usr/bin/env bash
# aoe bench: counts that add up, over the wire and through the library, files and NBD; no write without consent; Ctrl-C.
# No timings.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin cli-bench
netns_pair bench 9000
aoe() { timeout 30 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" "$@"; }
bench() { aoe bench --seconds 0.3 --warm-up 0.05 "$@"; }
head -c 16M /dev/urandom >"$TEST_TMP/disk.img"
cp "$TEST_TMP/disk.img" "$TEST_TMP/original.img"
start_target 1 2 srv0 "$TEST_TMP/disk.img"

# `measured OPTIONS...` runs it with --json; then `holds EXPRESSION` is a condition on the object d.
measured() { bench --json "$@" >"$TEST_TMP/bench.json"; }
holds() {
  python3 - "$TEST_TMP/bench.json" "$1" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
if not eval(sys.argv[2], {}, {"d": d}):
    sys.exit("not true: %s for %s" % (sys.argv[2], d))
PY
}
adds_up='d["requests"] == d["reads"] + d["writes"] + d["queries"] > 0 and d["errors"] == 0
  and abs(d["requests_per_s"] - d["requests"] / d["seconds"]) < 1
  and 0 < d["latency_us"]["min"] <= d["latency_us"]["p50"] <= d["latency_us"]["p99"] <= d["latency_us"]["p99.9"]
  <= d["latency_us"]["p99.99"] <= d["latency_us"]["max"] and d["latency_us"]["mean"] <= d["latency_us"]["max"]'
# $1: condition; the rest: options.
check_run() {
  local condition=$1
  shift
  check "aoe bench $*" measured e1.2 "$@"
  check "its counts add up" holds "($adds_up) and ($condition)"
}

check_run 'd["bytes"] == d["reads"] * 4096 and d["frames_per_request"] == 1 and d["kind"] == "read"
  and d["target_cpu_us_per_request"] > 0' --pid "$TARGET_PID"
check_run 'd["bytes"] == d["reads"] * 4096 and d["layer"] == "library"' --layer library
check_run 'd["bytes"] == d["reads"] * 17 * 512 and d["request_bytes"] == 17 * 512' --size frame --sequential --spin
check_run 'd["bytes"] == d["reads"] * 65536 and d["frames_per_request"] == 8' --size 64k --depth 4
check_run 'd["queries"] == d["requests"] and d["bytes"] == 0' --query --depth 1
check_run 'd["rate_per_s"] == 500 and d["requests"] <= 500 * (d["seconds"] + 2)' --rate 500
check "reading changed nothing" cmp "$TEST_TMP/disk.img" "$TEST_TMP/original.img"

# Sectors 2048 to 4095 may be written, bytes 1 to 2 MiB; what is around them may not.
check "no write without a range" gives 2 "aoe: writing destroys.*--range.*" bench e1.2 --write
check "nor a mix" gives 2 "aoe: writing destroys.*--range.*" bench e1.2 --mix 50
check_run 'd["writes"] == d["requests"] and d["bytes"] == d["writes"] * 4096' --write --range 2048:2048
check_run 'd["reads"] > 0 and d["writes"] > 0 and d["bytes"] == d["requests"] * 4096' \
  --mix 50 --range 2048:2048 --layer library
around() { cmp -n 1048576 "$@" && cmp -i 2097152 "$@"; }
check "nothing else was written" around "$TEST_TMP/disk.img" "$TEST_TMP/original.img"
check "something was" eval "! cmp -s '$TEST_TMP/disk.img' '$TEST_TMP/original.img'"

check "a range past the end" gives 1 "aoe: --range goes past the end of e1.2.*" bench e1.2 --range 0:9999999
check "two kinds at once" gives 2 "aoe: .*--read.*" bench e1.2 --read --write
check "a size between sectors" gives 2 "aoe: --size '1000' is not a multiple of 512.*" bench e1.2 --size 1000
check "nobody there" gives 1 "aoe: e1.9: no answer.*" bench e1.9
check "no such process" gives 1 ".*aoe: there is no process 99999999.*" bench e1.2 --pid 99999999
check "text" gives 0 "e1.2 on $CLIENT_IF: random reads of 4 KiB \(1 frame\), 32 outstanding.*p99.99.*CPU us/request.*" \
  bench e1.2 -i "$CLIENT_IF"

# Files and NBD servers in place of frames.
IMAGE=$TEST_TMP/disk.img
check "aoe bench FILE" measured "$IMAGE" --pid $$
check "its counts add up" holds "($adds_up and d['layer'] == 'file' and d['targets'] == ['$IMAGE']
  and d['bytes'] == d['reads'] * 4096 and d['frames_per_request'] is None and d['retransmissions'] is None)"
check "of a file's part" measured "$IMAGE" --mix 50 --range 2048:2048 --depth 8
check "its counts add up" holds "($adds_up) and d['reads'] > 0 and d['writes'] > 0"
check "nothing else was written" around "$IMAGE" "$TEST_TMP/original.img"
check "a file at a fixed rate" measured "$IMAGE" --rate 500
check "keeps to it" holds "($adds_up) and d['requests'] <= 500 * (d['seconds'] + 2)"
check "no write to a file without a range" gives 2 "aoe: writing destroys.*" bench "$IMAGE" --write
check "nor beyond its end" gives 1 "aoe: --range goes past the end of $IMAGE.*" bench "$IMAGE" --range 0:9999999
check "addresses and files" gives 2 "aoe: addresses, files and NBD servers cannot.*" bench e1.2 "$IMAGE"
check "no such file" gives 1 "aoe: cannot examine './nowhere': No such file.*" bench ./nowhere
check "no disk" gives 1 "aoe: '/dev/null' is neither a file nor a block device.*" bench /dev/null
# What others use is read, not written; where there are loop devices to stand in for it.
cd "$TEST_TMP"
head -c 16M /dev/zero >used.img
if loop=$(losetup -f --show used.img 2>/dev/null); then
  at_exit losetup -d "$loop"
  check "a file that a device stands on" gives 1 "aoe: ./used.img is attached to $loop.*it would be damaged.*" \
    bench ./used.img --write --range all
  if command -v mkfs.ext4 >/dev/null && mkfs.ext4 -q -F "$loop" && mkdir mnt && mount "$loop" mnt; then
    at_exit umount "$PWD/mnt"
    check "a mounted device" gives 1 "aoe: $loop is mounted on .*/mnt: it would be damaged.*" \
      bench "$loop" --write --range all
    check "reading it" measured "$loop"
    check "its counts add up" holds "($adds_up and d['bytes'] == d['reads'] * 4096)"
  fi
else
  echo "ok   what others use # not tried: no loop devices"
fi
if command -v nbdkit >/dev/null; then
  nbdkit -f -U "$TEST_TMP/nbd" --filter=noextents file "$IMAGE" 2>"$TEST_LOGS/nbdkit.log" &
  NBDKIT_PID=$!
  at_exit stop_pid "$NBDKIT_PID"
  wait_for 10 test -S "$TEST_TMP/nbd"
  NBD="nbd+unix:///?socket=$TEST_TMP/nbd"
  check "aoe bench NBD-URI" measured "$NBD" --pid "$NBDKIT_PID"
  check "its counts add up" holds "($adds_up and d['layer'] == 'nbd' and d['bytes'] == d['reads'] * 4096
    and d['target_cpu_us_per_request'] > 0)"
  check "of a part" measured "$NBD" --mix 50 --range 2048:2048
  check "its counts add up" holds "($adds_up) and d['reads'] > 0 and d['writes'] > 0"
  check "nothing else was written" around "$IMAGE" "$TEST_TMP/original.img"
  killed_meanwhile() {
    aoe bench "$NBD" --seconds 20 &
    local pid=$!
    sleep 0.5
    kill -KILL "$NBDKIT_PID"
    wait "$pid"
  }
  check "a server that goes away" gives 1 ".*aoe: nbd.*" killed_meanwhile
fi
check "no NBD server" gives 1 "aoe: nbd.*: nbd_connect_uri.*" bench "nbd+unix:///?socket=$TEST_TMP/nobody"

# Ctrl-C ends a run, and what was measured is printed.
interrupted() {
  local status=0
  ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" bench e1.2 --seconds 30 --warm-up 0.1 --json >"$TEST_TMP/bench.json" &
  local pid=$!
  sleep 1
  kill -INT "$pid"
  wait "$pid" || status=$?
  [[ $status == 130 ]]
}
check "Ctrl-C" interrupted
check "tells what was measured" holds "($adds_up) and d['interrupted'] and d['seconds'] < 30"

# The benchmarks' reflector is a target without a disk: whatever is asked of it, it gives.
stop_target
reflect() {
  ip netns exec "$SERVER_NS" "$AOEKIT_BIN/aoereflect" -i "$SERVER_IF" >"$TEST_LOGS/reflector.log" 2>&1 &
  REFLECTOR_PID=$!
  at_exit stop_pid "$REFLECTOR_PID"
  wait_for 10 grep -q '^ready' "$TEST_LOGS/reflector.log"
}
check "a reflector" reflect
check_run 'd["bytes"] == d["requests"] * 65536' --mix 50 --size 64k --range all
check_run 'd["bytes"] == d["reads"] * 4096' --layer library
check_run 'd["queries"] == d["requests"]' --query --pid "$REFLECTOR_PID"

# The suite around it: each trial has been measured, or it is said why not.
suite() {
  timeout 60 "$REPO/bench/run" --bin "$AOEKIT_BIN" --matrix --rounds 1 --seconds 0.2 --warm-up 0.1 --disk "$TEST_TMP" \
    --contenders "vblade,reflector,file reflector" --only 'MTU 9000, random 4k read, QD*' \
    --json "$TEST_TMP/bench.json" >"$TEST_LOGS/suite.log"
}
check "bench/run" suite
check "each trial once" holds 'len(d["rows"]) == 6 and all(len(row["trials"]) == 3 and
  (row["not_counted"] or all(s["requests_per_s"] > 0 for t in row["trials"] for s in t["samples"])) for row in d["rows"])'
test_end
