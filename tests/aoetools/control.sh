#!/bin/bash
# The tools that talk to the driver's control files and the one that makes device nodes, byte for byte as Debian's.
#
#   fake /dev/etherd (character devices that swallow or refuse) and fake /sys/module <--- tool
set -euo pipefail
source "$(dirname "$0")/lib.sh"

own_mounts "$@"
test_begin aoetools-control
require_debian aoe-stat aoe-discover aoe-flush aoe-interfaces aoe-revalidate aoe-version aoe-mkdevs aoe-mkshelf
require_tool strace
fresh_mounts
CONTROLS="discover flush revalidate interfaces"
controls() { # MAJOR MINOR: character devices
  local name
  for name in $CONTROLS; do rm -f "/dev/etherd/$name"; mknod "/dev/etherd/$name" c "$1" "$2"; done
}
written() { # SIDE COMMAND...: what one of the tools writes to /dev/etherd and to sysfs, as strace spells it
  local side=$1
  shift
  rm -f "$TEST_TMP"/strace.*
  # A file for each process, so that none splits the line of another.
  "$side" strace -ff -y -s 200 -e trace=write -o "$TEST_TMP/strace" "$@" >/dev/null 2>&1 || true
  local file='\/dev\/etherd\/[a-z]+|\/sys\/module\/[a-z_\/]+'
  sed -nE "s/^.*write\([0-9]+<($file)[^>]*>, (.*)\) += .*/\1 \2/p" "$TEST_TMP"/strace.*
}
same_bytes() {
  local theirs mine   # one after the other: they share the directory
  theirs=$(written debian "$@")
  mine=$(written ours "$@")
  diff <(echo "$theirs") <(echo "$mine") >&2 && [[ -n $mine ]]
}

same "discover: no file" aoe-discover
same "flush: no file" aoe-flush
same "flush -a: no file" aoe-flush -a
same "revalidate: no argument" aoe-revalidate
same "revalidate: no file" aoe-revalidate e1.2
same "interfaces: no file" aoe-interfaces lo
same "interfaces -c: no file" aoe-interfaces -c
same "interfaces -c with names" aoe-interfaces -c lo
same "interfaces: no interface" aoe-interfaces nope lo no2
same "interfaces: no option" aoe-interfaces lo -c
same "version: no driver" aoe-version
same "version: arguments are ignored" aoe-version x

for name in $CONTROLS; do : >"/dev/etherd/$name"; done
same "discover: no device" aoe-discover
same "flush: no device" aoe-flush
same "revalidate: no device" aoe-revalidate e1.2
same "interfaces: no device" aoe-interfaces lo

controls 1 3   # /dev/null
export sysfs_dir=/mnt/S
mkdir -p /mnt/S/block/etherd!e{1.2,1.20,3.4}
same "discover" aoe-discover
same "discover: arguments are ignored" aoe-discover x
same "flush" aoe-flush
same "flush -a" aoe-flush -a
same "flush -a, more arguments" aoe-flush -a e1.2
same "flush: a disk" aoe-flush e1.2
same "flush: several disks" aoe-flush e1.2 e3.4
same "flush: no disk" aoe-flush e1
same "flush: several that are none" aoe-flush e1.3 e1.2 e9.9 -a
same "flush: no pattern" aoe-flush 'e1..'
same "revalidate" aoe-revalidate e1.2
same "interfaces" aoe-interfaces lo
same "interfaces -c" aoe-interfaces -c
check "bytes: discover" same_bytes aoe-discover
check "bytes: flush" same_bytes aoe-flush
check "bytes: flush -a" same_bytes aoe-flush -a
check "bytes: revalidate" same_bytes aoe-revalidate e1.2
check "bytes: interfaces" same_bytes aoe-interfaces lo lo
check "bytes: interfaces -c" same_bytes aoe-interfaces -c
# The driver compares as many bytes as it gets: with the NUL, e1.2 is not the beginning of e1.20.
check "bytes: flush of one disk ends in NUL" [ "$(written ours aoe-flush e1.2)" = '/dev/etherd/flush "e1.2\0", 5' ]
check "bytes: revalidate of several, one by one" [ "$(written ours aoe-revalidate e1.2 e3.4)" = \
  '/dev/etherd/revalidate "e1.2\n", 5'$'\n''/dev/etherd/revalidate "e3.4\n", 5' ]

