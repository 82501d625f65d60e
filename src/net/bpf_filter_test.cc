// The packet filter: every rule, run in a tiny interpreter on known frames, and the kernel's own check of the program.
#include "net/bpf_filter.h"

#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>

#include "base/fd.h"
#include "base/prng.h"
#include "base/result.h"
#include "net/packet_socket.h"
#include "wire/constants.h"

namespace aoekit::net {
namespace {

// What the kernel knows of a frame beside its bytes.
struct Metadata {
  std::uint32_t packet_type = PACKET_HOST;
  std::optional<std::uint32_t> vlan_tag;
};

std::optional<std::uint32_t> load(const sock_filter& step, ByteView frame, const Metadata& metadata) {
  switch (step.k) {
    case static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE): return metadata.packet_type;
    case static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT): return metadata.vlan_tag ? 1 : 0;
    case static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG): return metadata.vlan_tag.value_or(0);
    default: break;
  }
  const std::size_t size = BPF_SIZE(step.code) == BPF_B ? 1 : BPF_SIZE(step.code) == BPF_H ? 2 : 4;
  if (step.k > frame.size() || size > frame.size() - step.k) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | frame[step.k + i];
  return value;
}

// How many bytes of the frame pass, as the kernel computes it; 0: dropped.
std::uint32_t run(const std::vector<sock_filter>& program, ByteView frame, const Metadata& metadata) {
  std::uint32_t a = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_B | BPF_ABS:
      case BPF_LD | BPF_H | BPF_ABS:
      case BPF_LD | BPF_W | BPF_ABS: {
        const auto value = load(step, frame, metadata);
        if (!value) return 0;  // a load behind the end drops the frame
        a = *value;
        break;
      }
      case BPF_ALU | BPF_AND | BPF_K: a &= step.k; break;
      case BPF_ALU | BPF_RSH | BPF_K: a >>= step.k; break;
      case BPF_ALU | BPF_MOD | BPF_K: a %= step.k; break;
      case BPF_JMP | BPF_JA: at += step.k; break;
      case BPF_JMP | BPF_JGE | BPF_K: at += a >= step.k ? step.jt : step.jf; break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += a == step.k ? step.jt : step.jf; break;
      case BPF_RET | BPF_K: return step.k;
      default: ADD_FAILURE() << "unexpected instruction " << step.code; return 0;
    }
  }
  ADD_FAILURE() << "the program runs out of its end";
  return 0;
}

std::vector<std::uint8_t> aoe_frame(std::uint8_t flags, std::uint16_t shelf, std::uint8_t slot) {
  std::vector<std::uint8_t> frame(60);
  frame[12] = 0x88;
  frame[13] = 0xa2;
  frame[14] = static_cast<std::uint8_t>(0x10 | flags);
  frame[16] = static_cast<std::uint8_t>(shelf >> 8);
  frame[17] = static_cast<std::uint8_t>(shelf);
  frame[18] = slot;
  frame[19] = 0x77;  // the command must not matter
  return frame;
}

const std::vector<wire::AoeAddress> kOurs = {{1, 2}, {0x1234, 0}, {1, 7}};

class BpfFilterTest : public testing::Test {
 protected:
  bool passes(std::uint8_t flags, std::uint16_t shelf, std::uint8_t slot, const Metadata& metadata = {}) const {
    return run(program_, aoe_frame(flags, shelf, slot), metadata) >= 60;
  }
  std::vector<sock_filter> program_ = build_filter(PortRole::target, kOurs);
};

TEST_F(BpfFilterTest, PassesRequestsForOurAddressesAndTheirWildcards) {
  EXPECT_TRUE(passes(0, 1, 2));
  EXPECT_TRUE(passes(0, 0x1234, 0));
  EXPECT_TRUE(passes(0, 1, 7));
  EXPECT_TRUE(passes(0, 0xffff, 0xff));
  EXPECT_TRUE(passes(0, 1, 0xff));
  EXPECT_TRUE(passes(0, 0x1234, 0xff));
  EXPECT_TRUE(passes(0, 0xffff, 0));
  EXPECT_TRUE(passes(0, 0xffff, 7));
}

