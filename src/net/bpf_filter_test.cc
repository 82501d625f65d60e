// The packet filter: every rule, run in a tiny interpreter on known frames, and the kernel's own check of the program.
#include "net/bpf_filter.h"

#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <optional>

#include "base/fd.h"
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
  program_ = build_filter(PortRole::initiator, kOurs);
  EXPECT_TRUE(passes(wire::kFlagResponse, 1, 2));
  EXPECT_TRUE(passes(wire::kFlagResponse | wire::kFlagError, 9, 9));
  EXPECT_FALSE(passes(0, 1, 2));
  program_ = build_filter(PortRole::observer, {});
  EXPECT_TRUE(passes(wire::kFlagResponse, 9, 9));
  EXPECT_TRUE(passes(0, 9, 9));
  EXPECT_FALSE(passes(0, 9, 9, {.packet_type = PACKET_OTHERHOST, .vlan_tag = {}}));
}

TEST_F(BpfFilterTest, WithoutAddressesOrWithTooManyEveryAddressPasses) {
  program_ = build_filter(PortRole::target, {});
  EXPECT_TRUE(passes(0, 9, 9));
  std::vector<wire::AoeAddress> many;
  for (std::uint16_t i = 0; i < kFilteredAddressesMax; ++i) many.push_back({static_cast<std::uint16_t>(100 + i), 3});
  program_ = build_filter(PortRole::target, many);
  EXPECT_TRUE(passes(0, 100, 3));
  EXPECT_TRUE(passes(0, 131, 3));
  EXPECT_FALSE(passes(0, 132, 3));
  many.push_back({132, 3});
  program_ = build_filter(PortRole::target, many);
  EXPECT_TRUE(passes(0, 9, 9));
}

TEST(BpfFilter, TheKernelAcceptsEveryProgram) {
  std::vector<wire::AoeAddress> many;
  for (std::uint8_t i = 0; i < kFilteredAddressesMax; ++i) many.push_back({static_cast<std::uint16_t>(2 * i), i});
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (const PortRole role : {PortRole::target, PortRole::initiator, PortRole::observer}) {
    EXPECT_TRUE(attach_filter(socket, build_filter(role, {})));
    EXPECT_TRUE(attach_filter(socket, build_filter(role, kOurs)));
    EXPECT_TRUE(attach_filter(socket, build_filter(role, many)));
  }
  std::vector<sock_filter> broken = build_filter(PortRole::target, kOurs);
  broken.pop_back();
  const Status refused = attach_filter(socket, broken);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().os_error, EINVAL);
}

}  // namespace
}  // namespace aoekit::net
