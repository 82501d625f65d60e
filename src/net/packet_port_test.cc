// The packet port on a real veth pair: what arrives, what is kept out, how much is held, and comings and goings.
#include "net/packet_port.h"

#include <gtest/gtest.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "net/test_network.h"

namespace aoekit::net {
namespace {

const PacketPortOptions kTarget = {.interface = "far", .role = PortRole::target, .addresses = {{{1, 2}}}};

class PacketPortTest : public TestNetwork {
 protected:
  static std::unique_ptr<PacketPort> open(PacketPortOptions options = kTarget) {
    Result<std::unique_ptr<PacketPort>> port = PacketPort::open(std::move(options));
    EXPECT_TRUE(port) << port.error().message;
    return port ? std::move(*port) : nullptr;
  }
  // Every frame that arrives until `count` have, or until nothing comes for a while.
  static std::vector<Bytes> gather(PacketPort& port, std::size_t count) {
    std::vector<Bytes> frames;
    while (frames.size() < count && readable(port.fd(), 500)) {
      for (const ByteView frame : port.receive()) frames.emplace_back(frame.begin(), frame.end());
    }
    return frames;
  }
  // Whether `frame`, and not just a good one sent after it, reaches the port.
  static bool arrives(PacketPort& port, const Bytes& frame) {
    put_on_wire("near", frame);
    Bytes last = make_frame(kFarMac);
    last.back() = 0x77;
    put_on_wire("near", last);
    bool arrived = false;
    while (readable(port.fd(), 500)) {
      for (const Bytes& got : gather(port, 1)) {
        if (got == last) return arrived;
        arrived = true;
      }
    }
    ADD_FAILURE() << "the good frame is missing";
    return arrived;
  }
  static bool set_scatter_gather(const std::string& interface, bool on) {
    const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ethtool_value value{.cmd = ETHTOOL_SSG, .data = on ? 1U : 0U};
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&value);
    return ::ioctl(socket.get(), SIOCETHTOOL, &request) == 0;
  }
  static void send(PacketPort& port, const Bytes& frame, std::size_t times = 1) {
    const std::vector<ByteView> frames(times, frame);
    port.send(frames);
  }
};

TEST_F(PacketPortTest, KnowsItsInterface) {
  const auto port = open();
  EXPECT_EQ(port->info().name, "far");
  EXPECT_EQ(port->info().mac, kFarMac);
  EXPECT_EQ(port->info().mtu_bytes, 1500U);
  EXPECT_TRUE(port->info().up);
  EXPECT_TRUE(port->receive_buffer().enough());
}

TEST_F(PacketPortTest, ReceivesRequestsAndSendsResponses) {
  const auto target = open();
  const auto initiator = open({.interface = "near", .role = PortRole::initiator});
  const Bytes request = make_frame(wire::kBroadcastMac);
  send(*initiator, request);
  EXPECT_EQ(gather(*target, 1), std::vector<Bytes>{request});
  const Bytes response = make_frame(kNearMac, wire::kFlagResponse);
  send(*target, response);
  EXPECT_EQ(gather(*initiator, 1), std::vector<Bytes>{response});
  EXPECT_EQ(target->counters().frames_received, 1U);
  EXPECT_EQ(target->counters().bytes_received, request.size());
  EXPECT_EQ(target->counters().frames_sent, 1U);
  EXPECT_TRUE(target->receive().empty());  // not its own frame
  EXPECT_FALSE(readable(target->fd(), 0));
}

TEST_F(PacketPortTest, TheFilterWorksOnRealFrames) {
  const auto port = open();
  EXPECT_TRUE(arrives(*port, make_frame(kFarMac)));
  EXPECT_TRUE(arrives(*port, make_frame(wire::kBroadcastMac)));
  EXPECT_FALSE(arrives(*port, make_frame(kFarMac, wire::kFlagResponse)));
  Bytes other_shelf = make_frame(kFarMac);
  other_shelf[17] = 9;
  EXPECT_FALSE(arrives(*port, other_shelf));
  ASSERT_TRUE(port->set_addresses({{9, 2}, {1, 2}}));
  EXPECT_TRUE(arrives(*port, other_shelf));
  ASSERT_TRUE(port->set_addresses({}));
  put_on_wire("near", other_shelf);
  put_on_wire("near", make_frame(wire::kBroadcastMac));
  EXPECT_TRUE(gather(*port, 1).empty()) << "no address: none is let in";
}

// Shards, each with a port of its own on the one interface.
TEST_F(PacketPortTest, PortsShareTheAddressesOfAnInterface) {
  PacketPortOptions options = kTarget;
  options.addresses = {{{1, 2}, {1, 3}, {1, 4}}};  // one each
  std::vector<std::unique_ptr<PacketPort>> ports;
  for (std::uint32_t i = 0; i < 3; ++i) {
    options.share = {i, 3};
    ports.push_back(open(options));
  }
  const std::size_t of_e1_2 = (256 + 2) % 3;
  const std::size_t of_e1_3 = (256 + 3) % 3;
  Bytes for_e1_3 = make_frame(kFarMac);
  for_e1_3[18] = 3;
  Bytes for_everybody = make_frame(wire::kBroadcastMac);
  for_everybody[16] = for_everybody[17] = for_everybody[18] = 0xff;
  put_on_wire("near", make_frame(kFarMac));
  put_on_wire("near", for_e1_3);
  // A share stays one when the addresses change.
  ASSERT_TRUE(ports[of_e1_2]->set_addresses({{1, 3}, {1, 5}}));
  put_on_wire("near", for_e1_3);
  put_on_wire("near", for_everybody);
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<Bytes> expected;
    if (i == of_e1_2) expected = {make_frame(kFarMac)};
    if (i == of_e1_3) expected = {for_e1_3, for_e1_3};
    expected.push_back(for_everybody);
    EXPECT_EQ(gather(*ports[i], expected.size()), expected) << i;
    EXPECT_TRUE(ports[i]->receive().empty()) << i;
  }
}

