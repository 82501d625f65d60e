// Writing the filter program: a chain of tests, each of which drops or falls through, and a search at the end.
#include "net/bpf_filter.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <algorithm>
#include <iterator>
#include <span>
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
  // An unconditional jump over `count` instructions, or further than a conditional one reaches.
  void jump_always(std::size_t count) { add(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(count)); }
  void modulo(std::uint32_t divisor) { add(BPF_ALU | BPF_MOD | BPF_K, divisor); }
  void append(const Program& other) { code_.insert(code_.end(), other.code_.begin(), other.code_.end()); }
  std::size_t size() const { return code_.size(); }
  std::vector<sock_filter> take() { return std::move(code_); }

 private:
  void add(std::uint16_t code, std::uint32_t operand) { code_.push_back({code, 0, 0, operand}); }
  std::vector<sock_filter> code_;
};

// What the search is for: shelf << 8 | slot, as it stands in the frame.
constexpr std::uint32_t key_of(std::uint32_t shelf, std::uint32_t slot) { return shelf << 8 | slot; }

bool is_in(AddressShare share, wire::AoeAddress address) {
  return key_of(address.shelf, address.slot) % share.count == share.index;
}

// Every key that a request for one of `addresses` may carry, ascending.
std::vector<std::uint32_t> accepted_keys(std::span<const wire::AoeAddress> addresses) {
  std::vector<std::uint32_t> keys = {key_of(wire::kShelfBroadcast, wire::kSlotBroadcast)};
  for (const wire::AoeAddress address : addresses) {
    keys.push_back(key_of(address.shelf, address.slot));
    keys.push_back(key_of(address.shelf, wire::kSlotBroadcast));
    keys.push_back(key_of(wire::kShelfBroadcast, address.slot));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

struct Range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

// Keys no more than `step` apart share a range.
std::vector<Range> ranges_of(std::span<const std::uint32_t> keys, std::uint32_t step) {
  std::vector<Range> ranges;
  for (const std::uint32_t key : keys) {
    if (!ranges.empty() && key - ranges.back().last <= step) {
      ranges.back().last = key;
    } else {
      ranges.push_back({key, key});
    }
  }
  return ranges;
}

// Closes the smallest gaps until `max` ranges are left.
std::vector<Range> joined(const std::vector<Range>& ranges, std::size_t max) {
  AOEKIT_CHECK(max > 0);
  if (ranges.size() <= max) return ranges;
  const auto gap_before = [&](std::size_t i) { return ranges[i].first - ranges[i - 1].last; };
  std::vector<std::uint32_t> gaps;
  for (std::size_t i = 1; i < ranges.size(); ++i) gaps.push_back(gap_before(i));
  const std::size_t to_close = ranges.size() - max;
  const auto widest = gaps.begin() + static_cast<std::ptrdiff_t>(to_close - 1);
  std::nth_element(gaps.begin(), widest, gaps.end());
  // Of the gaps as wide as the widest one that is closed, only so many.
  auto ties = to_close - static_cast<std::size_t>(std::count_if(gaps.begin(), gaps.end(), [&](std::uint32_t gap) {
                return gap < *widest;
              }));
  std::vector<Range> fewer = {ranges[0]};
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    const std::uint32_t gap = gap_before(i);
    if (gap < *widest || (gap == *widest && ties > 0)) {
      if (gap == *widest) --ties;
      fewer.back().last = ranges[i].last;
    } else {
      fewer.push_back(ranges[i]);
    }
  }
  return fewer;
}

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

// The search, by halving, of the key in A among `borders`, ascending keys at which ranges begin and end in turn, when it
// is known that between `least` and `most` of them are not above it: then an odd number says that it is in a range. Falls
// through to the instruction `after` behind this part's end if so, and drops the frame if not.
Program search(std::span<const std::uint32_t> borders, std::size_t least, std::size_t most, std::size_t after) {
  Program program;
  if (least == most) {
    if (least % 2 == 1) {
      program.jump_always(after);
    } else {
      program.give(kDrop);
    }
    return program;
  }
  const std::size_t middle = (least + most + 1) / 2;
  const Program above = search(borders, middle, most, after);
  const Program below = search(borders, least, middle - 1, after + above.size());
  if (below.size() <= 255) {
    program.jump(BPF_JGE, borders[middle - 1], below.size(), 0);
  } else {
    program.jump(BPF_JGE, borders[middle - 1], 0, 1);
    program.jump_always(below.size());
  }
  program.append(below);
  program.append(above);
  return program;
}

void load_key(Program& program) {
  program.load_word(kAddressOffset);
  program.shift_right(8);  // without the command
}

// With the key in A, which it leaves there.
void test_address(Program& program, const std::vector<Range>& ranges) {
  std::vector<std::uint32_t> borders;
  for (const Range range : ranges) {
    borders.push_back(range.first);
    borders.push_back(range.last + 1);
  }
  program.append(search(borders, 0, borders.size(), 0));
}

// With the key in A. Wildcards jump to the end.
void test_share(Program& program, AddressShare share) {
  program.mask(wire::kSlotBroadcast);
  program.jump(BPF_JEQ, wire::kSlotBroadcast, 7, 0);
  program.load_half(kAddressOffset);
  program.jump(BPF_JEQ, wire::kShelfBroadcast, 5, 0);
  load_key(program);
  program.modulo(share.count);
  program.drop_unless_equal(share.index);
}

}  // namespace

std::vector<sock_filter> build_filter(PortRole role, const MaybeAddresses& addresses, AddressShare share,
                                      std::size_t ranges_max) {
  AOEKIT_CHECK(share.index < share.count);
  Program program;
  const bool by_address = role != PortRole::observer && addresses.has_value();
  std::vector<wire::AoeAddress> own;
  if (by_address) {
    std::ranges::copy_if(*addresses, std::back_inserter(own), [&](wire::AoeAddress one) { return is_in(share, one); });
    if (own.empty()) {
      program.give(kDrop);
      return program.take();
    }
  }
  test_station_and_vlan(program);
  test_role(program, role);
  const bool by_share = role == PortRole::target && share.count > 1;
  if (by_address || by_share) load_key(program);
  // Between two keys of a share that are `count` apart nothing else is of the share.
  if (by_address) test_address(program, joined(ranges_of(accepted_keys(own), share.count), ranges_max));
  if (by_share) test_share(program, share);
  program.give(kPassWhole);
  AOEKIT_CHECK(program.size() <= BPF_MAXINSNS);
  return program.take();
}

}  // namespace aoekit::net
