#!/bin/bash
# aoe-stat over a fake sysfs, byte for byte as Debian's; and where ours is better, what it does instead.
#
#   /mnt/S/block/etherd!e1.2/{dev,size,netif,state,payload} ---> aoe-stat
set -euo pipefail
source "$(dirname "$0")/lib.sh"

own_mounts "$@"
test_begin aoetools-stat
require_debian aoe-stat
fresh_mounts
export sysfs_dir=/mnt/S
BLOCK=$sysfs_dir/block
same "no sysfs" aoe-stat
mkdir -p "$BLOCK"
same "no disk" aoe-stat
same "no disk, pattern" aoe-stat e1

disk() { # NAME MINOR SECTORS NETIF STATE [PAYLOAD]
  mkdir -p "$BLOCK/etherd!$1"
  (
    cd "$BLOCK/etherd!$1"
    rm -f payload
    echo "152:$2" >dev; echo "$3" >size; echo "$4" >netif; echo "$5" >state
    [[ $# -lt 6 ]] || echo "$6" >payload
  )
}
for sectors in 0 1 1953 1954 1955 2097152 1953525168 4294967295 4294967296 18014398509481; do
  rm -rf "$BLOCK"/*
  disk e0.1 16 "$sectors" eth0 up
  same "size: $sectors sectors" aoe-stat
  disk e0.1 16 "$sectors" eth0 up 8704
  same "size: $sectors sectors, payload" aoe-stat
done
rm -rf "$BLOCK"/*
for state in up down down,closewait up,kickme down,kickme 'strange state'; do
  disk e1.2 16 39070080 eth0 "$state"
  same "state: $state" aoe-stat
  disk e1.2 16 39070080 eth0 "$state" 1024
  same "state: $state, payload" aoe-stat
done
rm -rf "$BLOCK"/*
disk e0.1 16 2097152 eth0 up
disk e7.0 48 1024 eth1 down
disk e1.10 32 1953525168 eth0,eth1 down,closewait
same "several, no payload" aoe-stat
same "pattern" aoe-stat e1
same "pattern: anchored" aoe-stat 'closewait$'
same "pattern: alternatives" aoe-stat 'e0\|e7'
same "pattern: class" aoe-stat '[0-9]\.10'
same "pattern: repetition" aoe-stat 'eth[01],\{0,1\}'
same "pattern that matches nothing" aoe-stat no-such-disk
same "second argument is ignored" aoe-stat e0 e7
disk e1.10 32 1953525168 eth0,eth1 down,closewait 8704
same "one of several has a payload" aoe-stat
disk e65534.254 64 88 enp216s0f0np0,enp216s0f1np1 up 8704
same "names wider than the columns" aoe-stat
rm "$BLOCK/etherd!e7.0"/{netif,payload} 2>/dev/null || true
same "no netif, no payload: the state moves" aoe-stat
mkdir "$BLOCK/etherd!e9.9"
same "a disk without files" aoe-stat
rm "$BLOCK/etherd!e0.1/size"
same "no size" aoe-stat
mkdir "$BLOCK"/{etherd!e1.2p1,sda,etherd!e1,nvme0n1,etherd!err,'x!e3.3','e4.4','xe5.5y','a!b!e6.6'}
same "names like and unlike disks, partitions" aoe-stat
disk e1.2 16 '' '' '' ''
rm "$BLOCK/etherd!e1.2/size"
same "empty files" aoe-stat
printf '2097152' >"$BLOCK/etherd!e1.2/size"
printf "a\n\n\n" >"$BLOCK/etherd!e1.2/netif"
same "no newline, several newlines" aoe-stat

rm -rf "$BLOCK"/*
disk e1.2 16 1024 eth0 up 1024
disk e1.3 32 1024 eth0 up 1024
mknod /dev/etherd/e1.2 b 152 17
mknod /dev/etherd/e1.3 b 152 32
same "a device node with another minor number" aoe-stat
rm /dev/etherd/e1.2; touch /dev/etherd/e1.2
same "a file instead of a device node" aoe-stat
rm /dev/etherd/e1.[23]

# What ours does better; see DIFFERENCES in aoe-stat(8).
line='      e1\.2         0\.000GB       eth0 1024  up            '$'\n'
mkdir -p /mnt/up/block
cp -r "$BLOCK/etherd!e1.2" /mnt/up/block
check "a p in sysfs_dir does not hide the disks" gives 0 "$line" ours env sysfs_dir=/mnt/up aoe-stat
disk e1.3 32 '' eth0 up 1024
check "an empty size is not available, and the disk shown" gives 0 "${line}      e1\.3            \(NA\) .*" \
  ours aoe-stat
disk e1.3 32 99999999999999 eth0 up 1024
check "a size beyond 9 PB does not overflow" gives 0 "${line}      e1\.3  51199999\.999GB .*" ours aoe-stat
check "a pattern with a blank is one pattern" gives 0 '.*51199999.*' ours aoe-stat 'e1.3  5'
check "a pattern that is none" gives 2 'aoe-stat Error: "\[": [^'$'\n'']*'$'\n' ours aoe-stat '['
check "an option that is none" gives 2 'aoe-stat Error: -x is neither an option nor a pattern.*' ours aoe-stat -x
check "--help" gives 0 'usage: aoe-stat \[REGEX\].*' ours aoe-stat --help
check "--version" gives 0 'aoe-stat \(aoekit\) .*' ours aoe-stat --version
unset sysfs_dir
check "neither driver nor aoefuse: says so" gives 1 \
  'aoe-stat: no AoE disks here: .*modprobe aoe.*aoefuse.*' ours aoe-stat
test_end
