// aoereflect: the ceiling for targets in user space. Answers AoE requests with frames of the sizes that a target would
// send, by the cheapest way from the kernel and back to it, and does nothing else: there is no disk, and what is
// written is forgotten. With a file it reads and writes that, one system call a request, which no target of files can
// do without: the ceiling for those. It is no target: nothing is checked, remembered or kept in order.
//
//   aoereflect -i IF [--address eS.L] [--sectors N | --file FILE] [--busy-wait US]
//
// Frames come in through a ring that the kernel fills (TPACKET_V2) and leave by sendmmsg, each as a header made in
// place and a pointer into memory as large as the disk that is played, so that the caches have as much to do as with a
// target that serves from memory. Prints "ready" when it listens; ends by SIGTERM or SIGINT.
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "ata/identify.h"
#include "ata/registers.h"
#include "io/busy_wait.h"
#include "io/clock.h"
#include "net/bpf_filter.h"
#include "net/packet_socket.h"
#include "net/receive_ring.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::bench {
namespace {

volatile std::sig_atomic_t finished = 0;

struct Options {
  std::string interface;
  std::string address = "e1.2";
  std::uint64_t disk_sectors = 262144;
  std::string file;            // none: a disk of `disk_sectors` is played
  unsigned busy_wait_us = 50;  // as vblade's default
};

// What requests are answered from: the file, if there is one, else memory.
struct Disk {
  Sectors size;
  ByteView memory;
  Fd file;
};

class Reflector {
 public:
  static constexpr std::size_t kBatch = net::ReceiveRing::kBatchFrames;

  struct Sockets {
    Fd receiving;
    Fd sending, sending_with_header;  // see net::cheapest_format()
  };

  Reflector(const Options& options, wire::AoeAddress address, const net::InterfaceState& interface, const Disk& disk,
            const Sockets& sockets, net::ReceiveRing ring)
      : address_(address), mac_(interface.mac), disk_(disk), sockets_(sockets), ring_(std::move(ring)),
        busy_wait_(std::chrono::microseconds(options.busy_wait_us)) {
    sectors_per_frame_ = wire::sectors_advertised(interface.mtu_bytes);
    if (disk_.file.valid()) read_.resize(kBatch * Sectors{sectors_per_frame_}.bytes());
    disk_info_.size = disk_.size;
    disk_info_.identity = {.serial = "reflector", .model = "aoekit reflector", .firmware = "1"};
  }

  void run() {
    while (finished == 0) {
      std::size_t count = 0;
      for (const ByteView frame : next_batch()) count += answer(frame, count) ? 1 : 0;
      send(count);
    }
  }

 private:
  // Makes reply number `index` of the batch; false if the frame wants none.
  bool answer(ByteView frame, std::size_t index) {
    const auto header = wire::decode_header(frame);
    if (!header || !header->address.addresses(address_)) return false;
    const auto body = wire::decode_body(*header, frame);
    if (!body) return false;
    const wire::Header reply = wire::reply_header(*header, mac_, address_);
    if (const auto* const ata = std::get_if<wire::AtaBody>(&*body)) return answer_ata(reply, *ata, index);
    if (header->command != static_cast<std::uint8_t>(wire::Command::config)) return false;
    wire::ConfigBody config;
    config.buffer_count = static_cast<std::uint16_t>(4 * kBatch);
    config.sectors_per_frame = static_cast<std::uint8_t>(sectors_per_frame_);
    config.version = wire::kVersion;
    set(index, wire::encode(headers_[index], reply, config), {});
    return true;
  }

  bool answer_ata(const wire::Header& reply, const wire::AtaBody& request, std::size_t index) {
    wire::AtaBody body;
    body.flags = request.flags;
    body.command_or_status = ata::kStatusReady;
    ByteView data;
    switch (static_cast<ata::Opcode>(request.command_or_status)) {
      case ata::Opcode::read_sectors_ext: {
        const SectorRange range = range_of(request);
        if (!range.fits(disk_.size)) return false;
        data = disk_.file.valid() ? read_file(range, index)
                                  : disk_.memory.subspan(range.first.byte_offset(), range.count.bytes());
        if (data.empty()) return false;
        break;
      }
      case ata::Opcode::write_sectors_ext:
        if (disk_.file.valid() && !write_file(range_of(request), request.data)) return false;
        break;
      case ata::Opcode::identify_device:
        ata::build_identify(disk_info_, identify_page_);
        data = identify_page_;
        break;
      default: body.command_or_status = ata::kStatusReady | ata::kStatusError;
    }
    const ByteView whole = wire::encode_around_data(headers_[index], reply, body, 0);
    set(index, data.empty() ? whole : whole.first(wire::kAtaHeaderBytes), data);
    return true;
  }

