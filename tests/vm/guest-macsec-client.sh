# Runs in the client's guest, behind the addresses, keys and recipes of docs/security.md: the Linux driver over macsec0.

DISK=/dev/etherd/e1.2
ok() { echo "@@OK client: $*"; }
bad() { echo "@@FAIL client: $*"; }
check() { what=$1; shift; if "$@" >/tmp/out 2>&1; then ok "$what"; else bad "$what: $(tail -n 3 /tmp/out | tr '\n' ' ')"; fi; }
poll() { tries=$(($1 * 5)); shift; until "$@"; do tries=$((tries - 1)); [ $tries -gt 0 ] || return 1; sleep 0.2; done; }
state_is() { [ "$(cat "/sys/block/etherd!e1.$1/state" 2>/dev/null)" = "$2" ]; }
found() { aoe-discover; sleep 0.8; state_is "$1" up; }
pattern() { yes "aoekit secret $1" | head -c 1048576; }
same() { [ "$(dd if=$DISK bs=1M count=1 iflag=direct 2>/dev/null | sha256sum)" = "$(sha256sum </tmp/want)" ]; }

poll 8 found 2 || { bad "no disk was found over MACsec: $(ip -s macsec show | tr -s ' \n' ' ')"; exit 1; }
ok "the disk is found over MACsec"
check "macsec0 carries as many sectors as eth0" [ "$(cat '/sys/block/etherd!e1.2/payload')" = 8704 ]
check "the disk offered in the clear is not taken" [ ! -e '/sys/block/etherd!e1.9' ]
pattern old >/tmp/want
dd if=/tmp/want of=$DISK bs=1M oflag=direct 2>/dev/null || bad "the first write"
pattern new >/tmp/want
dd if=/tmp/want of=$DISK bs=1M oflag=direct 2>/dev/null || bad "the second write"
check "what was written is read back" same
check "fio, verified, 16 deep" timeout 60 fio --name=mix --filename=$DISK --offset=2M --size=4M --rw=randrw --bs=16k \
  --direct=1 --ioengine=libaio --iodepth=16 --verify=crc32c --verify_fatal=1 --verify_state_save=0
echo "@@SUM $(sha256sum </tmp/want | cut -c -64)"

echo eth0.42 >/dev/etherd/interfaces
check "in the VLAN its disk is found" poll 8 found 3
check "and can be used" dd if=/tmp/want of=/dev/etherd/e1.3 bs=1M oflag=direct
