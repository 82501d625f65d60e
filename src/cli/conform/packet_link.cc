// The raw socket.
#include "cli/conform/packet_link.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "io/clock.h"
#include "net/packet_socket.h"
#include "wire/constants.h"

namespace aoekit::conform {
namespace {

constexpr std::size_t kReceiveFrames = 1024;
constexpr std::size_t kFrameBytesMax = 65536 + wire::kEthernetHeaderBytes;
constexpr int kSendPatience_ms = 1000;

// Every AoE frame, whoever it is for: answers to the stations that the suite plays, too.
constexpr std::array kPassAll = {sock_filter{BPF_RET | BPF_K, 0, 0, 0xffffffffU}};

// Waits until the socket is ready; whether it is.
bool wait_for(const Fd& socket, short events, int patience_ms) {
  pollfd entry{socket.get(), events, 0};
  return ::poll(&entry, 1, patience_ms) > 0;
}

// Interfaces of a device (and so of a cable) have a link to it in sysfs.
bool is_virtual(const std::string& interface) {
  return ::access(("/sys/class/net/" + interface + "/device").c_str(), F_OK) != 0;
}

}  // namespace

PacketLink::PacketLink(net::InterfaceState interface, Fd socket)
    : interface_(std::move(interface)), socket_(std::move(socket)), memory_(kFrameBytesMax) {
  virtual_ = is_virtual(interface_.name);
  promiscuous_ = become_promiscuous();
}

bool PacketLink::become_promiscuous() const {
  packet_mreq request{};
  request.mr_ifindex = interface_.index;
  request.mr_type = PACKET_MR_PROMISC;
  return ::setsockopt(socket_.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request) == 0;
}

Result<std::unique_ptr<PacketLink>> PacketLink::open(const std::string& interface) {
  auto state = net::query_interface(interface);
  if (!state) return tl::unexpected(state.error());
  if (!net::speaks_ethernet(state->hardware_type)) return fail("'{}' is not an Ethernet interface", interface);
  if (!state->up) return fail("'{}' is down: bring it up with 'ip link set {} up'", interface, interface);
  auto socket = net::open_packet_socket(*state, kPassAll);
  if (!socket) return tl::unexpected(socket.error());
  const auto buffer = net::set_receive_buffer(*socket, net::receive_buffer_needed(state->mtu_bytes, kReceiveFrames));
  if (!buffer) return tl::unexpected(buffer.error());
  return std::unique_ptr<PacketLink>(new PacketLink(std::move(*state), std::move(*socket)));
}

Instant PacketLink::now() const { return io::monotonic_now(); }

Status PacketLink::send(std::span<const Bytes> frames) {
  for (const Bytes& frame : frames) {
    while (::send(socket_.get(), frame.data(), frame.size(), 0) < 0) {
      const bool queue_full = errno == EAGAIN || errno == ENOBUFS;
      if (queue_full && wait_for(socket_, POLLOUT, kSendPatience_ms)) continue;
      if (errno == EINTR) continue;
      return fail_errno(errno, "cannot send {} bytes on '{}'", frame.size(), interface_.name);
    }
  }
  return {};
}

Result<std::optional<Bytes>> PacketLink::next(Duration patience) {
  const auto patience_ms = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  if (!wait_for(socket_, POLLIN, static_cast<int>(patience_ms))) return std::nullopt;
  const ssize_t got = ::recv(socket_.get(), memory_.data(), memory_.size(), 0);
  if (got >= 0) return Bytes(memory_.begin(), memory_.begin() + got);
  if (errno == EAGAIN || errno == EINTR) return std::nullopt;
  return fail_errno(errno, "cannot receive on '{}'", interface_.name);
}

}  // namespace aoekit::conform
