#!/bin/bash
# Makes, once, a clean Debian 12 with systemd, what aoekit's programs need to run, and the guest's kernel modules:
# the directory $AOEKIT_WORK/vm/debian12, which nobody changes. Exits 77 when something cannot be had.
set -euo pipefail
source "$(dirname "$0")/../lib/env.sh"

VM=$AOEKIT_WORK/vm
MADE=$VM/debian12
[[ $MADE/made -nt $0 && $MADE/made -nt $REPO/tools/install-deps ]] && exit 0
require_tool debootstrap dpkg depmod
"$REPO/tests/vm/prepare.sh"

rm -rf "$MADE"
debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,udev,kmod,iproute2 bookworm "$MADE" \
  >"$VM/debootstrap.log" 2>&1 || skip "debootstrap cannot fetch Debian 12 (see $VM/debootstrap.log)"
cp /etc/resolv.conf "$MADE/etc/resolv.conf"
cp "$REPO/tools/install-deps" "$MADE/root/"
chroot "$MADE" /root/install-deps run >"$VM/install-deps.log" 2>&1 || fail "install-deps run: see $VM/install-deps.log"
dpkg -x "$(ls "$VM"/linux-image-*.deb | tail -n 1)" "$VM/kernel"
cp -a "$VM/kernel/lib/modules" "$MADE/usr/lib/"
rm -rf "$VM/kernel"
depmod -b "$MADE" "$(ls "$MADE/usr/lib/modules")"

echo target >"$MADE/etc/hostname"
echo '/dev/vda / ext4 defaults 0 1' >"$MADE/etc/fstab"
# A shell of root's on the second serial port, for the test.
cat >"$MADE/etc/systemd/system/shell.service" <<'END'
[Unit]
After=multi-user.target
[Service]
ExecStart=/bin/sh -c 'stty -echo -onlcr; echo the shell is ready; exec bash --norc --noprofile --noediting'
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
KillSignal=SIGKILL
Environment=HOME=/root PS1= PS2= SYSTEMD_COLORS=0 SYSTEMD_URLIFY=0 SYSTEMD_PAGER=
WorkingDirectory=/root
[Install]
WantedBy=graphical.target
END
systemctl --root="$MADE" enable shell.service >/dev/null 2>&1
touch "$MADE/made"
echo "guest: $(cat "$MADE/etc/debian_version"), $(du -sm "$MADE" | cut -f 1) MiB"