TEST_F(PacketPortTest, WhereTheKernelHasLittleRoomForFiltersACoarserOneIsTaken) {
  std::ofstream("/proc/sys/net/core/optmem_max") << 8192 << std::flush;
  std::string room;
  std::ifstream("/proc/sys/net/core/optmem_max") >> room;
  if (room != "8192") GTEST_SKIP() << "net.core.optmem_max is not the namespace's own on this kernel";
  PacketPortOptions options = kTarget;
  for (std::uint16_t shelf = 1000; shelf < 3000; ++shelf) options.addresses->push_back({shelf, 9});
  const auto port = open(options);
  ASSERT_NE(port, nullptr);
  EXPECT_TRUE(arrives(*port, make_frame(wire::kBroadcastMac)));
  ASSERT_TRUE(port->set_addresses(*options.addresses));
  Bytes far_away = make_frame(kFarMac);
  far_away[16] = 0x77;
  EXPECT_FALSE(arrives(*port, far_away)) << "it is a filter still";
}

// vblade serves both: a client on another VLAN, or a frame for another station, reaches its disk.
TEST_F(PacketPortTest, OtherVlansAndOtherStationsAreKeptOut) {
  ip("link set far promisc on");
  const auto port = open();
  const Bytes for_another = make_frame({{2, 0, 0, 0, 0, 0x99}});
  const Bytes vlan_5 = with_tag(make_frame(kFarMac), 5);
  const Bytes vlan_5_broadcast = with_tag(make_frame(wire::kBroadcastMac), 0xa005);
  const Bytes priority = with_tag(make_frame(kFarMac), 0xa000);
  EXPECT_FALSE(arrives(*port, for_another));
  EXPECT_FALSE(arrives(*port, vlan_5));
  EXPECT_FALSE(arrives(*port, vlan_5_broadcast));
  EXPECT_TRUE(arrives(*port, priority));
  // A filter that lets all pass proves that the frames do come to a socket bound to AoE.
  const sock_filter all = {BPF_RET | BPF_K, 0, 0, 0xffffffff};
  const Fd open_socket = std::move(*open_packet_socket(*query_interface("far"), {&all, 1}));
  for (const Bytes& frame : {for_another, vlan_5, vlan_5_broadcast}) {
    put_on_wire("near", frame);
    Bytes memory(2048);
    ASSERT_TRUE(readable(open_socket.get(), 500));
    EXPECT_EQ(::recv(open_socket.get(), memory.data(), memory.size(), 0), 60);
  }
}

