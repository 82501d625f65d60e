// The ceiling for anything at all: an XDP program that turns AoE requests into answers in the driver, before there is a
// socket buffer. A frame returns in the size in which it came, so what it can answer are requests without data
// (aoe bench --query) - the cost of the way there and back.
//
//   clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c reflector.bpf.c -o reflector.bpf.o
//   ip link set dev eth0 address 02:00:00:00:00:01
//   ip link set dev eth0 xdpdrv obj reflector.bpf.o program reflect
//
// On veth, what XDP_TX sends arrives only if the other end has a program, too, which `pass` is for.
#include <linux/bpf.h>

#define SECTION(name) __attribute__((section(name), used))

// Where things are in an AoE frame (docs/protocol.md): destination 0-5, source 6-11, EtherType 12-13, version and flags
// 14, command 19.
enum { kHeaderBytes = 24, kMacBytes = 6, kTypeHigh = 12, kTypeLow = 13, kFlags = 14, kCommand = 19 };
enum { kFlagResponse = 0x08, kCommandConfig = 1 };

SECTION("xdp")
int reflect(struct xdp_md* context) {
  // Broadcasts are answered, too, so our address cannot be taken from the frame: the interface must have this one.
  static const unsigned char kOwnMac[kMacBytes] = {0x02, 0, 0, 0, 0, 0x01};
  unsigned char* const frame = (unsigned char*)(long)context->data;
  const unsigned char* const end = (unsigned char*)(long)context->data_end;
  if (frame + kHeaderBytes > end) return XDP_PASS;
  if (frame[kTypeHigh] != 0x88 || frame[kTypeLow] != 0xa2 || (frame[kFlags] & kFlagResponse) != 0) return XDP_PASS;
  if (frame[kCommand] != kCommandConfig) return XDP_DROP;
  for (int i = 0; i < kMacBytes; ++i) {
    frame[i] = frame[kMacBytes + i];
    frame[kMacBytes + i] = kOwnMac[i];
  }
  frame[kFlags] |= kFlagResponse;
  return XDP_TX;
}

SECTION("xdp")
int pass(struct xdp_md* context) {
  (void)context;
  return XDP_PASS;
}

static const char kLicense[] SECTION("license") = "Dual BSD/GPL";
