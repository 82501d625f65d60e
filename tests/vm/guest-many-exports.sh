# Runs in the test guest: the Linux aoe driver finds e1.0 ... e1.199, sizes 1024 KiB and one more for each slot.
ok() { echo "@@OK $*"; }
bad() { echo "@@FAIL $*"; }
EXPORTS=200
up() { cat /sys/block/etherd!e1.*/state 2>/dev/null | grep -c '^up'; }

modprobe aoe aoe_iflist=eth0 || bad "modprobe aoe"
tries=0
while [ "$(up)" -lt $EXPORTS ] && [ $tries -lt 300 ]; do sleep 0.2; tries=$((tries + 1)); done
if [ "$(up)" = $EXPORTS ]; then ok "discovery: all $EXPORTS exports are up"; else bad "discovery: $(up) of $EXPORTS are up"; fi
wrong=0
slot=0
while [ $slot -lt $EXPORTS ]; do
  [ "$(cat "/sys/block/etherd!e1.$slot/size" 2>/dev/null)" = $(((1024 + slot) * 2)) ] || wrong=$((wrong + 1))
  slot=$((slot + 1))
done
if [ $wrong = 0 ]; then ok "sizes: each is the right disk"; else bad "sizes: $wrong are wrong"; fi
if dd if=/dev/etherd/e1.199 of=/dev/null bs=64k count=4 iflag=direct 2>/tmp/out; then ok "the last one can be read"
else bad "reading: $(cat /tmp/out)"; fi