TEST_F(BpfFilterTest, DropsRequestsForOtherAddresses) {
  EXPECT_FALSE(passes(0, 1, 3));
  EXPECT_FALSE(passes(0, 2, 2));
  EXPECT_FALSE(passes(0, 0x1234, 2));  // our shelf and our slot, but of two exports
  EXPECT_FALSE(passes(0, 0x0100, 2));
  EXPECT_FALSE(passes(0, 2, 0xff));
  EXPECT_FALSE(passes(0, 0xffff, 3));
}

TEST_F(BpfFilterTest, DropsWhatIsNotAoe) {
  std::vector<std::uint8_t> frame = aoe_frame(0, 1, 2);
  frame[13] = 0xa3;
  EXPECT_EQ(run(program_, frame, {}), 0U);
}

TEST_F(BpfFilterTest, DropsFramesForOtherStationsAndOurOwn) {
  EXPECT_TRUE(passes(0, 1, 2, {.packet_type = PACKET_HOST, .vlan_tag = {}}));
  EXPECT_TRUE(passes(0, 1, 2, {.packet_type = PACKET_BROADCAST, .vlan_tag = {}}));
  EXPECT_TRUE(passes(0, 1, 2, {.packet_type = PACKET_MULTICAST, .vlan_tag = {}}));
  EXPECT_FALSE(passes(0, 1, 2, {.packet_type = PACKET_OTHERHOST, .vlan_tag = {}}));
  EXPECT_FALSE(passes(0, 1, 2, {.packet_type = PACKET_OUTGOING, .vlan_tag = {}}));
}

TEST_F(BpfFilterTest, DropsOtherVlansButNotMerePriorities) {
  EXPECT_FALSE(passes(0, 1, 2, {.vlan_tag = 5}));
  EXPECT_FALSE(passes(0, 1, 2, {.vlan_tag = 0xe005}));
  EXPECT_FALSE(passes(0, 1, 2, {.vlan_tag = 0x0fff}));
  EXPECT_TRUE(passes(0, 1, 2, {.vlan_tag = 0}));
  EXPECT_TRUE(passes(0, 1, 2, {.vlan_tag = 0xe000}));
}

TEST_F(BpfFilterTest, DropsFramesTooShortForAHeader) {
  const std::vector<std::uint8_t> frame = aoe_frame(0, 1, 2);
  EXPECT_EQ(run(program_, ByteView(frame).first(13), {}), 0U);
  EXPECT_EQ(run(program_, ByteView(frame).first(19), {}), 0U);
  EXPECT_NE(run(program_, ByteView(frame).first(24), {}), 0U);
}

TEST_F(BpfFilterTest, EachRoleGetsItsDirection) {
  EXPECT_FALSE(passes(wire::kFlagResponse, 1, 2));
  EXPECT_TRUE(passes(wire::kFlagError, 1, 2));  // senseless in a request, but no reason to be deaf
  program_ = build_filter(PortRole::initiator, std::nullopt);
  EXPECT_TRUE(passes(wire::kFlagResponse, 1, 2));
  EXPECT_TRUE(passes(wire::kFlagResponse | wire::kFlagError, 9, 9));
  EXPECT_FALSE(passes(0, 1, 2));
  program_ = build_filter(PortRole::observer, std::nullopt);
  EXPECT_TRUE(passes(wire::kFlagResponse, 9, 9));
  EXPECT_TRUE(passes(0, 9, 9));
  EXPECT_FALSE(passes(0, 9, 9, {.packet_type = PACKET_OTHERHOST, .vlan_tag = {}}));
}

TEST_F(BpfFilterTest, AnInitiatorMayWantTheAnswersOfSomeAddressesOnly) {
  program_ = build_filter(PortRole::initiator, kOurs);
  EXPECT_TRUE(passes(wire::kFlagResponse, 1, 2));
  EXPECT_FALSE(passes(wire::kFlagResponse, 1, 3));
  EXPECT_FALSE(passes(0, 1, 2));
}