  SectorRange range_of(const wire::AtaBody& request) const {
    std::uint64_t lba = 0;
    for (std::size_t i = request.lba.size(); i > 0; --i) lba = lba << 8U | request.lba[i - 1];
    return {{lba}, Sectors{std::min<std::uint64_t>(request.count, sectors_per_frame_)}};
  }

  // The data, or nothing if they cannot be read.
  ByteView read_file(const SectorRange& range, std::size_t index) {
    std::uint8_t* const place = &read_[index * Sectors{sectors_per_frame_}.bytes()];
    const std::size_t bytes = range.count.bytes();
    const ssize_t done = ::pread(disk_.file.get(), place, bytes, static_cast<off_t>(range.first.byte_offset()));
    return {place, done == static_cast<ssize_t>(bytes) ? bytes : 0};
  }

  bool write_file(const SectorRange& range, ByteView data) const {
    const std::size_t bytes = range.count.bytes();
    if (!range.fits(disk_.size) || data.size() < bytes) return false;
    const ssize_t done = ::pwrite(disk_.file.get(), data.data(), bytes, static_cast<off_t>(range.first.byte_offset()));
    return done == static_cast<ssize_t>(bytes);
  }

  void set(std::size_t index, ByteView header, ByteView data) {
    const std::size_t frame_bytes = header.size() + data.size();
    formats_[index] = net::cheapest_format(frame_bytes);
    vnet_headers_[index] = net::cheapest_header(frame_bytes, net::Pieces::several);
    const std::size_t skipped = formats_[index] == net::SendFormat::frame ? 1 : 0;
    // sendmmsg takes pointers to what it does not change.
    parts_[index] = {iovec{&vnet_headers_[index], sizeof vnet_headers_[index]},
                     iovec{const_cast<std::uint8_t*>(header.data()), header.size()},
                     iovec{const_cast<std::uint8_t*>(data.data()), data.size()}};
    messages_[index].msg_hdr.msg_iov = &parts_[index][skipped];
    messages_[index].msg_hdr.msg_iovlen = (data.empty() ? 2 : 3) - skipped;
  }

  void send(std::size_t count) {
    for (std::size_t sent = 0; sent < count;) {
      const net::SendFormat format = formats_[sent];
      const Fd& socket = format == net::SendFormat::frame ? sockets_.sending : sockets_.sending_with_header;
      std::size_t end = sent + 1;
      while (end < count && formats_[end] == format) ++end;
      const int done = ::sendmmsg(socket.get(), messages_.data() + sent, static_cast<unsigned>(end - sent), 0);
      if (done > 0) {
        sent += static_cast<std::size_t>(done);
      } else if (errno == EAGAIN) {
        pollfd room{.fd = socket.get(), .events = POLLOUT, .revents = 0};
        static_cast<void>(::poll(&room, 1, 10));
      } else {
        ++sent;  // lost: the load generator sends its request again, and counts it
      }
    }
  }

  // Waits as vblade does: awake for a moment, then asleep.
  std::span<const ByteView> next_batch() {
    std::span<const ByteView> frames = ring_.receive();
    if (!frames.empty()) return frames;
    if (const Duration awake = busy_wait_.next(); awake > Duration{}) {
      const Instant end = io::monotonic_now() + awake;
      do {
        frames = ring_.receive();
      } while (frames.empty() && io::monotonic_now() < end);
      if (!frames.empty()) {
        busy_wait_.succeeded();
        return frames;
      }
      busy_wait_.failed();
    }
    pollfd source{.fd = sockets_.receiving.get(), .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&source, 1, 100));  // whatever ends it, the ring is looked at next
    return ring_.receive();
  }