TEST_F(PacketPortTest, ABatchMayBeLongerThanOneCall) {
  const auto target = open();
  const auto initiator = open({.interface = "near", .role = PortRole::initiator});
  send(*initiator, make_frame(kFarMac), 150);
  EXPECT_EQ(gather(*target, 150).size(), 150U);
  EXPECT_EQ(initiator->counters().frames_sent, 150U);
}

TEST_F(PacketPortTest, GoesAroundItsBufferManyTimes) {
  PacketPortOptions options = kTarget;
  options.receive_frames = 16;
  const auto target = open(options);
  const auto initiator = open({.interface = "near", .role = PortRole::initiator});
  for (std::uint8_t round = 0; round < 100; ++round) {
    std::vector<Bytes> sent;
    for (std::size_t i = 0; i < 11; ++i) {
      sent.push_back(make_frame(kFarMac, 0, 60 + i));
      sent.back()[50] = round;
    }
    const std::vector<ByteView> frames(sent.begin(), sent.end());
    initiator->send(frames);
    ASSERT_EQ(gather(*target, sent.size()), sent);
  }
  EXPECT_EQ(target->counters().receive_drops, 0U);
}

TEST_F(PacketPortTest, ReceivesAsItIsTold) {
  const Bytes frame = make_frame(kFarMac);
  for (const ReceiveBy receive_by : {ReceiveBy::ring, ReceiveBy::socket}) {
    const auto port = open({.interface = "far", .receive_by = receive_by});
    put_on_wire("near", frame);
    EXPECT_EQ(gather(*port, 1), std::vector<Bytes>{frame});
  }
  // More frames than a ring has room for.
  PacketPortOptions many = {.interface = "far", .receive_frames = 100'000, .receive_by = ReceiveBy::ring};
  EXPECT_FALSE(PacketPort::open(many).has_value());
  many.receive_by = ReceiveBy::automatic;
  const auto port = open(many);
  put_on_wire("near", frame);
  EXPECT_EQ(gather(*port, 1), std::vector<Bytes>{frame});
}

TEST_F(PacketPortTest, CountsWhatDoesNotFit) {
  PacketPortOptions options = kTarget;
  options.receive_frames = 16;
  const auto target = open(options);
  const auto initiator = open({.interface = "near", .role = PortRole::initiator});
  send(*initiator, make_frame(kFarMac), 2000);
  const std::size_t got = gather(*target, 2000).size();
  EXPECT_GE(got, 16U);
  EXPECT_LT(got, 2000U);
  EXPECT_EQ(target->counters().receive_drops, 2000 - got);
  EXPECT_TRUE(arrives(*target, make_frame(kFarMac)));
}

// An error makes the socket readable for ever unless somebody takes it.
TEST_F(PacketPortTest, AnInterfaceThatGoesDownDoesNotStayReadable) {
  const auto port = open();
  ip("link set far down");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(port->receive().empty());
  pollfd wait{port->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 0), 0);
}

class PacketPortBufferTest : public PacketPortTest, public testing::WithParamInterface<int> {};

