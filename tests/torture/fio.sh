#!/usr/bin/env bash
# fio --verify through aoefuse: random mixed I/O at depth, with a bad network and a target that is killed.
#   fio.sh MTU      the target is $VBLADE
source "$(dirname "$0")/fuse.sh"
set -euo pipefail

require_tool fio
torture_fuse_begin "torture-fio-$(debians && echo debian || echo ours)-$1" "$1"

verified() {   # FIO-OPTIONS
  fio --name=verify --filename="$ETHERD/e1.2" --rw=randrw --rwmixread=40 --size=48M --io_size=1G --verify=crc32c \
    --verify_fatal=1 --do_verify=1 --verify_backlog=512 --randseed="$CHAOS_SEED" --verify_state_save=0 --runtime="$STRETCH" \
    --output="$TEST_LOGS/fio.log" "$@"
}

check "direct, in blocks, at depth" with_crashes verified --direct=1 --ioengine=libaio --iodepth=32 --bsrange=4k-128k \
  --blockalign=4k
check "any length, through system calls" with_crashes verified --direct=0 --ioengine=psync --bsrange=512-64k \
  --blockalign=512
stop_aoefuse
stop_chaos 0
check "frames were lost" grep -Eq '"lost":[1-9]' "$TEST_LOGS/chaos0.log"
test_end
