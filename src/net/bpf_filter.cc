// Writing the filter program: a chain of tests, each of which drops or falls through, and an address list at the end.
#include "net/bpf_filter.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "wire/constants.h"

namespace aoekit::net {
namespace {

constexpr std::uint32_t kEtherTypeOffset = 12;
constexpr std::uint32_t kFlagsOffset = 14;
constexpr std::uint32_t kAddressOffset = 16;  // shelf (2), slot (1), command (1)
constexpr std::uint32_t kVlanIdMask = 0x0fff;
constexpr std::uint32_t kPassWhole = 0xffffffff;
constexpr std::uint32_t kDrop = 0;

// Facts about a frame that are not in its bytes.
constexpr std::uint32_t ancillary(int which) { return static_cast<std::uint32_t>(SKF_AD_OFF + which); }

class Program {
 public:
  void load_half(std::uint32_t offset) { add(BPF_LD | BPF_H | BPF_ABS, offset); }
  void load_byte(std::uint32_t offset) { add(BPF_LD | BPF_B | BPF_ABS, offset); }
  void load_word(std::uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
  void mask(std::uint32_t bits) { add(BPF_ALU | BPF_AND | BPF_K, bits); }
  void shift_right(std::uint32_t bits) { add(BPF_ALU | BPF_RSH | BPF_K, bits); }
  void give(std::uint32_t verdict) { add(BPF_RET | BPF_K, verdict); }
  // A conditional jump over `if_true` or `if_false` instructions.
  void jump(std::uint16_t condition, std::uint32_t value, std::size_t if_true, std::size_t if_false) {
    AOEKIT_CHECK(if_true <= 255 && if_false <= 255);
    code_.push_back({static_cast<std::uint16_t>(BPF_JMP | condition | BPF_K), static_cast<std::uint8_t>(if_true),
                     static_cast<std::uint8_t>(if_false), value});
  }
  void drop_unless_equal(std::uint32_t value) {
    jump(BPF_JEQ, value, 1, 0);
    give(kDrop);
  }
  void drop_if_equal(std::uint32_t value) {
    jump(BPF_JEQ, value, 0, 1);
    give(kDrop);
  }
  std::vector<sock_filter> take() { return std::move(code_); }

 private:
  void add(std::uint16_t code, std::uint32_t operand) { code_.push_back({code, 0, 0, operand}); }
  std::vector<sock_filter> code_;
};

// Every (shelf << 8 | slot) that a request for one of `addresses` may carry.
std::vector<std::uint32_t> accepted_keys(std::span<const wire::AoeAddress> addresses) {
  const auto key = [](std::uint32_t shelf, std::uint32_t slot) { return shelf << 8 | slot; };
  std::vector<std::uint32_t> keys = {key(wire::kShelfBroadcast, wire::kSlotBroadcast)};
  for (const wire::AoeAddress address : addresses) {
    keys.push_back(key(address.shelf, address.slot));
    keys.push_back(key(address.shelf, wire::kSlotBroadcast));
    keys.push_back(key(wire::kShelfBroadcast, address.slot));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}
static_assert(3 * kFilteredAddressesMax + 1 <= 255, "one jump must reach over the whole list");

void test_station_and_vlan(Program& program) {
  program.load_half(kEtherTypeOffset);
  program.drop_unless_equal(wire::kEtherType);
  // The kernel marks frames of VLANs that nobody claims as for another host, too.
  program.load_word(ancillary(SKF_AD_PKTTYPE));
  program.drop_if_equal(PACKET_OTHERHOST);
  program.drop_if_equal(PACKET_OUTGOING);
  program.load_word(ancillary(SKF_AD_VLAN_TAG_PRESENT));
  program.jump(BPF_JEQ, 0, 4, 0);  // no tag: over the four instructions that look at it
  program.load_word(ancillary(SKF_AD_VLAN_TAG));
  program.mask(kVlanIdMask);
  program.drop_unless_equal(0);
}

void test_role(Program& program, PortRole role) {
  program.load_byte(kFlagsOffset);
  program.mask(wire::kFlagResponse);
  switch (role) {
    case PortRole::target: program.drop_unless_equal(0); break;
    case PortRole::initiator: program.drop_if_equal(0); break;
    case PortRole::observer: break;
  }
}

void test_address(Program& program, std::span<const wire::AoeAddress> addresses) {
  const std::vector<std::uint32_t> keys = accepted_keys(addresses);
  program.load_word(kAddressOffset);
  program.shift_right(8);  // without the command
  for (std::size_t i = 0; i < keys.size(); ++i) {
    // To the instruction behind the list and its "drop".
    program.jump(BPF_JEQ, keys[i], keys.size() - i, 0);
  }
  program.give(kDrop);
}

}  // namespace

std::vector<sock_filter> build_filter(PortRole role, std::span<const wire::AoeAddress> addresses) {
  Program program;
  test_station_and_vlan(program);
  test_role(program, role);
  const bool by_address = !addresses.empty() && addresses.size() <= kFilteredAddressesMax;
  if (role == PortRole::target && by_address) test_address(program, addresses);
  program.give(kPassWhole);
  return program.take();
}

}  // namespace aoekit::net