TEST_P(PacketPortBufferTest, HoldsTheFramesItPromisesWhileNobodyReads) {
  set_mtu(GetParam());
  const std::size_t frame_bytes = static_cast<std::size_t>(GetParam()) + wire::kEthernetHeaderBytes;
  PacketPortOptions options = kTarget;
  options.receive_frames = 64;
  const auto target = open(options);
  const auto initiator = open({.interface = "near", .role = PortRole::initiator});
  send(*initiator, make_frame(kFarMac, 0, frame_bytes), 64);
  const std::vector<Bytes> got = gather(*target, 64);
  EXPECT_EQ(got.size(), 64U);
  for (const Bytes& frame : got) EXPECT_EQ(frame.size(), frame_bytes);
  EXPECT_EQ(target->counters().receive_drops, 0U);
}

TEST_P(PacketPortBufferTest, CountsWhatASmallBufferLoses) {
  set_mtu(GetParam());
  PacketPortOptions options = kTarget;
  options.receive_buffer_bytes = 16 * static_cast<std::size_t>(GetParam());
  const auto target = open(options);
  const auto initiator = open({.interface = "near", .role = PortRole::initiator});
  send(*initiator, make_frame(kFarMac, 0, static_cast<std::size_t>(GetParam())), 64);
  const std::size_t got = gather(*target, 64).size();
  EXPECT_LT(got, 64U);
  EXPECT_EQ(target->counters().receive_drops, 64U - got);
  EXPECT_EQ(target->counters().receive_drops, 64U - got) << "asking must not forget";
}

INSTANTIATE_TEST_SUITE_P(Mtu, PacketPortBufferTest, testing::Values(1500, 9000));

class PacketPortPiecesTest : public PacketPortTest, public testing::WithParamInterface<bool> {};

// Frames of different sizes leave by different sockets.
TEST_P(PacketPortPiecesTest, ABatchOfAllSizesArrivesWholeAndInOrder) {
  set_mtu(9000);
  if (!set_scatter_gather("near", GetParam())) GTEST_SKIP() << "cannot be changed on this kernel's veth";
  EXPECT_EQ(gathers_frames("near"), GetParam());
  const auto target = open();
  const auto initiator = open({.interface = "near", .role = PortRole::initiator});
  std::vector<Bytes> sent;
  for (const std::size_t bytes : {60U, 3967U, 3968U, 4132U, 9014U, 7680U, 7681U, 60U, 4132U, 4132U}) {
    sent.push_back(make_frame(kFarMac, 0, bytes));
    sent.back().back() = static_cast<std::uint8_t>(sent.size());
  }
  const std::vector<ByteView> frames(sent.begin(), sent.end());
  initiator->send(frames);
  EXPECT_EQ(gather(*target, sent.size()), sent);
  EXPECT_EQ(initiator->counters().frames_sent, sent.size());
  EXPECT_EQ(initiator->counters().bytes_sent, net::total_bytes(frames));
  EXPECT_EQ(initiator->counters().send_drops, 0U);
}

INSTANTIATE_TEST_SUITE_P(ScatterGather, PacketPortPiecesTest, testing::Bool());

TEST_F(PacketPortTest, WhoDoesNotTellIsTakenToGather) { EXPECT_TRUE(gathers_frames("nobody")); }

// Large frames that may be in pieces are in whole pages and what they leave.
static_assert(cheapest_header(4132, Pieces::several).header_bytes == 4132);
static_assert(cheapest_header(8740, Pieces::several).header_bytes == 8740 - 2 * kPageBytes);
static_assert(cheapest_header(8740, Pieces::one).header_bytes == 8740);

