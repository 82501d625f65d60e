// Opening a packet port and following its interface; packet_port_io.cc receives and sends.
#include "net/packet_port.h"

#include <linux/if_packet.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "wire/constants.h"

namespace aoekit::net {

namespace {

// What `attach` makes of the finest filter for which the kernel has room: net.core.optmem_max was too little for the
// longest until Linux 6.7, and a coarser one is as right.
template <class Attach>
auto with_finest_filter(const PacketPortOptions& options, Attach attach) {
  std::size_t ranges_max = kFilterRangesMax;
  for (;; ranges_max /= 4) {
    auto result = attach(build_filter(options.role, options.addresses, options.share, ranges_max));
    if (result || result.error().os_error != ENOMEM || ranges_max < 4) return result;
  }
}

}  // namespace

PacketPort::PacketPort(PacketPortOptions options) : options_(std::move(options)) {
  info_.name = options_.interface;
  for (std::size_t i = 0; i < kBatchFrames; ++i) {
    receive_headers_[i].msg_hdr.msg_iov = &receive_parts_[i];
    receive_headers_[i].msg_hdr.msg_iovlen = 1;
  }
}

std::unique_ptr<PacketPort> PacketPort::waiting(PacketPortOptions options) {
  return std::unique_ptr<PacketPort>(new PacketPort(std::move(options)));
}

Result<std::unique_ptr<PacketPort>> PacketPort::open(PacketPortOptions options) {
  std::unique_ptr<PacketPort> port = waiting(std::move(options));
  if (Status status = port->refresh(); !status) return tl::unexpected(status.error());
  return port;
}

Status PacketPort::refresh() {
  const Result<InterfaceState> state = query_interface(options_.interface);
  Status status = state ? follow(*state) : Status(tl::unexpected(state.error()));
  if (!status) wait_for_interface();
  return status;
}

Status PacketPort::follow(const InterfaceState& state) {
  if (!speaks_ethernet(state.hardware_type)) {
    return tl::unexpected(Error{
        fmt::format("'{}' is not an Ethernet interface (its hardware type is {}): AoE needs one", state.name,
                    state.hardware_type), EPROTOTYPE});
  }
  // Buffers and ring are made for an MTU, and before the socket is bound (bind_packet_socket()).
  if (!socket_.valid() || bound_interface(socket_) != state.index || state.mtu_bytes != info_.mtu_bytes) {
    if (Status status = open_socket(state); !status) return status;
  }
  for (const Fd* socket : {&socket_, &send_socket_, &large_socket_}) clear_pending_error(*socket);
  large_sender_.set_pieces(gathers_frames(state.name) ? Pieces::several : Pieces::one);
  info_.mac = state.mac;
  info_.mtu_bytes = state.mtu_bytes;
  info_.up = state.up;
  return {};
}

Result<Fd> PacketPort::make_socket(const InterfaceState& state) const {
  return with_finest_filter(options_, [&](std::span<const sock_filter> filter) {
    return make_packet_socket(state, filter);
  });
}

// The new socket before the old one is closed, so that fd() changes.
Status PacketPort::open_socket(const InterfaceState& state) {
  Result<Fd> socket = make_socket(state);
  if (!socket) return tl::unexpected(socket.error());
  const std::size_t wanted = options_.receive_buffer_bytes != 0
                                 ? options_.receive_buffer_bytes
                                 : receive_buffer_needed(state.mtu_bytes, options_.receive_frames);
  Result<BufferSize> granted = set_receive_buffer(*socket, wanted);
  if (!granted) return tl::unexpected(granted.error());
  ReceiveRing ring;
  // Who asks for a buffer of so many bytes wants that one.
  if (options_.receive_buffer_bytes == 0 && options_.receive_by != ReceiveBy::socket) {
    Result<ReceiveRing> made = ReceiveRing::open(*socket, state.mtu_bytes, options_.receive_frames);
    if (!made && options_.receive_by == ReceiveBy::ring) return tl::unexpected(made.error());
    if (made) {
      ring = std::move(*made);
      granted->granted_bytes = std::max(granted->granted_bytes, granted->wanted_bytes);
    }
  }
  if (Status status = bind_packet_socket(*socket, state); !status) return status;
  if (Status status = open_send_sockets(state); !status) return status;
  collect_kernel_drops();
  ring_ = std::move(ring);
  socket_ = std::move(*socket);
  receive_buffer_ = *granted;
  make_room_for(state.mtu_bytes);
  return {};
}

Status PacketPort::open_send_sockets(const InterfaceState& state) {
  // Room for the batch that is going out and the one before, which the interface may still hold.
  const std::size_t buffer_bytes = receive_buffer_needed(state.mtu_bytes, 2 * kBatchFrames);
  for (auto [socket, format] : {std::pair(&send_socket_, SendFormat::frame),
                                std::pair(&large_socket_, SendFormat::vnet_header_and_frame)}) {
    Result<Fd> opened = open_send_socket(state, format);
    if (!opened) return tl::unexpected(opened.error());
    const auto granted = set_send_buffer(*opened, buffer_bytes);
    if (!granted) return tl::unexpected(granted.error());
    *socket = std::move(*opened);
  }
  return {};
}

void PacketPort::wait_for_interface() {
  collect_kernel_drops();
  ring_ = ReceiveRing();
  socket_.reset();
  send_socket_.reset();
  large_socket_.reset();
  info_.up = false;
}

void PacketPort::make_room_for(std::uint32_t mtu_bytes) {
  constexpr std::size_t kCacheLine = 64;
  const std::size_t frame_bytes = std::min<std::size_t>(mtu_bytes + wire::kEthernetHeaderBytes, wire::kFrameBytesMax);
  frame_bytes_ = (std::max<std::size_t>(frame_bytes, 2048) + kCacheLine - 1) / kCacheLine * kCacheLine;
  // Not zeroed: memory that no frame ever reaches is then never touched.
  memory_ = std::make_unique_for_overwrite<std::uint8_t[]>(kBatchFrames * frame_bytes_);
  for (std::size_t i = 0; i < kBatchFrames; ++i) receive_parts_[i] = {memory_.get() + i * frame_bytes_, frame_bytes_};
}

Status PacketPort::set_addresses(std::vector<wire::AoeAddress> addresses) {
  options_.addresses = std::move(addresses);
  if (!socket_.valid()) return {};
  return with_finest_filter(options_, [this](std::span<const sock_filter> filter) -> Status {
    return attach_filter(socket_, filter);
  });
}

const PortCounters& PacketPort::counters() const {
  collect_kernel_drops();
  return counters_;
}

void PacketPort::collect_kernel_drops() const {
  if (!socket_.valid()) return;
  tpacket_stats stats{};
  socklen_t length = sizeof stats;
  // Reading sets the kernel's numbers back to zero.
  AOEKIT_CHECK(::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0);
  counters_.receive_drops += stats.tp_drops;
}

}  // namespace aoekit::net
