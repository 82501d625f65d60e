// Checks, opens, announces, serves, and ends in order.
#include "daemon/vblade.h"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "backend/file_engine.h"
#include "backend/in_use.h"
#include "base/log.h"
#include "daemon/address_probe.h"
#include "daemon/disk_identity.h"
#include "daemon/server.h"
#include "io/clock.h"
#include "io/event_loop.h"
#include "io/signals.h"
#include "net/link_monitor.h"
#include "net/packet_port.h"

namespace aoekit::daemon {
namespace {

constexpr Duration kSizeCheckInterval = std::chrono::seconds(1);
constexpr Duration kProbePatience = std::chrono::milliseconds(300);
// Initiators that may each have all their buffers outstanding before frames are lost.
constexpr std::size_t kBusyInitiators = 4;
constexpr std::size_t kReceiveFramesMin = 64;
// Requests worked on at a time, whatever is advertised; the others wait in the receive buffer.
constexpr std::size_t kBuffersMax = 1024;
// Targets that start together, when the power comes back, announce themselves within this time.
constexpr Duration kAnnounceJitter = std::chrono::milliseconds(500);

bool enforced(const VbladeOptions& options) { return options.interlocks == Interlocks::enforced; }

// How many frames may arrive while nobody looks.
std::size_t receive_frames(const VbladeOptions& options) {
  constexpr std::size_t kAmple = 1024;
  return std::max<std::size_t>(options.buffer_count, std::min(kAmple, kBusyInitiators * options.buffer_count));
}

Status refuse_what_is_in_use(const VbladeOptions& options) {
  if (!enforced(options)) return {};
  const auto user = backend::who_uses(options.path, options.access);
  if (!user) return tl::unexpected(user.error());
  if (user->has_value()) return fail("{}; export it all the same with --force", **user);
  return {};
}

Status refuse_taken_address(const VbladeOptions& options) {
  if (!enforced(options)) return {};
  auto port = net::PacketPort::open({.interface = options.interface, .role = net::PortRole::initiator});
  if (!port) return tl::unexpected(port.error());
  const auto other = find_other_target(**port, options.address, kProbePatience);
  if (!other) return tl::unexpected(other.error());
  if (other->has_value()) {
    return fail("{} is already served on {} by {}; choose another shelf or slot, or use --force for multipath",
                options.address.to_string(), options.interface, (*other)->to_string());
  }
  return {};
}

Result<std::unique_ptr<block::BlockDevice>> open_disk(const VbladeOptions& options, std::size_t queue_depth) {
  return backend::open_file_device({.path = options.path,
                                    .access = options.access,
                                    .caching = options.caching,
                                    .sync = options.sync,
                                    .claim = enforced(options) ? backend::Claim::required : backend::Claim::if_possible,
                                    .first_sector = options.first_sector,
                                    .length = options.length},
                                   {.queue_depth = queue_depth});
}

target::ExportOptions describe(const VbladeOptions& options, const block::DeviceInfo& info) {
  target::ExportOptions exported;
  exported.address = options.address;
  exported.size = info.size;
  exported.buffer_count = options.buffer_count;
  exported.firmware_version = firmware_version();
  exported.mask = options.mask;
  exported.identity = identity_of(options.address, "aoekit vblade", info);
  return exported;
}

void warn_of_small_buffer(const net::PacketPort& port, const VbladeOptions& options) {
  const net::BufferSize& buffer = port.receive_buffer();
  if (buffer.enough()) return;
  log(LogLevel::warning,
      "{}: the receive buffer is {} bytes of {} wanted, so that frames may be lost when {} buffers are in use; give "
      "CAP_NET_ADMIN or raise net.core.rmem_max",
      options.interface, buffer.granted_bytes, buffer.wanted_bytes, options.buffer_count);
}

// The process from the moment when everything is open: its loop and what the loop waits for.
class Vblade {
 public:
  Vblade(const VbladeOptions& options, io::EventLoop& loop, const target::TargetLimits& limits)
      : options_(options), loop_(loop), server_(loop, limits) {
    server_.set_busy_wait(options.busy_wait);
  }

  std::size_t queue_depth() const { return server_.queue_depth(); }

  Status start(net::PacketPort& port, block::BlockDevice& disk, io::SignalSource& signals, net::LinkMonitor& links) {
    port_ = &port;
    auto added = loop_.add(signals.fd(), io::Interest::read, [this, &signals](io::Ready) { on_signal(signals); });
    if (!added) return tl::unexpected(added.error());
    added = loop_.add(links.fd(), io::Interest::read, [this, &links](io::Ready) { on_link_change(links); });
    if (!added) return tl::unexpected(added.error());
    links_source_ = *added;
    const auto port_id = server_.add_port(port);
    if (!port_id) return tl::unexpected(port_id.error());
    port_id_ = *port_id;
    const auto exported = server_.add_export(disk, describe(options_, disk.info()));
    if (!exported) return tl::unexpected(exported.error());
    // The line that scripts wait for, as vblade 25 prints it.
    fmt::print("pid {}: {}, {} sectors {}\n", ::getpid(), options_.address.to_string(), disk.info().size.count,
               options_.access == backend::Access::read_only ? "O_RDONLY" : "O_RDWR");
    std::fflush(stdout);
    return {};
  }

