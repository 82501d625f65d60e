// AF_PACKET system calls.
#include "net/packet_socket.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/check.h"

namespace aoekit::net {
namespace {

#ifndef PACKET_IGNORE_OUTGOING
constexpr int PACKET_IGNORE_OUTGOING = 23;
#endif

constexpr std::uint16_t kProtocolNone = 0;

struct BufferOptions {
  int plain;
  int force;  // needs CAP_NET_ADMIN
  const char* what;
};

Result<BufferSize> set_buffer(const Fd& socket, std::size_t wanted_bytes, const BufferOptions& options) {
  // The kernel doubles the number that it is given, and reports the double.
  const int half = static_cast<int>(std::min<std::size_t>(wanted_bytes / 2, std::numeric_limits<int>::max() / 2));
  if (::setsockopt(socket.get(), SOL_SOCKET, options.force, &half, sizeof half) != 0 &&
      ::setsockopt(socket.get(), SOL_SOCKET, options.plain, &half, sizeof half) != 0) {
    return fail_errno(errno, "cannot set the {} buffer of a packet socket", options.what);
  }
  int granted = 0;
  socklen_t length = sizeof granted;
  if (::getsockopt(socket.get(), SOL_SOCKET, options.plain, &granted, &length) != 0) {
    return fail_errno(errno, "cannot read the {} buffer size of a packet socket", options.what);
  }
  return BufferSize{wanted_bytes, static_cast<std::size_t>(granted)};
}

// Saves the kernel a look at each frame that we send; the filter drops them, too, where Linux (before 4.20) cannot.
Status ignore_own_frames(const Fd& socket) {
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) == 0) return {};
  if (errno == ENOPROTOOPT || errno == EINVAL) return {};
  return fail_errno(errno, "cannot set up a packet socket");
}

// Of protocol 0: nothing arrives before it is bound to another.
Result<Fd> make_deaf_socket(const InterfaceState& interface) {
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kProtocolNone));
  if (socket.valid()) return socket;
  if (errno == EPERM || errno == EACCES) {
    return tl::unexpected(Error{fmt::format("sending and receiving frames on '{}' needs CAP_NET_RAW: run as root or "
                                            "`setcap cap_net_raw,cap_net_admin+ep PROGRAM`", interface.name), EPERM});
  }
  return fail_errno(errno, "cannot open a packet socket for '{}'", interface.name);
}

}  // namespace

Result<Fd> make_packet_socket(const InterfaceState& interface, std::span<const sock_filter> filter) {
  Result<Fd> socket = make_deaf_socket(interface);
  if (!socket) return socket;
  if (Status status = attach_filter(*socket, filter); !status) return tl::unexpected(status.error());
  if (Status status = ignore_own_frames(*socket); !status) return tl::unexpected(status.error());
  return socket;
}

Status bind_packet_socket(const Fd& socket, const InterfaceState& interface, std::uint16_t ether_type) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ether_type);
  address.sll_ifindex = interface.index;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(errno, "cannot bind a packet socket to '{}'", interface.name);
  }
  return {};
}

Result<Fd> open_packet_socket(const InterfaceState& interface, std::span<const sock_filter> filter,
                              std::uint16_t ether_type) {
  Result<Fd> socket = make_packet_socket(interface, filter);
  if (!socket) return socket;
  if (Status status = bind_packet_socket(*socket, interface, ether_type); !status) {
    return tl::unexpected(status.error());
  }
  return socket;
}

Result<Fd> open_send_socket(const InterfaceState& interface, SendFormat format) {
  Result<Fd> socket = make_deaf_socket(interface);
  if (!socket) return socket;
  const int with_header = format == SendFormat::vnet_header_and_frame ? 1 : 0;
  if (::setsockopt(socket->get(), SOL_PACKET, PACKET_VNET_HDR, &with_header, sizeof with_header) != 0) {
    return fail_errno(errno, "cannot set up a packet socket");
  }
  if (Status status = bind_packet_socket(*socket, interface, kProtocolNone); !status) {
    return tl::unexpected(status.error());
  }
  return socket;
}

Status attach_filter(const Fd& socket, std::span<const sock_filter> filter) {
  AOEKIT_CHECK(filter.size() <= std::numeric_limits<unsigned short>::max());
  const sock_fprog program = {static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return fail_errno(errno, "the kernel refused the packet filter");
  }
  return {};
}

int bound_interface(const Fd& socket) {
  sockaddr_ll address{};
  socklen_t length = sizeof address;
  AOEKIT_CHECK(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return address.sll_ifindex;
}

void clear_pending_error(const Fd& socket) {
  int error = 0;
  socklen_t length = sizeof error;
  AOEKIT_CHECK(::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0);
}

Result<BufferSize> set_receive_buffer(const Fd& socket, std::size_t wanted_bytes) {
  return set_buffer(socket, wanted_bytes, {SO_RCVBUF, SO_RCVBUFFORCE, "receive"});
}

Result<BufferSize> set_send_buffer(const Fd& socket, std::size_t wanted_bytes) {
  return set_buffer(socket, wanted_bytes, {SO_SNDBUF, SO_SNDBUFFORCE, "send"});
}

}  // namespace aoekit::net
