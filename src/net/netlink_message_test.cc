// rtnetlink messages that are partial, foreign or broken.
#include "net/netlink_message.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <vector>

namespace aoekit::net {
namespace {

class Message {
 public:
  explicit Message(std::uint8_t family) {
    ifinfomsg info{};
    info.ifi_family = family;
    info.ifi_index = 7;
    append(&info, sizeof info);
  }
  Message& attribute(unsigned short type, std::vector<std::uint8_t> value) {
    return attribute(type, value, static_cast<unsigned short>(sizeof(rtattr) + value.size()));
  }
  Message& attribute(unsigned short type, const std::vector<std::uint8_t>& value, unsigned short claimed_length) {
    const rtattr header{claimed_length, type};
    append(&header, sizeof header);
    append(value.data(), value.size());
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
    return *this;
  }
  ByteView view() const { return bytes_; }

 private:
  void append(const void* from, std::size_t count) {
    if (count == 0) return;
    bytes_.resize(bytes_.size() + count);
    std::memcpy(bytes_.data() + bytes_.size() - count, from, count);
  }
  std::vector<std::uint8_t> bytes_;
};

const std::vector<std::uint8_t> kName = {'f', 'a', 'r', 0};
const std::vector<std::uint8_t> kMtu = {1, 2, 3, 4};

std::optional<InterfaceState> state_of(const Message& message) {
  const auto header = link_header_from(message.view());
  EXPECT_TRUE(header);
  return header ? interface_state_from(*header) : std::nullopt;
}

TEST(NetlinkMessage, AttributesMayComeInAnyOrder) {
  Message message(AF_UNSPEC);
  message.attribute(99, {1}).attribute(IFLA_MTU, kMtu).attribute(98, {}).attribute(IFLA_IFNAME, kName);
  const auto state = state_of(message);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->name, "far");
  EXPECT_EQ(state->index, 7);
  EXPECT_EQ(state->mac, wire::MacAddress{});
}

TEST(NetlinkMessage, AMessageOfABridgeIsNotAboutTheInterface) {
  EXPECT_FALSE(link_header_from(Message(AF_BRIDGE).view()));
}

TEST(NetlinkMessage, PartialMessagesTellNoState) {
  EXPECT_FALSE(state_of(Message(AF_UNSPEC)));
  EXPECT_FALSE(state_of(Message(AF_UNSPEC).attribute(IFLA_IFNAME, kName)));
  EXPECT_FALSE(state_of(Message(AF_UNSPEC).attribute(IFLA_MTU, kMtu)));
  EXPECT_FALSE(state_of(Message(AF_UNSPEC).attribute(IFLA_IFNAME, kName).attribute(IFLA_MTU, {1, 2})));
}

TEST(NetlinkMessage, LengthsThatLieEndTheMessage) {
  EXPECT_FALSE(state_of(Message(AF_UNSPEC).attribute(99, {}, 0).attribute(IFLA_IFNAME, kName)
                            .attribute(IFLA_MTU, kMtu)));
  EXPECT_FALSE(state_of(Message(AF_UNSPEC).attribute(IFLA_MTU, kMtu).attribute(IFLA_IFNAME, kName, 60000)));
  EXPECT_FALSE(link_header_from(Message(AF_UNSPEC).view().first(8)));
  EXPECT_FALSE(link_header_from({}));
}

}  // namespace
}  // namespace aoekit::net