  Status serve() {
    Instant next_size_check = io::monotonic_now() + kSizeCheckInterval;
    while (!server_.finished() && !gave_up_) {
      if (const auto count = loop_.run_once(next_size_check); !count) return tl::unexpected(count.error());
      if (io::monotonic_now() < next_size_check) continue;
      server_.check_sizes();
      next_size_check = io::monotonic_now() + kSizeCheckInterval;
    }
    if (gave_up_) {
      return fail("ended by a second signal with {} requests unanswered", server_.core().requests_in_progress());
    }
    if (server_.failed_syncs() > 0) return fail("the last sync of {} failed: recent writes may be lost", options_.path);
    return {};
  }

 private:
  void on_signal(io::SignalSource& signals) {
    while (const auto signal = signals.next()) {
      if (stopping_) gave_up_ = true;
      stopping_ = true;
      log(LogLevel::info, "{}: finishing {} requests and syncing", *signal == SIGINT ? "interrupted" : "terminated",
          server_.core().requests_in_progress());
      server_.stop();
    }
  }

  void on_link_change(net::LinkMonitor& links) {
    const auto events = links.read();
    if (!events) {
      log(LogLevel::error, "changes of {} will go unnoticed: {}", options_.interface, events.error().message);
      loop_.remove(links_source_);
      return;
    }
    for (const net::LinkEvent& event : *events) {
      if (event.state.name == options_.interface) follow_interface();
    }
  }

  void follow_interface() {
    const net::PortInfo before = port_->info();
    const bool was_there = port_->fd() >= 0;
    const Status refreshed = port_->refresh();
    const net::PortInfo& now = port_->info();
    const bool is_there = port_->fd() >= 0;
    if (was_there && !is_there) {
      log(LogLevel::warning, "{} is gone ({}); waiting for it", options_.interface,
          refreshed ? "removed" : refreshed.error().message);
    } else if (before.up && !now.up) {
      log(LogLevel::warning, "{} is down; waiting for it", options_.interface);
    } else if (!before.up && now.up) {
      log(LogLevel::notice, "{} is up, MTU {}", options_.interface, now.mtu_bytes);
    } else if (now.up && before.mtu_bytes != now.mtu_bytes) {
      log(LogLevel::notice, "{} has MTU {} now: {} sectors per frame", options_.interface, now.mtu_bytes,
          wire::sectors_advertised(now.mtu_bytes));
    }
    if (is_there) warn_of_small_buffer(*port_, options_);
    if (const Status status = server_.port_changed(port_id_); !status) {
      log(LogLevel::error, "{}: {}", options_.interface, status.error().message);
    }
  }

  const VbladeOptions& options_;
  io::EventLoop& loop_;
  Server server_;
  net::PacketPort* port_ = nullptr;
  target::PortId port_id_;
  io::SourceId links_source_;
  bool stopping_ = false;
  bool gave_up_ = false;
};

}  // namespace

Status run_vblade(const VbladeOptions& options) {
  // Signals first: threads of the disk must inherit the block.
  auto signals = io::SignalSource::create(std::array{SIGTERM, SIGINT});
  if (!signals) return tl::unexpected(signals.error());
  if (Status status = refuse_what_is_in_use(options); !status) return status;
  auto loop = io::EventLoop::create();
  if (!loop) return tl::unexpected(loop.error());
  auto links = net::LinkMonitor::create();
  if (!links) return tl::unexpected(links.error());
  auto port = net::PacketPort::open(
      {.interface = options.interface,
       .role = net::PortRole::target,
       .addresses = {{options.address}},
       .receive_frames = std::max(kReceiveFramesMin, receive_frames(options)),
       .receive_by = options.receive_by});
  if (!port) return tl::unexpected(port.error());
  warn_of_small_buffer(**port, options);

  target::TargetLimits limits;
  limits.buffers = std::clamp(target::kBuffersForReplies + receive_frames(options), limits.buffers, kBuffersMax);
  limits.announce_jitter = kAnnounceJitter;
  limits.seed = random_seed((*port)->info().mac);
  Vblade vblade(options, *loop, limits);
  // Opened last and so closed first: until its last operation is done the disk works on the server's memory.
  auto disk = open_disk(options, vblade.queue_depth());
  if (!disk) return tl::unexpected(disk.error());
  if (Status status = refuse_taken_address(options); !status) return status;

  if (Status status = vblade.start(**port, **disk, *signals, *links); !status) return status;
  return vblade.serve();
}

}  // namespace aoekit::daemon
