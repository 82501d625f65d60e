# Runs in the test guest: Debian's aoetools (in /usr/bin) and ours (in /ours) over one kernel driver.

ok() { echo "@@OK $*"; }
bad() { echo "@@FAIL $*"; }
poll() { tries=$(($1 * 5)); shift; until "$@"; do tries=$((tries - 1)); [ $tries -gt 0 ] || return 1; sleep 0.2; done; }
outcome() { # PATH COMMAND...: both streams and the status
  path=$1; shift
  PATH=$path:/usr/bin:/bin "$@" >/tmp/out 2>/tmp/err
  echo "status $?" >>/tmp/err
  cat /tmp/out /tmp/err | sed "${MASK:-}"
}
same() { # WHAT COMMAND...
  what=$1; shift
  outcome /usr/bin "$@" >/tmp/theirs
  outcome /ours "$@" >/tmp/mine
  if cmp -s /tmp/theirs /tmp/mine; then ok "$what"; return; fi
  bad "$what: theirs: $(tr '\n' '$' </tmp/theirs) ours: $(tr '\n' '$' </tmp/mine)"
}
is() { [ "$2" = "$3" ] && ok "$1" || bad "$1: '$2', not '$3'"; }
ours() { PATH=/ours:/usr/bin:/bin "$@"; }
state() { cat "/sys/block/etherd!e1.$1/state" 2>/dev/null; }
all_up() { [ "$(state 1)$(state 2)$(state 10)" = upupup ]; }
found_again() { aoe-discover; sleep 0.3; all_up; }
disks() { ls /sys/block | sed -n 's/etherd!//p' | sort | tr '\n' ' '; }

same "no driver: aoe-version" aoe-version
same "no driver: aoe-discover" aoe-discover
same "no driver: aoe-flush" aoe-flush -a
same "no driver: aoe-revalidate" aoe-revalidate e1.2
modprobe aoe || bad "modprobe aoe"
poll 30 all_up || aoe-discover
poll 30 all_up || { bad "discovery: $(disks)"; exit 1; }

same "aoe-stat" aoe-stat
is "aoe-stat: shows the disks" "$(ours aoe-stat | tr -s ' ' | tr '\n' '|')" \
  " e1.1 0.016GB eth0 8704 up | e1.2 0.027GB eth0 8704 up | e1.10 0.111GB eth0 8704 up |"
same "aoe-stat e1.1" aoe-stat e1.1
same "aoe-stat: no match" aoe-stat e9
same "aoe-version" aoe-version
same "aoe-interfaces: shows nothing yet" aoe-interfaces
same "aoe-interfaces eth0" aoe-interfaces eth0
is "aoe-interfaces eth0: is set" "$(ours aoe-interfaces | tr -d '\0')" eth0
same "aoe-interfaces: shows it" aoe-interfaces
same "aoe-interfaces -c" aoe-interfaces -c
is "aoe-interfaces -c: is cleared" "$(ours aoe-interfaces | tr -d '\0')" ""
same "aoe-interfaces: no interface" aoe-interfaces nope
same "aoe-discover" aoe-discover
same "aoe-revalidate" aoe-revalidate e1.2
MASK='/write error: /d;/cannot write to /d' same "aoe-revalidate: no disk" aoe-revalidate nonsense
same "aoe-flush: all are up and stay" aoe-flush
is "aoe-flush: all are up and stay" "$(disks)" "e1.1 e1.10 e1.2 "
same "aoe-flush: no disk" aoe-flush e1.3
same "aoe-flush -a" aoe-flush -a
is "aoe-flush -a: all are gone" "$(disks)" ""
same "aoe-stat: no disk" aoe-stat

poll 10 found_again || bad "discovery after the flush: $(disks)"
ours aoe-flush e1.1 || bad "ours: aoe-flush e1.1"
is "aoe-flush e1.1: ours leaves e1.10 alone" "$(disks)" "e1.10 e1.2 "
poll 10 found_again || bad "discovery after the flush of e1.1: $(disks)"
aoe-flush e1.1
is "aoe-flush e1.1: Debian's does not" "$(disks)" "e1.2 "
ours aoe-discover
poll 10 all_up && ok "aoe-discover: ours brings them back" || bad "aoe-discover: $(disks)"

exec 8</dev/etherd/e1.2
ours aoe-flush -a
is "aoe-flush -a: an open disk stays" "$(disks)" "e1.2 "
exec 8<&-
poll 10 found_again || bad "discovery after the last flush: $(disks)"
same "aoeping -v" aoeping -v 1 2 eth0
MASK='/^Probing/d' same "aoe-sancheck" aoe-sancheck
