# A QEMU guest in the client namespace: its card is a tap bridged to the cable, its console is a file.
#
#   $SERVER_NS                    $CLIENT_NS
#   target - srv0 ====veth==== cli0 - br0 - tap0 - QEMU (software emulation, no KVM)
#                                                   |
#                             $TEST_LOGS/console.log + serial port 1
#
#   client_tap MTU           makes br0 and tap0 (after netns_pair)
#   client_tap_more TAP      one more on the same bridge, for a second guest
#   vm_start ARGS...         starts QEMU in the background with ARGS; sets VM_PID, VM_CONSOLE; killed at exit. A second
#                            guest has other VM_NAME (of its logs), VM_TAP and VM_MAC than the first
#   linux_start GUEST.sh ARGS...  starts the prepared Linux guest on the script, with ARGS for QEMU; skips when it
#                            cannot be prepared
#   vm_wait SECONDS REGEX    waits until a console line matches; ends the test with the console's end when
#                            the guest panicked, stopped or took too long
#   vm_results               one check for each "@@OK name ..." and "@@FAIL name ..." line of the guest
#
# What the guest prints: "@@STEP name" asks the host to act, "@@END status" is the last line.

source "$(dirname "${BASH_SOURCE[0]}")/../lib/netns.sh"
VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VM_PID='' VM_CONSOLE=''
VM_NAME='' VM_TAP=tap0 VM_MAC=52:54:00:00:00:01

client_tap() {
  require_tool qemu-system-x86_64
  ip -n "$CLIENT_NS" link add br0 mtu "$1" type bridge stp_state 0 mcast_snooping 0 || skip "the kernel has no bridge"
  in_client ip tuntap add tap0 mode tap || skip "the kernel has no tap device"
  local link
  for link in tap0 "$CLIENT_IF"; do ip -n "$CLIENT_NS" link set "$link" mtu "$1" master br0 up; done
  ip -n "$CLIENT_NS" link set br0 mtu "$1" up
}

client_tap_more() {
  in_client ip tuntap add "$1" mode tap
  in_client ip link set "$1" mtu "$(in_client cat /sys/class/net/br0/mtu)" master br0 up
}

vm_start() {
  VM_CONSOLE=$TEST_LOGS/${VM_NAME:+$VM_NAME-}console.log
  : >"$VM_CONSOLE"
  ip netns exec "$CLIENT_NS" qemu-system-x86_64 -M q35,accel=tcg -cpu max -display none -monitor none -nodefaults \
    -no-reboot -serial "file:$VM_CONSOLE" -netdev "tap,id=n0,ifname=$VM_TAP,script=no,downscript=no" "$@" \
    </dev/null >"$TEST_LOGS/${VM_NAME:+$VM_NAME-}qemu.log" 2>&1 &
  VM_PID=$!
  at_exit stop_pid "$VM_PID"
}

# no_timer_check: on a busy host the emulated timer fails the kernel's test at boot, and the guest would stand still.
linux_start() {
  local status=0
  "$VM_DIR/prepare.sh" || status=$?
  [[ $status != 77 ]] || exit 77
  [[ $status == 0 ]] || fail "the guest's kernel and initramfs could not be made"
  vm_start -m 1024 -device "virtio-net-pci,netdev=n0,mac=$VM_MAC,host_mtu=9000,romfile=" -fw_cfg "name=opt/aoekit/guest,file=$1" \
    -kernel "$AOEKIT_WORK/vm/vmlinuz" -initrd "$AOEKIT_WORK/vm/initramfs.cpio" -append "console=ttyS0 quiet panic=-1 no_timer_check" "${@:2}"
}

vm_wait_over() {
  grep -Eq "$1|Kernel panic" "$VM_CONSOLE" || ! kill -0 "$VM_PID" 2>/dev/null
}

vm_wait() {
  wait_for "$1" vm_wait_over "$2" || fail "the guest did not print '$2' in $1 s"
  ! grep -q 'Kernel panic' "$VM_CONSOLE" || fail "the guest's kernel panicked"
  grep -Eq "$2" "$VM_CONSOLE" || fail "the guest stopped before it printed '$2'"
}

vm_results() {
  local line
  while read -r line; do
    case $line in
      @@OK\ *) check "${line#@@OK }" true ;;
      @@FAIL\ *) check "${line#@@FAIL }" false ;;
    esac
  done < <(tr -d '\r' <"$VM_CONSOLE" | grep -E '^@@(OK|FAIL) ')
}