TEST_F(BpfFilterTest, WithoutAddressesEveryAddressPassesAndForNoneNothing) {
  program_ = build_filter(PortRole::target, std::nullopt);
  EXPECT_TRUE(passes(0, 9, 9));
  for (const auto& nothing_for_us : {build_filter(PortRole::target, std::vector<wire::AoeAddress>()),
                                     build_filter(PortRole::target, kOurs, {4, 16})}) {
    program_ = nothing_for_us;
    EXPECT_FALSE(passes(0, 1, 2));
    EXPECT_FALSE(passes(0, 0xffff, 0xff));
  }
}

std::vector<wire::AoeAddress> random_addresses(std::size_t count, std::uint64_t shelves, std::uint64_t slots, Prng& prng) {
  std::vector<wire::AoeAddress> addresses;
  for (std::size_t i = 0; i < count; ++i) {
    addresses.push_back({static_cast<std::uint16_t>(prng.below(shelves)), static_cast<std::uint8_t>(prng.below(slots))});
  }
  return addresses;
}

// Whether a request for `asked` is for one of `addresses`.
bool is_for(wire::AoeAddress asked, const std::set<wire::AoeAddress>& addresses) {
  return std::ranges::any_of(addresses, [asked](wire::AoeAddress one) {
    return (asked.shelf == wire::kShelfBroadcast || asked.shelf == one.shelf) &&
           (asked.slot == wire::kSlotBroadcast || asked.slot == one.slot);
  });
}

bool is_single(wire::AoeAddress asked) {
  return asked.shelf != wire::kShelfBroadcast && asked.slot != wire::kSlotBroadcast;
}

class BpfSearchTest : public BpfFilterTest {
 protected:
  // Requests at, beside and far from every address, and all wildcards.
  static std::set<wire::AoeAddress> questions(const std::vector<wire::AoeAddress>& addresses, Prng& prng) {
    std::set<wire::AoeAddress> asked = {wire::kEverybody};
    for (const wire::AoeAddress one : addresses) {
      const unsigned key = static_cast<unsigned>(one.shelf) << 8 | one.slot;
      for (const unsigned near : {key, key + 1, key == 0 ? key : key - 1, key ^ 0x100, key | 0xff, 0xffff00 | key % 256}) {
        asked.insert({static_cast<std::uint16_t>(near >> 8), static_cast<std::uint8_t>(near)});
      }
    }
    const auto far = random_addresses(200, 65536, 256, prng);
    asked.insert(far.begin(), far.end());
    return asked;
  }
  bool passes_address(wire::AoeAddress asked) const { return passes(0, asked.shelf, asked.slot); }
};

TEST_F(BpfSearchTest, PassesExactlyWhatIsForOneOfTheAddresses) {
  Prng prng(11);
  for (const std::size_t count : {1U, 2U, 33U, 255U, 480U}) {
    for (const std::uint64_t shelves : {2U, 40U, 65535U}) {
      const auto addresses = random_addresses(count, shelves, 255, prng);
      const std::set<wire::AoeAddress> ours(addresses.begin(), addresses.end());
      program_ = build_filter(PortRole::target, addresses);
      for (const wire::AoeAddress asked : questions(addresses, prng)) {
        ASSERT_EQ(passes_address(asked), is_for(asked, ours)) << count << " of " << shelves << ": " << asked.to_string();
      }
    }
  }
}

TEST_F(BpfSearchTest, WholeShelvesAreOneRange) {
  std::vector<wire::AoeAddress> addresses;
  for (std::uint16_t shelf = 10; shelf < 50; ++shelf) {
    for (unsigned slot = 0; slot < 255; ++slot) addresses.push_back({shelf, static_cast<std::uint8_t>(slot)});
  }
  program_ = build_filter(PortRole::target, addresses);
  EXPECT_LT(program_.size(), 40U) << "10,200 addresses";
  EXPECT_TRUE(passes(0, 10, 0));
  EXPECT_TRUE(passes(0, 49, 254));
  EXPECT_FALSE(passes(0, 9, 254));
  EXPECT_FALSE(passes(0, 50, 0));
  EXPECT_TRUE(passes(0, 0xffff, 3));
}