controls 1 7   # /dev/full
MASK='s/^.*aoe-[a-z]*: [0-9]*: .*I\/O error$/(why)/; s/^aoe-[a-z]*: cannot write to .*: No space left on device$/(why)/'
same "discover: the driver refuses" aoe-discover
same "flush: the driver refuses" aoe-flush
same "flush -a: the driver refuses" aoe-flush -a
same "flush of one: the driver refuses" aoe-flush e1.2
same "revalidate: the driver refuses" aoe-revalidate e1.2
same "interfaces: the driver refuses" aoe-interfaces lo
MASK=''

mount -t tmpfs none /sys/module
mkdir -p /sys/module/aoe/parameters
same "version: a driver that does not say its version" aoe-version
echo 85 >/sys/module/aoe/version
same "version: 85 is running" aoe-version
LIST=/sys/module/aoe/parameters/aoe_iflist
same "interfaces: no argument, unreadable but for our remark" sh -c 'aoe-interfaces 2>/dev/null'
for list in '' 'eth0' 'eth0 eth1' 'eth0,eth1'; do
  printf '%s\n' "$list" >$LIST
  same "interfaces: shows '$list'" aoe-interfaces
done
check "bytes: interfaces, to the parameter" same_bytes aoe-interfaces lo
check "bytes: interfaces -c, to the parameter" same_bytes aoe-interfaces -c

tree() { (cd "$1" && find . -mindepth 1 -printf '%f %y %m %U %G ' -exec stat -c '%t:%T' {} \; | sort); }
nodes() { # TOOL DIRECTORY-ARGUMENTS...
  local side
  for side in debian ours; do
    rm -rf "/mnt/nodes-$side"
    [[ $1 == aoe-mkdevs ]] || mkdir "/mnt/nodes-$side"
    "$side" env "n_partitions=${PARTITIONS:-}" "n_shelves=${SHELVES:-}" "$1" "/mnt/nodes-$side" "${@:2}" || return 1
  done
  [[ -n $(tree /mnt/nodes-ours) ]] && diff <(tree /mnt/nodes-debian) <(tree /mnt/nodes-ours) >&2
}
rmdir /sys/module/aoe/parameters 2>/dev/null || rm -r /sys/module/aoe
same "mkdevs: usage" aoe-mkdevs
same "mkdevs: usage, two arguments" aoe-mkdevs a b
same "mkshelf: usage" aoe-mkshelf
same "mkshelf: usage, one argument" aoe-mkshelf a
SHELVES=2 PARTITIONS=2 check "mkdevs: nodes" nodes aoe-mkdevs
SHELVES=0 check "mkdevs: no shelves, control files only" nodes aoe-mkdevs
PARTITIONS=1 check "mkshelf: nodes" nodes aoe-mkshelf 3
check "mkshelf: nodes, 16 partitions" nodes aoe-mkshelf 0
check "mkdevs: makes the directories above, and again over what is there" eval \
  'ours env n_shelves=1 n_partitions=1 aoe-mkdevs /mnt/a/b && ours env n_shelves=1 n_partitions=1 aoe-mkdevs /mnt/a/b'
mkdir -p /sys/module/aoe/parameters
echo 1 >/sys/module/aoe/parameters/aoe_dyndevs
same "mkdevs: dynamic devices" aoe-mkdevs /mnt/x
same "mkshelf: dynamic devices" aoe-mkshelf /mnt/x 1
rm -r /sys/module/aoe
cp "$(command -v sleep)" /mnt/udevd
/mnt/udevd 60 &
at_exit stop_pid $!
same "mkdevs: udev" aoe-mkdevs /mnt/x
same "mkshelf: udev" aoe-mkshelf /mnt/x 1
stop_pid $!

