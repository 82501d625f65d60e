#!/bin/bash
# docs/admin-guide.md on a clean Debian 12 with systemd, and what the units promise besides. By hand (docs/testing.md): it
# downloads a Debian.
#
#   client: aoe, aoefuse, vblade - eth0 (a tap) ==== eth0 - guest: Debian 12, systemd, aoed
#                                                    ttyS0: console.log; ttyS1: a shell of root's, server.log
set -euo pipefail
source "$(dirname "$0")/../fuse/lib.sh"
source "$(dirname "$0")/../lib/document.sh"
source "$(dirname "$0")/vm.sh"
source "$VM_DIR/recipe.sh"

# The guest is an ordinary machine: a fresh copy of the image, with aoekit installed as the guide says.
make_guest() {
  local root=$TEST_TMP/root
  cp -a "$AOEKIT_WORK/vm/debian12" "$root"
  DESTDIR=$TEST_TMP/aoekit cmake --install "$AOEKIT_BIN/.." --prefix /usr/local >"$TEST_LOGS/install.log" 2>&1 ||
    fail "make install failed"
  tar -C "$TEST_TMP/aoekit" -c usr | tar -C "$root" -x --no-same-owner --no-overwrite-dir
  truncate -s 2G "$TEST_TMP/vda.img"
  mke2fs -q -t ext4 -d "$root" "$TEST_TMP/vda.img"
  rm -rf "$root"
  make_image "$TEST_TMP/vdb.img" 64M
  make_image "$TEST_TMP/vdc.img" 32M
}

make_initrd() {   # the prepared one, with another /init behind it
  mkdir "$TEST_TMP/initrd.d"
  cat >"$TEST_TMP/initrd.d/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/bin:/bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_pci virtio_blk crc32c_generic ext4; do modprobe "$module"; done
mkdir /root
tries=50
until mount -t ext4 /dev/vda /root; do tries=$((tries - 1)); [ $tries -gt 0 ] || poweroff -f; sleep 0.2; done
umount /dev /proc
exec switch_root /root /sbin/init
END
  chmod +x "$TEST_TMP/initrd.d/init"
  cat "$AOEKIT_WORK/vm/initramfs.cpio"
  (cd "$TEST_TMP/initrd.d" && find . | cpio -o -H newc --quiet)
}

disk() { echo "-drive file=$TEST_TMP/$1.img,format=raw,if=virtio,cache=unsafe"; }
ready() { output_from server "$1" | grep -q 'the shell is ready'; }
power_on() {
  local from
  from=$(stat -c %s "${logs[server]}")
  VM_NAME=boot$((++BOOTS))
  vm_start -smp 2 -m 1024 -device "virtio-net-pci,netdev=n0,host_mtu=9000,romfile=" $(disk vda) $(disk vdb) $(disk vdc) \
    -chardev "pipe,id=shell,path=$TEST_TMP/shell" -serial chardev:shell \
    -kernel "$AOEKIT_WORK/vm/vmlinuz" -initrd "$TEST_TMP/initrd" \
    -append "console=ttyS0 panic=-1 no_timer_check net.ifnames=0 systemd.show_status=1"
  wait_for 180 ready "$from" || fail "the guest does not come up"
}
is_off() { pid_gone "$VM_PID"; }

ASKED=0
guest() {   # runs COMMAND in the guest: its output and its status
  local from status
  from=$(stat -c %s "${logs[server]}")
  ASKED=$((ASKED + 1))
  printf '%s\necho status-%d-$?\n' "$*" "$((10000 + ASKED))" >&"${pipes[server]}"
  wait_for 120 answered server "$from" "$((10000 + ASKED))" || fail "no end of: $*"
  status=$(output_from server "$from" | sed -nE "s/^status-$((10000 + ASKED))-([0-9]+)\$/\1/p")
  output_from server "$from" | grep -v '^status-' || true
  return "$status"
}
guest_file() { guest "mkdir -p $(dirname "$1"); cat >$1 <<'END OF FILE'"$'\n'"$(cat)"$'\n'"END OF FILE"; }
guest_until() { guest "for i in \$(seq $(($1 * 5))); do if $2; then break; fi; sleep 0.2; done; $2"; }
of_aoed() { guest "grep ^$1: /proc/\$(systemctl show -p MainPID --value aoed)/status" | cut -f 2-; }
client_aoe() { local verb=$1; shift; on_client timeout 60 "$AOEKIT_BIN/aoe" "$verb" "$@" -i eth0; }
sees() { client_aoe discover | grep -Eq "^${1//./\\.} "; }
serves() { wait_for 20 sees "$1"; }
is() { [[ $1 == "$2" ]] || { echo "'$1' is not '$2'" >&2; return 1; }; }