TEST_F(PacketPortTest, FramesInTwoPartsArriveWholeAndThoseWhoseDataAreGoneAreDropped) {
  set_mtu(9000);
  const auto target = open();
  const auto initiator = open({.interface = "near", .role = PortRole::initiator});
  constexpr std::size_t kPage = 4096;
  const Fd file(::memfd_create("data", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(file.get(), 2 * kPage), 0);
  void* const memory = ::mmap(nullptr, 2 * kPage, PROT_READ, MAP_SHARED, file.get(), 0);
  ASSERT_NE(memory, MAP_FAILED);
  const ByteView data(static_cast<const std::uint8_t*>(memory), 2 * kPage);
  ASSERT_EQ(::ftruncate(file.get(), kPage), 0);

  std::vector<Bytes> heads, whole;
  std::vector<SplitFrame> frames;
  for (const std::size_t bytes : {512U, 0U, 4096U, 1024U}) {
    heads.push_back(make_frame(kFarMac, 0, 60));
    heads.back().back() = static_cast<std::uint8_t>(heads.size());
    whole.push_back(heads.back());
    whole.back().resize(whole.back().size() + bytes);  // the file holds zeros
  }
  for (std::size_t i = 0; i < heads.size(); ++i) {
    frames.push_back({heads[i], data.first(whole[i].size() - heads[i].size())});
  }
  frames.insert(frames.begin() + 2, {heads[0], data.subspan(kPage, 512)});  // which would kill a program that reads it
  initiator->send_split(frames);
  EXPECT_EQ(gather(*target, whole.size()), whole);
  EXPECT_EQ(initiator->counters().frames_sent, whole.size());
  EXPECT_EQ(initiator->counters().send_drops, 1U);
  ::munmap(memory, 2 * kPage);
}

TEST_F(PacketPortTest, FollowsTheMtu) {
  const auto port = open();
  set_mtu(9000);
  put_on_wire("near", make_frame(kFarMac, 0, 9014));
  ASSERT_TRUE(readable(port->fd(), 500));
  EXPECT_TRUE(port->receive().empty());
  EXPECT_EQ(port->counters().frames_truncated, 1U);
  const int fd = port->fd();
  ASSERT_TRUE(port->refresh());
  EXPECT_EQ(port->info().mtu_bytes, 9000U);
  EXPECT_NE(port->fd(), fd) << "its owner must notice that it is another socket";
  EXPECT_TRUE(arrives(*port, make_frame(kFarMac, 0, 9014)));
}

TEST_F(PacketPortTest, AFrameLongerThanTheMtuIsOneDrop) {
  const auto port = open();
  const Bytes good = make_frame(kNearMac, wire::kFlagResponse);
  const Bytes too_long = make_frame(kNearMac, wire::kFlagResponse, 1600);
  const std::vector<ByteView> frames = {good, too_long, good};
  port->send(frames);
  EXPECT_EQ(port->counters().frames_sent, 2U);
  EXPECT_EQ(port->counters().bytes_sent, 2 * good.size());
  EXPECT_EQ(port->counters().send_drops, 1U);
  set_mtu(9000);
  ASSERT_TRUE(port->refresh());
  send(*port, make_frame(kNearMac, wire::kFlagResponse, 9014));
  EXPECT_EQ(port->counters().send_drops, 1U);
  send(*port, make_frame(kNearMac, wire::kFlagResponse, 9100));
  EXPECT_EQ(port->counters().send_drops, 2U);
}

TEST_F(PacketPortTest, SurvivesAnInterfaceThatIsDownForAWhile) {
  const auto port = open();
  ip("link set far down");
  EXPECT_TRUE(port->receive().empty());
  ASSERT_TRUE(port->refresh());
  EXPECT_FALSE(port->info().up);
  send(*port, make_frame(kNearMac, wire::kFlagResponse), 3);
  EXPECT_EQ(port->counters().send_drops, 3U);
  ip("link set far up");
  ASSERT_TRUE(comes_up("far"));
  ASSERT_TRUE(port->refresh());
  EXPECT_TRUE(port->info().up);
  send(*port, make_frame(kNearMac, wire::kFlagResponse), 3);
  EXPECT_EQ(port->counters().frames_sent, 3U);
  EXPECT_TRUE(arrives(*port, make_frame(kFarMac)));
}

TEST_F(PacketPortTest, LosesNothingAfterAPauseThatNobodyNoticed) {
  const auto port = open();
  ip("link set far down");
  connect();
  ASSERT_TRUE(port->refresh());
  send(*port, make_frame(kNearMac, wire::kFlagResponse));
  EXPECT_EQ(port->counters().send_drops, 0U);
}

TEST_F(PacketPortTest, NoticesALostCarrier) {
  const auto port = open();
  ip("link set near down");
  ASSERT_TRUE(goes_down("far"));
  ASSERT_TRUE(port->refresh());
  EXPECT_FALSE(port->info().up);
}

TEST_F(PacketPortTest, WaitsForAnInterfaceThatIsRemovedAndReturns) {
  const auto port = open();
  const int index = query_interface("far")->index;
  ip("link delete far");
  EXPECT_TRUE(port->receive().empty());
  EXPECT_FALSE(port->refresh());
  EXPECT_EQ(port->fd(), -1);
  EXPECT_FALSE(port->info().up);
  EXPECT_TRUE(port->receive().empty());
  send(*port, make_frame(kNearMac, wire::kFlagResponse));
  EXPECT_EQ(port->counters().send_drops, 1U);

  ip("link add near type veth peer name far address 02:00:00:00:00:22");
  set_mtu(4000);
  connect();
  EXPECT_NE(query_interface("far")->index, index);
  ASSERT_TRUE(port->refresh());
  EXPECT_EQ(port->info().mac.bytes.back(), 0x22);
  EXPECT_EQ(port->info().mtu_bytes, 4000U);
  put_on_wire("near", make_frame(wire::kBroadcastMac, 0, 4014));
  EXPECT_EQ(gather(*port, 1).size(), 1U);
}

// The same index again, and nobody looked in between: the socket is bound to the interface that is gone.
TEST_F(PacketPortTest, IsNotFooledByAnInterfaceWithTheIndexOfTheOldOne) {
  const auto port = open();
  const int old_fd = port->fd();
  const std::string index = std::to_string(query_interface("far")->index);
  ip("link delete far");
  ip("link add far index " + index + " address 02:00:00:00:00:02 type veth peer name near");
  connect();
  ASSERT_TRUE(port->refresh());
  EXPECT_NE(port->fd(), old_fd);
  EXPECT_TRUE(arrives(*port, make_frame(kFarMac)));
}

TEST_F(PacketPortTest, MayStartBeforeItsInterface) {
  PacketPortOptions options = kTarget;
  options.interface = "later";
  const auto port = PacketPort::waiting(options);
  EXPECT_EQ(port->fd(), -1);
  EXPECT_FALSE(port->refresh());
  ip("link set far down");
  ip("link set far name later");
  ip("link set later up");
  ASSERT_TRUE(comes_up("later"));
  ASSERT_TRUE(port->refresh());
  EXPECT_TRUE(arrives(*port, make_frame(kFarMac)));
}

TEST_F(PacketPortTest, ErrorsNameTheThingAndTheRemedy) {
  PacketPortOptions options = kTarget;
  options.interface = "eth9";
  const auto missing = PacketPort::open(options);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().os_error, ENODEV);
  EXPECT_EQ(missing.error().message.rfind("no interface 'eth9' (there are: lo, ", 0), 0U) << missing.error().message;

  for (const char* no_name : {"", "far:1", "a-name-that-is-much-too-long"}) {
    options.interface = no_name;
    EXPECT_EQ(PacketPort::open(options).error().os_error, ENODEV) << no_name;
  }

  ASSERT_EQ(::seteuid(65534), 0);
  const auto forbidden = PacketPort::open(kTarget);
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_FALSE(forbidden);
  EXPECT_EQ(forbidden.error().os_error, EPERM);
  EXPECT_NE(forbidden.error().message.find("setcap cap_net_raw"), std::string::npos);
}

TEST_F(PacketPortTest, RefusesWhatIsNotEthernet) {
  if (!try_ip("tuntap add mode tun name tun0 2>/dev/null")) GTEST_SKIP() << "no tun devices here";
  PacketPortOptions options = kTarget;
  options.interface = "tun0";
  const auto port = PacketPort::open(options);
  ASSERT_FALSE(port);
  EXPECT_NE(port.error().message.find("'tun0' is not an Ethernet interface"), std::string::npos);
}

}  // namespace
}  // namespace aoekit::net
