# Runs in the target's guest, behind the addresses, keys and recipes of docs/security.md: three exports, and what is in
# them after the attack.
#
#   e1.2 on macsec0, e1.3 on eth0.42 (VLAN), e1.9 on eth0, for everybody

ok() { echo "@@OK target: $*"; }
bad() { echo "@@FAIL target: $*"; }
check() { what=$1; shift; if "$@" >/tmp/out 2>&1; then ok "$what"; else bad "$what: $(tail -n 3 /tmp/out | tr '\n' ' ')"; fi; }
poll() { tries=$(($1 * 5)); shift; until "$@"; do tries=$((tries - 1)); [ $tries -gt 0 ] || return 1; sleep 0.2; done; }
mtu() { cat "/sys/class/net/$1/mtu"; }
forged() { grep -q "FORGED" "/tmp/$1.img"; }
untouched() { ! forged "$1"; }
late() { ip -s macsec show macsec0 | awk '/InPktsLate/ { getline; print $7 }'; }
over() { grep -q "THE ATTACK IS OVER" /tmp/9.img; }

check "macsec0 has 32 bytes less than eth0" [ "$(mtu macsec0)" = $(($(mtu eth0) - 32)) ]
for slot in 2 3 9; do truncate -s 32M /tmp/$slot.img; done
/ours/vblade 1 2 macsec0 /tmp/2.img >/tmp/2.log 2>&1 &
/ours/vblade 1 3 eth0.42 /tmp/3.img >/tmp/3.log 2>&1 &
/ours/vblade 1 9 eth0 /tmp/9.img >/tmp/9.log 2>&1 &
for slot in 2 3 9; do check "e1.$slot is served" poll 20 grep -q '^pid ' /tmp/$slot.log; done
echo "@@STEP serving"

poll 150 over || bad "the attack never ended"
sleep 2
check "in the clear, on the same wire, the forged write was served" forged 9
check "over MACsec it was not" untouched 2
check "nor in the VLAN" untouched 3
check "replayed frames were recognised" [ "$(late)" -gt 0 ]
ip -s macsec show macsec0
echo "@@SUM $(head -c 1048576 /tmp/2.img | sha256sum | cut -c -64)"
