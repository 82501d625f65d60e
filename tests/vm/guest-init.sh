#!/bin/busybox sh
# First process of the test guest: drivers, network card, then the script handed over by the host; powers off at its end.
/bin/busybox --install -s /bin
export PATH=/usr/bin:/bin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
for module in virtio_ring virtio virtio_pci virtio_net qemu_fw_cfg vfat nls_cp437 nls_ascii nls_utf8 crc32c_generic ext4; do
  modprobe "$module" || echo "@@FAIL boot module $module"
done
ip link set eth0 up || echo "@@FAIL boot no eth0"
echo "@@STEP booted $(uname -r) mtu $(cat /sys/class/net/eth0/mtu)"
cp /sys/firmware/qemu_fw_cfg/by_name/opt/aoekit/guest/raw /tmp/guest.sh
sh /tmp/guest.sh
echo "@@END $?"
poweroff -f