test_begin vm-systemd
require_tool qemu-system-x86_64 mke2fs cpio cmake mkfs.ext4 losetup
require_loop
[[ -n ${AOEKIT_MOUNTS_ARE_PRIVATE-} ]] || skip "cannot make mount namespaces"
status=0
"$VM_DIR/systemd-image.sh" || status=$?
[[ $status != 77 ]] || exit 77
[[ $status == 0 ]] || fail "the guest's image could not be made"
CLIENT_NS=aoekit-systemd-$$ CLIENT_IF=eth0 VM_TAP=eth0 BOOTS=0
netns_add "$CLIENT_NS"
on_client ip tuntap add eth0 mode tap || skip "the kernel has no tap device"
on_client ip link set eth0 address $CLIENT_MAC mtu 9000 up
make_guest
make_initrd >"$TEST_TMP/initrd"
mkfifo "$TEST_TMP/shell.in" "$TEST_TMP/shell.out"
logs[server]=$TEST_LOGS/server.log
exec {fd}<>"$TEST_TMP/shell.in"
pipes[server]=$fd
exec {fd}<>"$TEST_TMP/shell.out"
cat <&"$fd" >"${logs[server]}" &
at_exit stop_pid $!
at_exit umount -l /dev/etherd
mkdir "$TEST_TMP/client"
at_exit umount -l "$TEST_TMP/client/mountpoint"
open_shell client "$CLIENT_NS"
power_on

check "install: the account" guest systemd-sysusers
check "install: its directories" guest systemd-tmpfiles --create
recipe admin-guide.md network | guest_file /etc/systemd/network/50-aoe.network
check "install: the network" guest systemctl enable --quiet --now systemd-networkd
check "install: the interface is up" guest_until 20 'ip link show eth0 | grep -q "mtu 9000.*state UP"'
# The guide's own words for systemd, where it starts and stops aoed without.
guest 'aoed() {
  [ "$1" != --check ] || { command aoed --check; return; }
  systemctl enable --now aoed; journalctl -u aoed -o cat | cat
}
kill() { systemctl stop aoed; }'
run_document "$REPO/docs/admin-guide.md"
((COMMANDS > 20)) || fail "only $COMMANDS commands were found in docs/admin-guide.md"
check "stop: it ended in order" is "$(guest systemctl show -p Result --value aoed)" success
guest unset -f aoed kill

# A disk of root's alone and one of nobody's, beside what the guide exports.
guest 'chown root:root /dev/vdb; chmod 600 /dev/vdb'
guest_file /etc/aoekit/aoed.d/root.toml <<'END'
[export."e2.0"]
path = "/dev/vdb"
END
check "start: ends when it serves" guest systemctl start aoed
check "status: what it serves" is "$(guest systemctl show -p StatusText --value aoed)" "serving 3 exports"
uid=$(guest id -u aoekit)
check "it is its own user" is "$(of_aoed Uid)" "$uid"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid"
check "with two capabilities" is "$(of_aoed CapPrm)" 0000000000003000
check "and no more to be had" is "$(of_aoed CapBnd)" 0000000000000000
check "no new privileges" is "$(of_aoed NoNewPrivs)" 1
check "a filter of system calls" is "$(of_aoed Seccomp)" 2
check "the socket is for root and its user" is "$(guest stat -c "'%U %a'" /run/aoekit/aoed.sock)" "aoekit 600"
check "aoed.d is root's" is "$(guest stat -c "'%U %G %a'" /etc/aoekit/aoed.d)" "root aoekit 1775"
check "systemd calls it well confined" guest 'systemd-analyze security --threshold=49 aoed.service >/dev/null'
check "the journal knows levels" guest 'journalctl -u aoed -p notice -o cat | grep -q "serving 3 exports"'

