// Checks, opens, announces, serves, and ends in order.
#include "daemon/vblade.h"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "backend/file_device.h"
#include "backend/in_use.h"
#include "base/log.h"
#include "base/version.h"
#include "daemon/address_probe.h"
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

bool enforced(const VbladeOptions& options) { return options.interlocks == Interlocks::enforced; }

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
                                    .length = options.length,
                                    .queue_depth = queue_depth});
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

target::ExportOptions describe(const VbladeOptions& options, const block::DeviceInfo& info) {
  target::ExportOptions exported;
  exported.address = options.address;
  exported.size = info.size;
  exported.buffer_count = options.buffer_count;
  exported.firmware_version = static_cast<std::uint16_t>(kVersionMajor << 8 | kVersionMinor);
  exported.mask = options.mask;
  exported.identity.serial = fmt::format("{}.{}:{}", options.address.shelf, options.address.slot, host_name());
  exported.identity.model = "aoekit vblade";
  exported.identity.firmware = kVersion;
  exported.identity.physical_sector_bytes = info.physical_sector_bytes;
  exported.identity.rotational = info.rotational;
  exported.identity.can_trim = info.can_trim;
  exported.identity.read_only = info.read_only;
  exported.identity.has_write_cache = info.volatile_cache;
  return exported;
}

// The process from the moment when everything is open: its loop and what the loop waits for.
class Vblade {
 public:
  Vblade(const VbladeOptions& options, io::EventLoop& loop, const target::TargetLimits& limits)
      : options_(options), loop_(loop), server_(loop, limits) {}

  std::size_t queue_depth() const { return server_.ops_in_flight_max(); }

  Status start(net::PacketPort& port, block::BlockDevice& disk, io::SignalSource& signals, net::LinkMonitor& links) {
    port_ = &port;
    auto added = loop_.add(signals.fd(), io::Interest::read, [this, &signals](io::Ready) { on_signal(signals); });
    if (!added) return tl::unexpected(added.error());
    added = loop_.add(links.fd(), io::Interest::read, [this, &links](io::Ready) { on_link_change(links); });
    if (!added) return tl::unexpected(added.error());
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
    static_cast<void>(links);
  }

  const VbladeOptions& options_;
  io::EventLoop& loop_;
  Server server_;
  net::PacketPort* port_ = nullptr;
  target::PortId port_id_;
  bool stopping_ = false;
  bool gave_up_ = false;
};

}  // namespace

}  // namespace aoekit::daemon