  wire::AoeAddress address_;
  wire::MacAddress mac_;
  const Disk& disk_;
  std::vector<std::uint8_t> read_;  // of the file, a frame's data after the other
  const Sockets& sockets_;
  net::ReceiveRing ring_;
  io::BusyWait busy_wait_;
  std::uint32_t sectors_per_frame_ = 2;
  ata::Disk disk_info_;
  std::array<std::uint8_t, ata::kIdentifyBytes> identify_page_{};
  std::array<std::array<std::uint8_t, wire::kMinFrameBytes>, kBatch> headers_{};
  std::array<net::VnetHeader, kBatch> vnet_headers_{};
  std::array<net::SendFormat, kBatch> formats_{};
  std::array<std::array<iovec, 3>, kBatch> parts_{};
  std::array<mmsghdr, kBatch> messages_{};
};

Result<Disk> open_disk(const Options& options) {
  if (!options.file.empty()) {
    Fd file(::open(options.file.c_str(), O_RDWR | O_CLOEXEC));
    struct stat info {};
    if (!file.valid() || ::fstat(file.get(), &info) != 0) return fail_errno(errno, "{}", options.file);
    return Disk{Sectors{static_cast<std::uint64_t>(info.st_size) / kSectorBytes}, {}, std::move(file)};
  }
  const Sectors size{options.disk_sectors};
  void* const memory = ::mmap(nullptr, size.bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return fail_errno(errno, "no memory for a disk of {} bytes: use fewer --sectors", size.bytes());
  }
  std::fill_n(static_cast<std::uint8_t*>(memory), size.bytes(), std::uint8_t{0x5a});
  return Disk{size, {static_cast<const std::uint8_t*>(memory), size.bytes()}, {}};
}

Status run(const Options& options) {
  const auto address = wire::AoeAddress::parse(options.address);
  if (!address) return tl::unexpected(address.error());
  const auto interface = net::query_interface(options.interface);
  if (!interface) return tl::unexpected(interface.error());
  const auto filter = net::build_filter(net::PortRole::target, net::MaybeAddresses({*address}));
  auto socket = net::make_packet_socket(*interface, filter);
  if (!socket) return tl::unexpected(socket.error());
  // Twice what is advertised: the slots of a batch are given back after its answers are out, when more have come.
  auto ring = net::ReceiveRing::open(*socket, interface->mtu_bytes, 8 * Reflector::kBatch);
  if (!ring) return tl::unexpected(ring.error());
  if (const Status bound = net::bind_packet_socket(*socket, *interface); !bound) return bound;
  auto sending = net::open_send_socket(*interface, net::SendFormat::frame);
  if (!sending) return tl::unexpected(sending.error());
  auto sending_with_header = net::open_send_socket(*interface, net::SendFormat::vnet_header_and_frame);
  if (!sending_with_header) return tl::unexpected(sending_with_header.error());
  const Reflector::Sockets sockets{std::move(*socket), std::move(*sending), std::move(*sending_with_header)};
  for (const Fd* one : {&sockets.sending, &sockets.sending_with_header}) {
    static_cast<void>(net::set_send_buffer(*one, std::size_t{4} << 20));  // smaller is slower, not wrong
  }
  const auto disk = open_disk(options);
  if (!disk) return tl::unexpected(disk.error());
  std::signal(SIGTERM, [](int) { finished = 1; });
  std::signal(SIGINT, [](int) { finished = 1; });
  fmt::print("ready\n");
  std::fflush(stdout);
  Reflector(options, *address, *interface, *disk, sockets, std::move(*ring)).run();
  return {};
}

}  // namespace
}  // namespace aoekit::bench

int main(int argc, char** argv) {
  using namespace aoekit::bench;
  Options options;
  CLI::App app("Answers AoE requests by frames of the right size, and does nothing else: the ceiling for targets");
  app.add_option("-i,--interface", options.interface)->required();
  app.add_option("--address", options.address, "eSHELF.SLOT (default: e1.2)");
  app.add_option("--sectors", options.disk_sectors, "of the disk that is played (default: 262144)")
      ->check(CLI::Range(512UL, 1UL << 24));
  app.add_option("--file", options.file, "read and write this instead")->excludes("--sectors");
  app.add_option("--busy-wait", options.busy_wait_us, "microseconds to wait awake (default: 50)")
      ->check(CLI::Range(0, 1000000));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (const auto status = run(options); !status) {
    fmt::print(stderr, "aoereflect: {}\n", status.error().message);
    return 1;
  }
  return 0;
}