# What ours does better; see DIFFERENCES in the manual pages.
rm /mnt/a/b/e0.3; echo precious >/mnt/a/b/e0.3
check "mkshelf: a file is no device node and stays" gives 1 \
  'aoe-mkshelf Error: /mnt/a/b/e0\.3 is there and is no device.*' ours env n_partitions=1 aoe-mkshelf /mnt/a/b 0
check "mkshelf: the file has kept its content" [ "$(cat /mnt/a/b/e0.3)" = precious ]
check "mkshelf: no shelf" gives 1 'aoe-mkshelf Error: "x" is not a shelf address.*' ours aoe-mkshelf /mnt/a x
check "mkshelf: a shelf too far" gives 1 'aoe-mkshelf Error: shelf 60000 .*minor.*' ours aoe-mkshelf /mnt/a 60000
check "mkdevs: no number" gives 1 'aoe-mkdevs Error: "x" is not a number of partitions.*' \
  ours env n_partitions=x aoe-mkdevs /mnt/c
check "interfaces: says why it shows nothing" gives 1 'aoe-interfaces: cannot read .*' ours aoe-interfaces

# aoefuse's imitation of the driver is found without being told, and where AOE_ETHERD says.
unset sysfs_dir
imitation() { # DIR VERSION
  mkdir -p "$1/.sys/module/aoe/parameters" "$1/.sys/block/etherd!e5.6"
  echo "$2" >"$1/.sys/module/aoe/version"
  echo eth7 >"$1/.sys/module/aoe/parameters/aoe_iflist"
  echo 152:0 >"$1/.sys/block/etherd!e5.6/dev"; echo 2048 >"$1/.sys/block/etherd!e5.6/size"
  echo eth7 >"$1/.sys/block/etherd!e5.6/netif"; echo up >"$1/.sys/block/etherd!e5.6/state"
  echo 8704 >"$1/.sys/block/etherd!e5.6/payload"
  local name
  for name in $CONTROLS; do rm -f "$1/$name"; : >"$1/$name"; done
}
line='      e5\.6         0\.001GB       eth7 8704  up            '$'\n'
imitation /dev/etherd 0.1.0
check "aoefuse: aoe-stat" gives 0 "$line" ours aoe-stat
check "aoefuse: aoe-version" gives 0 '.*running aoe driver:'$'\t''aoefuse 0\.1\.0'$'\n' ours aoe-version
check "aoefuse: aoe-interfaces" gives 0 $'eth7\n' ours aoe-interfaces
check "aoefuse: aoe-discover writes to the file" eval 'ours aoe-discover && cmp /dev/etherd/discover <(echo)'
check "aoefuse: aoe-flush of a disk" eval 'ours aoe-flush e5.6 && [[ $(tr -d "\0" </dev/etherd/flush) == e5.6 ]]'
check "aoefuse: aoe-flush of no disk" gives 1 'aoe-flush Error: "e5\.60" is not an aoe device'$'\n' ours aoe-flush e5.60
check "aoefuse: aoe-interfaces lo" eval 'ours aoe-interfaces lo && [[ $(tr -d "\0" </dev/etherd/interfaces) == lo ]]'
mkdir -p /sys/module/aoe
check "aoefuse: the kernel driver comes first" gives 1 '' ours aoe-stat
imitation /mnt/other 'aoefuse 9'
check "aoefuse: but not before AOE_ETHERD" gives 0 "$line" ours env AOE_ETHERD=/mnt/other aoe-stat
check "aoefuse: AOE_ETHERD, aoe-version" gives 0 '.*:'$'\t''aoefuse 9'$'\n' ours env AOE_ETHERD=/mnt/other aoe-version
check "aoefuse: AOE_ETHERD, no control file" gives 1 'aoe-discover: /mnt/nowhere/discover does not exist.*' \
  ours env AOE_ETHERD=/mnt/nowhere aoe-discover
check "aoetools: lists its tools" gives 0 'usage: aoetools TOOL.*aoe-sancheck.*' ours aoetools --help
check "aoetools: runs them by name" gives 0 '.*aoefuse 9'$'\n' ours env AOE_ETHERD=/mnt/other aoetools aoe-version
check "aoetools: no tool" gives 2 'aoetools: there is no tool "aoe-x".*' ours aoetools aoe-x
test_end