head -c 1M /dev/urandom >"$TEST_TMP/data"
written() { cmp -n 1048576 "$TEST_TMP/data" "$1"; }
read_back() { client_aoe read "$1" "$TEST_TMP/back" --count 2048 --quiet && written "$TEST_TMP/back"; }
check "the client finds root's disk" serves e2.0
check "and writes it" client_aoe write e2.0 "$TEST_TMP/data" --quiet
check "which is on the disk" written "$TEST_TMP/vdb.img"
check "a config string" client_aoe config e1.1 set "kept over restarts"
check "a disk is added for good" guest aoe export add e2.1 /dev/vdc --save
check "and served" serves e2.1

check "metrics" guest 'exec 3<>/dev/tcp/127.0.0.1/9760; printf "GET /metrics HTTP/1.0\r\n\r\n" >&3
  grep -q "^aoe_target_export_up{.*e2\.0.*} 1" <&3'

check "reload" guest systemctl reload aoed
guest 'echo nonsense = 1 >/etc/aoekit/aoed.d/bad.toml'
check "reload: a mistake is refused" gives 1 '.*' guest systemctl reload aoed
check "reload: and said" guest 'journalctl -u aoed -o cat | grep -q "bad.toml:1.*nonsense"'
check "reload: all goes on" read_back e2.0
guest rm /etc/aoekit/aoed.d/bad.toml

restarts() { guest_until 60 "[ \"\$(systemctl show -p NRestarts -p ActiveState --value aoed | tr '\\n' ' ')\" = '$1 active ' ]"; }
signal() { guest "kill -$1 \$(systemctl show -p MainPID --value aoed)"; }
signal KILL
check "killed, it is started again" restarts 1
check "and serves" read_back e2.0
signal STOP
check "hanging, it is started again" restarts 2
check "since the watchdog said so" guest 'journalctl -u aoed -o cat | grep -q "Watchdog timeout"'

guest 'truncate -s 16M /srv/aoe/old.img; chown nobody /srv/aoe/old.img; chmod 600 /srv/aoe/old.img'
guest_file /etc/vblade.conf.d/old.conf <<'END'
shelf=3
slot=1
netif=eth0
filename=/srv/aoe/old.img
options=
END
check "aoed@: starts" guest systemctl start aoed@old
check "aoed@: serves a disk of others" serves e3.1
check "aoed@: ends" guest systemctl stop aoed@old

make_image "$TEST_TMP/client.img" 8M
on_client "$AOEKIT_BIN/vblade" 7 1 eth0 "$TEST_TMP/client.img" >"$TEST_LOGS/vblade.log" 2>&1 &
at_exit stop_pid $!
check "aoefuse: starts" guest systemctl start aoefuse
check "aoefuse: shows a disk" guest_until 20 'test -f /dev/etherd/e7.1'
check "aoefuse: reads it" guest 'dd if=/dev/etherd/e7.1 bs=64k count=4 of=/dev/null'
check "aoefuse: ends" guest systemctl stop aoefuse

recipe security.md devices | guest_file /etc/systemd/system/aoed.service.d/override.conf
guest 'systemctl daemon-reload; systemctl poweroff' || true
wait_for 60 is_off || fail "the guest does not power off"
power_on
check "boot: aoed comes with the machine" guest_until 60 'systemctl is-active aoed'
check "boot: its exports are served" serves e2.0
check "boot: what was written is there" read_back e2.0
check "boot: what stations set is there" is "$(client_aoe config e1.1)" "kept over restarts"
check "devices: those that are not named are out of reach" guest \
  'aoe export show e2.1 | grep -q "Operation not permitted"'
check "devices: by nobody's word" guest \
  'aoe export add e2.2 /dev/vda --force 2>&1 | grep -q "Operation not permitted"'
check "boot: nothing failed" is "$(guest 'systemctl --failed --no-legend | wc -l')" 0
guest systemctl poweroff || true
wait_for 60 is_off || fail "the guest does not power off"
test_end
