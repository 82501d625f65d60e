// A promiscuous packet socket for all EtherTypes. The kernel takes VLAN tags out of frames; here they are put back.
#include "net/bridge_port.h"

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace aoekit::net {
namespace {

constexpr std::size_t kAddressesBytes = 12;
constexpr std::size_t kVlanTagBytes = 4;
constexpr std::size_t kSlotBytes = BridgePort::kBridgedFrameBytesMax + kVlanTagBytes;
constexpr std::size_t kReceiveFrames = 1024;
static_assert(BridgePort::kBatchFrames == BatchSender::kBatchFrames);

// Only what comes in.
const std::array<sock_filter, 4> kIncoming = {{
    {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)},
    {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, PACKET_OUTGOING},
    {BPF_RET | BPF_K, 0, 0, 0},
    {BPF_RET | BPF_K, 0, 0, 0xffffffff},
}};

struct VlanTag {
  bool present = false;
  std::uint16_t type = 0;
  std::uint16_t tag = 0;
};

VlanTag tag_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_PACKET || part->cmsg_type != PACKET_AUXDATA) continue;
    tpacket_auxdata about{};
    std::memcpy(&about, CMSG_DATA(part), sizeof about);
    if ((about.tp_status & TP_STATUS_VLAN_VALID) == 0) return {};
    const bool typed = (about.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    return {true, typed ? about.tp_vlan_tpid : static_cast<std::uint16_t>(ETH_P_8021Q), about.tp_vlan_tci};
  }
  return {};
}

Status set_up(const Fd& socket, const InterfaceState& interface) {
  packet_mreq membership{};
  membership.mr_ifindex = interface.index;
  membership.mr_type = PACKET_MR_PROMISC;
  if (::setsockopt(socket.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) != 0) {
    return fail_errno(errno, "cannot make '{}' promiscuous", interface.name);
  }
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) != 0) {
    return fail_errno(errno, "cannot set up a packet socket");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<BridgePort>> BridgePort::open(const std::string& name) {
  auto interface = query_interface(name);
  if (!interface) return tl::unexpected(interface.error());
  if (!speaks_ethernet(interface->hardware_type) || interface->hardware_type == ARPHRD_LOOPBACK) {
    return tl::unexpected(Error{fmt::format("'{}' is not an Ethernet interface that could be bridged", name),
                                EPROTOTYPE});
  }
  auto socket = open_packet_socket(*interface, kIncoming, ETH_P_ALL);
  if (!socket) return tl::unexpected(socket.error());
  if (Status status = set_up(*socket, *interface); !status) return tl::unexpected(status.error());
  const auto for_receiving = set_receive_buffer(*socket, receive_buffer_needed(interface->mtu_bytes, kReceiveFrames));
  if (!for_receiving) return tl::unexpected(for_receiving.error());
  const auto for_sending = set_send_buffer(*socket, receive_buffer_needed(interface->mtu_bytes, 2 * kBatchFrames));
  if (!for_sending) return tl::unexpected(for_sending.error());
  return std::unique_ptr<BridgePort>(new BridgePort(std::move(*interface), std::move(*socket), *for_receiving));
}

BridgePort::BridgePort(InterfaceState interface, Fd socket, BufferSize receive_buffer)
    : interface_(std::move(interface)),
      socket_(std::move(socket)),
      receive_buffer_(receive_buffer),
      memory_(std::make_unique_for_overwrite<std::uint8_t[]>(kBatchFrames * kSlotBytes)) {
  for (std::size_t i = 0; i < kBatchFrames; ++i) {
    parts_[i] = {memory_.get() + i * kSlotBytes + kVlanTagBytes, kBridgedFrameBytesMax};
    headers_[i].msg_hdr.msg_iov = &parts_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_control = controls_[i].bytes.data();
  }
}

std::span<const ByteView> BridgePort::receive() {
  for (mmsghdr& header : headers_) header.msg_hdr.msg_controllen = sizeof(Control);
  int count = 0;
  do {
    count = ::recvmmsg(socket_.get(), headers_.data(), kBatchFrames, MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  // EAGAIN: nothing there. ENETDOWN tells once that the interface went down: it may come up again.
  std::size_t good = 0;
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<std::size_t>(i);
    if ((headers_[index].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++counters_.truncated;
      continue;
    }
    if (headers_[index].msg_len >= kAddressesBytes) received_[good++] = frame_of(index, headers_[index].msg_len);
  }
  counters_.received += good;
  return {received_.data(), good};
}

ByteView BridgePort::frame_of(std::size_t index, std::size_t bytes) {
  std::uint8_t* const frame = memory_.get() + index * kSlotBytes + kVlanTagBytes;
  const VlanTag tag = tag_of(headers_[index].msg_hdr);
  if (!tag.present) return {frame, bytes};
  std::uint8_t* const longer = frame - kVlanTagBytes;
  std::copy(frame, frame + kAddressesBytes, longer);
  const std::array<std::uint8_t, kVlanTagBytes> inserted = {
      static_cast<std::uint8_t>(tag.type >> 8), static_cast<std::uint8_t>(tag.type),
      static_cast<std::uint8_t>(tag.tag >> 8), static_cast<std::uint8_t>(tag.tag)};
  std::copy(inserted.begin(), inserted.end(), longer + kAddressesBytes);
  return {longer, bytes + kVlanTagBytes};
}

void BridgePort::send(std::span<const ByteView> frames) {
  const std::size_t sent = sender_.send(socket_.get(), frames).frames;
  counters_.sent += sent;
  counters_.send_drops += frames.size() - sent;
}

BridgePortCounters BridgePort::counters() const {
  tpacket_stats stats{};
  socklen_t length = sizeof stats;
  // Reading sets the kernel's numbers back to zero.
  AOEKIT_CHECK(::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0);
  counters_.receive_drops += stats.tp_drops;
  return counters_;
}

}  // namespace aoekit::net
