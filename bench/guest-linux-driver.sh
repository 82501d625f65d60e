# Runs in the guest of bench/linux-driver: fio on both disks in turn, e1.1 first in odd rounds, e2.1 in even ones.
ROUNDS=@ROUNDS@ SECONDS_EACH=@SECONDS@
up() { [ "$(cat "/sys/block/etherd!$1/state" 2>/dev/null)" = up ]; }
both_up() { up e1.1 && up e2.1; }

modprobe aoe aoe_iflist=eth0
tries=0
until both_up; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || { echo "@@FAIL the disks were not found"; exit 1; }
  [ $((tries % 25)) != 0 ] || aoe-discover
  sleep 0.2
done
# Bytes a second: of fio's terse format, KiB/s of reads are field 7, of writes 48.
measure() { # RW DISK
  field=7
  [ "$1" = read ] || field=48
  fio --name=bench --filename="/dev/etherd/$2" --rw="$1" --bs=64k --iodepth=32 --ioengine=libaio --direct=1 \
    --time_based --ramp_time=0.5 --runtime="$SECONDS_EACH" --output-format=terse --terse-version=3 |
    tail -n 1 | cut -d ';' -f $field
}
round=1
while [ $round -le $ROUNDS ]; do
  order="e1.1 e2.1"
  [ $((round % 2)) = 1 ] || order="e2.1 e1.1"
  for rw in read write; do
    for disk in $order; do echo "@@RATE $round $rw $disk $(measure $rw $disk)"; done
  done
  round=$((round + 1))
done