TEST_F(BpfSearchTest, TooManyRangesAreJoinedAndNothingOfOursIsDropped) {
  Prng prng(12);
  const auto addresses = random_addresses(10'000, 65535, 255, prng);
  const std::set<wire::AoeAddress> ours(addresses.begin(), addresses.end());
  for (const std::size_t max : {kFilterRangesMax, std::size_t{10}, std::size_t{1}}) {
    program_ = build_filter(PortRole::target, addresses, {}, max);
    EXPECT_LE(program_.size(), 4 * max + max / 16 + 30);
    for (const wire::AoeAddress one : ours) ASSERT_TRUE(passes_address(one)) << one.to_string();
    EXPECT_TRUE(passes_address(wire::kEverybody));
  }
  // Evenly far apart: as many gaps stay open as there may be ranges.
  std::vector<wire::AoeAddress> even;
  for (std::uint16_t shelf = 0; shelf < 60'000; shelf = static_cast<std::uint16_t>(shelf + 30)) even.push_back({shelf, 7});
  program_ = build_filter(PortRole::target, even);
  std::size_t strangers = 0;
  for (std::uint16_t shelf = 15; shelf < 60'000; shelf = static_cast<std::uint16_t>(shelf + 30)) {
    if (passes(0, shelf, 7)) ++strangers;
  }
  EXPECT_GT(strangers, 0U);
  EXPECT_LT(strangers, even.size() * 3 / 4);
}

TEST_F(BpfSearchTest, EachShareGetsItsOwnAndTheWildcards) {
  Prng prng(13);
  for (const std::uint32_t count : {2U, 3U, 4U, 16U}) {
    const auto addresses = random_addresses(300, 4, 255, prng);
    const std::set<wire::AoeAddress> ours(addresses.begin(), addresses.end());
    const auto asked_for = questions(addresses, prng);
    for (std::uint32_t index = 0; index < count; ++index) {
      std::vector<wire::AoeAddress> own;
      std::ranges::copy_if(addresses, std::back_inserter(own), [&](wire::AoeAddress one) {
        return (one.shelf * 256U + one.slot) % count == index;
      });
      // Given all addresses or the port's own, a port takes the same.
      for (const auto& given : {addresses, own}) {
        program_ = build_filter(PortRole::target, given, {index, count});
        for (const wire::AoeAddress asked : asked_for) {
          const bool in_share = (asked.shelf * 256U + asked.slot) % count == index;
          if (is_single(asked)) {
            ASSERT_EQ(passes_address(asked), in_share && is_for(asked, ours)) << asked.to_string();
          } else if (is_for(asked, {own.begin(), own.end()})) {
            ASSERT_TRUE(passes_address(asked)) << asked.to_string();
          }
        }
      }
      program_ = build_filter(PortRole::target, std::nullopt, {index, count});
      for (const wire::AoeAddress asked : asked_for) {
        const bool in_share = (asked.shelf * 256U + asked.slot) % count == index;
        ASSERT_EQ(passes_address(asked), in_share || !is_single(asked)) << asked.to_string();
      }
    }
  }
}

TEST_F(BpfSearchTest, SharesOfManyConsecutiveExportsStayShort) {
  std::vector<wire::AoeAddress> addresses;
  for (unsigned i = 0; i < 10'000; ++i) {
    addresses.push_back({static_cast<std::uint16_t>(i / 255), static_cast<std::uint8_t>(i % 255)});
  }
  EXPECT_LT(build_filter(PortRole::target, addresses, {1, 4}).size(), 60U);
}

TEST(BpfFilter, TheKernelAcceptsEveryProgram) {
  Prng prng(14);
  const std::vector<wire::AoeAddress> many = random_addresses(10'000, 65535, 255, prng);
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (const PortRole role : {PortRole::target, PortRole::initiator, PortRole::observer}) {
    EXPECT_TRUE(attach_filter(socket, build_filter(role, std::nullopt)));
    EXPECT_TRUE(attach_filter(socket, build_filter(role, kOurs)));
    EXPECT_TRUE(attach_filter(socket, build_filter(role, kOurs, {2, 3})));
    const Status attached = attach_filter(socket, build_filter(role, many, {2, 3}));
    EXPECT_TRUE(attached || attached.error().os_error == ENOMEM) << attached.error().message;
  }
  std::vector<sock_filter> broken = build_filter(PortRole::target, kOurs);
  broken.pop_back();
  const Status refused = attach_filter(socket, broken);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().os_error, EINVAL);
}

}  // namespace
}  // namespace aoekit::net
