#!/bin/bash
# Makes, once, the kernel and the initramfs of the test guest: $AOEKIT_WORK/vm/{vmlinuz,initramfs.cpio}.
#
#   Debian's kernel package --+-> vmlinuz
#     (apt-get download)      +-> modules --+
#   busybox-static, /init ------------------+-> initramfs.cpio
#   fio, mkfs, sfdisk, ip, aoetools, libs --+
#
# Exits 77 when a package or tool cannot be had. The files are made again when missing or older than their sources.
set -euo pipefail
source "$(dirname "$0")/../lib/env.sh"

HERE=$(cd "$(dirname "$0")" && pwd)
VM=$AOEKIT_WORK/vm
MODULES="virtio_ring virtio virtio_pci virtio_net qemu_fw_cfg aoe vfat nls_cp437 nls_ascii nls_utf8 ext4 crc32c_generic"
TOOLS="bash fio mkfs.vfat fsck.vfat mkfs.ext4 sfdisk aoe-stat aoe-revalidate aoe-discover aoe-flush aoe-version"
MODULES+=" virtio_blk nbd macsec 8021q gcm ctr ghash_generic aes_generic af_packet"
TOOLS+=" nbd-client ip"
OUT_OF_DATE=no
for source in "$0" "$HERE/guest-init.sh"; do
  [[ $VM/vmlinuz -nt $source && $VM/initramfs.cpio -nt $source ]] || OUT_OF_DATE=yes
done
[[ $OUT_OF_DATE == yes ]] || exit 0

require_tool apt-get apt-cache dpkg depmod modinfo cpio busybox flock $TOOLS
mkdir -p "$VM"
exec 9>"$VM/lock"
flock -w 300 9 || fail "another preparation did not end"
TREE=$(mktemp -d "$VM/tree.XXXXXX")
trap 'rm -rf "$TREE"' EXIT

# The meta package names the newest kernel; its package holds /boot and /lib/modules.
fetch_kernel() {
  local package
  package=$(apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
  [[ -n $package ]] || return 1
  (cd "$VM" && { compgen -G "${package}_*.deb" || apt-get -q -o APT::Sandbox::User=root download "$package"; }) \
    >"$VM/download.log" 2>&1 || return 1
  rm -rf "$TREE/kernel"
  dpkg -x "$VM/$package"_*.deb "$TREE/kernel"
  RELEASE=$(ls "$TREE/kernel/lib/modules")
  KERNEL=$TREE/kernel/boot/vmlinuz-$RELEASE
  depmod -b "$TREE/kernel" "$RELEASE"
}

# The small cloud kernel serves when it has all of the modules, loadable or built in.
has_modules() {
  local module
  for module in $MODULES; do
    modinfo -b "$TREE/kernel" -k "$RELEASE" "$module" >/dev/null 2>&1 || { echo "$1 lacks $module"; return 1; }
  done
}

for meta in linux-image-cloud-amd64 linux-image-amd64 none; do
  [[ $meta != none ]] || skip "no kernel package could be fetched that has the modules: $MODULES"
  fetch_kernel "$meta" && has_modules "$meta" && break
done

ROOT=$TREE/root
mkdir -p "$ROOT"/{bin,sbin,usr/bin,usr/sbin,lib64,proc,sys,dev,tmp,mnt,etc}
cp "$(command -v busybox)" "$ROOT/bin/busybox"
install -m 755 "$HERE/guest-init.sh" "$ROOT/init"
add_file() { mkdir -p "$ROOT$(dirname "$1")"; cp -Ln "$1" "$ROOT$1"; }
for tool in $TOOLS; do
  cp -L "$(command -v "$tool")" "$ROOT/usr/bin/$tool"
  for library in $(ldd "$ROOT/usr/bin/$tool" 2>/dev/null | grep -o '/[^ )]*' || true); do add_file "$library"; done
done
ln -s /usr/bin/bash "$ROOT/bin/bash"
[[ -e /etc/mke2fs.conf ]] && add_file /etc/mke2fs.conf
for module in $MODULES; do
  modprobe -d "$TREE/kernel" -S "$RELEASE" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | sort -u | while read -r file; do
  install -D -m 644 "$file" "$ROOT/lib/modules/$RELEASE/${file##*/}"
done
cp "$TREE/kernel/lib/modules/$RELEASE"/modules.{order,builtin,builtin.modinfo} "$ROOT/lib/modules/$RELEASE/"
depmod -b "$ROOT" "$RELEASE"
(cd "$ROOT" && find . | cpio -o -H newc --quiet) >"$VM/initramfs.cpio.new"
cp "$KERNEL" "$VM/vmlinuz"
mv "$VM/initramfs.cpio.new" "$VM/initramfs.cpio"
echo "guest: Linux $RELEASE, initramfs $(($(stat -c %s "$VM/initramfs.cpio") >> 20)) MiB"
