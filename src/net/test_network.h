// For tests: a network namespace of their own with a veth pair in it, and a raw wire to put any bytes on.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "net/interface.h"
#include "wire/constants.h"

namespace aoekit::net {

using Bytes = std::vector<std::uint8_t>;

// The test's thread lives in a new namespace, with "near" and "far" the two ends of one cable, both up.
//
//   test sends raw frames -> [near]======[far] <- the port under test
class TestNetwork : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "network namespaces need root";
    home_.reset(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(home_.valid());
    if (::unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "cannot make a network namespace";
    away_ = true;
    if (!try_ip("link add near address 02:00:00:00:00:01 type veth peer name far address 02:00:00:00:00:02")) {
      GTEST_SKIP() << "cannot make a veth pair";
    }
    connect();
  }
  void TearDown() override {
    if (!away_) return;
    EXPECT_EQ(::setns(home_.get(), CLONE_NEWNET), 0);
  }

  // Runs `ip ARGUMENTS` in the namespace.
  static bool try_ip(const std::string& arguments) { return std::system(("ip " + arguments).c_str()) == 0; }
  static void ip(const std::string& arguments) { ASSERT_TRUE(try_ip(arguments)) << "ip " << arguments; }
  // Both ends of the cable, and waits until they carry frames.
  static void connect() {
    ip("link set near up");
    ip("link set far up");
    ASSERT_TRUE(comes_up("near"));
    ASSERT_TRUE(comes_up("far"));
  }
  static void set_mtu(int mtu_bytes) {
    ip("link set near mtu " + std::to_string(mtu_bytes));
    ip("link set far mtu " + std::to_string(mtu_bytes));
  }

  // Sends bytes as they are, and so whatever tag they carry.
  static void put_on_wire(const std::string& interface, ByteView frame) {
    const Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    ASSERT_TRUE(socket.valid());
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    ASSERT_EQ(::sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                       sizeof address),
              static_cast<ssize_t>(frame.size()));
  }

  // Carrier changes reach the interface's flags a little later than `ip` returns: these wait two seconds for them.
  static bool comes_up(const std::string& interface) {
    return soon([&] { return query_interface(interface)->up; });
  }
  static bool goes_down(const std::string& interface) {
    return soon([&] { return !query_interface(interface)->up; });
  }

  static bool readable(int fd, int timeout_ms) {
    pollfd wait{fd, POLLIN, 0};
    return ::poll(&wait, 1, timeout_ms) == 1 && (wait.revents & POLLIN) != 0;
  }

 private:
  template <class Condition>
  static bool soon(Condition condition) {
    for (int i = 0; i < 200; ++i) {
      if (condition()) return true;
      ::usleep(10000);
    }
    return false;
  }

  Fd home_;
  bool away_ = false;
};

inline constexpr wire::MacAddress kNearMac{{2, 0, 0, 0, 0, 1}};
inline constexpr wire::MacAddress kFarMac{{2, 0, 0, 0, 0, 2}};

// A frame for e1.2 with the given byte 14, `frame_bytes` long.
inline Bytes make_frame(wire::MacAddress to, std::uint8_t flags = 0, std::size_t frame_bytes = 60) {
  Bytes frame(frame_bytes, 0x5a);
  std::copy(to.bytes.begin(), to.bytes.end(), frame.begin());
  std::copy(kNearMac.bytes.begin(), kNearMac.bytes.end(), frame.begin() + 6);
  const Bytes header = {0x88, 0xa2, static_cast<std::uint8_t>(0x10 | flags), 0, 0, 1, 2, 1};
  std::copy(header.begin(), header.end(), frame.begin() + 12);
  return frame;
}

// The same with an 802.1Q tag between the addresses and the EtherType.
inline Bytes with_tag(Bytes frame, std::uint16_t tag) {
  const Bytes bytes = {0x81, 0x00, static_cast<std::uint8_t>(tag >> 8), static_cast<std::uint8_t>(tag)};
  frame.insert(frame.begin() + 12, bytes.begin(), bytes.end());
  return frame;
}

}  // namespace aoekit::net
