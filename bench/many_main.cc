// aoemany: what many exports in one process cost, and how many of them one broadcast finds over a real interface.
//
//   aoemany memory                         CSV: bytes and time per export of the target core, 1 to 1,000,000 exports
//   aoemany serve -i IF -n N               serves N empty disks until SIGTERM
//   aoemany discover -i IF -n N [-r BYTES] broadcasts until N are found; CSV: broadcast, ms, found, lost by the kernel
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <fstream>
#include <memory>
#include <set>

#include "backend/null_device.h"
#include "daemon/server.h"
#include "io/clock.h"
#include "io/event_loop.h"
#include "io/signals.h"
#include "net/packet_port.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::bench {
namespace {

constexpr Duration kAskAgain = std::chrono::milliseconds(500);
constexpr unsigned kRoundsMax = 10;

struct Options {
  std::string interface;
  std::uint32_t exports = 1000;
  std::size_t receive_buffer_bytes = 212992;  // Linux's default
};

wire::AoeAddress address_of(std::uint32_t index) {
  return {static_cast<std::uint16_t>(index / 255), static_cast<std::uint8_t>(index % 255)};
}

target::ExportOptions export_options(std::uint32_t index) {
  target::ExportOptions options;
  options.address = address_of(index);
  options.size = Sectors{1U << 20};
  options.identity.serial = options.address.to_string();
  options.identity.model = "aoekit vblade";
  options.identity.firmware = "0.1.0";
  return options;
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

ByteView query(MutableBytes memory, wire::MacAddress from, wire::AoeAddress address, std::uint32_t tag) {
  wire::Header header;
  header.destination = wire::kBroadcastMac;
  header.source = from;
  header.address = address;
  header.command = static_cast<std::uint8_t>(wire::Command::config);
  header.tag = tag;
  return wire::encode(memory, header, wire::ConfigBody{});
}

// Nanoseconds for which the core is busy when a query to `address` arrives: the median of many, each from another station
// and long after the one before.
double nanoseconds(target::TargetCore& core, wire::AoeAddress address) {
  constexpr std::size_t kTimes = 41;
  target::Outbox outbox(core.outbox_capacity());
  std::array<std::uint8_t, wire::kMinFrameBytes> memory;
  std::vector<double> times;
  for (std::uint8_t i = 0; i < kTimes; ++i) {
    const ByteView frame = query(memory, {{2, 0, 0, 0, 0, i}}, address, 1);
    const Instant start = io::monotonic_now();
    core.on_frame(target::PortId{0}, frame, start + std::chrono::hours(i), outbox);
    times.push_back(static_cast<double>((io::monotonic_now() - start).count()));
    core.recycle(outbox);
  }
  std::ranges::nth_element(times, times.begin() + kTimes / 2);
  return times[kTimes / 2];
}

void memory() {
  fmt::print("exports,core_kib,bytes_per_export,ns_one_export_asked,ns_everybody_asked\n");
  for (const std::uint32_t exports : {1U, 100U, 10000U, 1000000U}) {
    const std::size_t before = resident_bytes();
    target::TargetCore core(target::TargetLimits{});
    core.add_port({{{2, 0, 0, 0, 0, 1}}, 9000});
    const std::size_t empty = resident_bytes();
    for (std::uint32_t i = 0; i < exports; ++i) core.add_export(export_options(i), Instant{});
    const std::size_t full = resident_bytes();
    const double one = nanoseconds(core, address_of(exports / 2));
    fmt::print("{},{},{},{:.0f},{:.0f}\n", exports, (empty - before) / 1024, (full - empty) / exports, one,
               nanoseconds(core, wire::kEverybody));
  }
}

Status serve(const Options& options) {
  auto signals = io::SignalSource::create(std::array{SIGTERM, SIGINT});
  if (!signals) return tl::unexpected(signals.error());
  auto loop = io::EventLoop::create();
  if (!loop) return tl::unexpected(loop.error());
  auto port = net::PacketPort::open({.interface = options.interface, .role = net::PortRole::target});
  if (!port) return tl::unexpected(port.error());
  daemon::Server server(*loop, target::TargetLimits{});
  std::vector<std::unique_ptr<backend::NullDevice>> disks;
  if (const auto id = server.add_port(**port); !id) return tl::unexpected(id.error());
  for (std::uint32_t i = 0; i < options.exports; ++i) {
    disks.push_back(std::make_unique<backend::NullDevice>(backend::NullDeviceOptions{.size = Sectors{1U << 20}}));
    if (const auto id = server.add_export(*disks.back(), export_options(i)); !id) return tl::unexpected(id.error());
  }
  const auto source = loop->add(signals->fd(), io::Interest::read, [&](io::Ready) { server.stop(); });
  if (!source) return tl::unexpected(source.error());
  fmt::print("ready\n");
  std::fflush(stdout);
  while (!server.finished()) {
    if (const auto count = loop->run_once({}); !count) return tl::unexpected(count.error());
  }
  return {};
}

Status discover(const Options& options) {
  auto port = net::PacketPort::open({.interface = options.interface,
                                     .role = net::PortRole::initiator,
                                     .receive_buffer_bytes = options.receive_buffer_bytes});
  if (!port) return tl::unexpected(port.error());
  std::set<wire::AoeAddress> found;
  std::array<std::uint8_t, wire::kMinFrameBytes> memory;
  const Instant start = io::monotonic_now();
  fmt::print("broadcast,milliseconds,found,lost\n");
  for (unsigned round = 1; round <= kRoundsMax && found.size() < options.exports; ++round) {
    const ByteView frame = query(memory, (*port)->info().mac, wire::kEverybody, 0x80000000U + round);
    (*port)->send({&frame, 1});
    Instant last = io::monotonic_now();
    const Instant end = last + kAskAgain;
    while (found.size() < options.exports && io::monotonic_now() < end) {
      pollfd wait{(*port)->fd(), POLLIN, 0};
      ::poll(&wait, 1, 10);
      for (const ByteView received : (*port)->receive()) {
        const auto header = wire::decode_header(received);
        if (header && header->is_response() && !header->destination.is_broadcast() &&
            found.insert(header->address).second) {
          last = io::monotonic_now();
        }
      }
    }
    fmt::print("{},{:.1f},{},{}\n", round, std::chrono::duration<double, std::milli>(last - start).count(),
               found.size(), (*port)->counters().receive_drops);
  }
  return {};
}

}  // namespace
}  // namespace aoekit::bench

int main(int argc, char** argv) {
  using namespace aoekit::bench;
  Options options;
  CLI::App app("Many exports in one process: their memory, and how many of them a broadcast finds");
  app.require_subcommand(1);
  CLI::App* const memory_command = app.add_subcommand("memory", "bytes and nanoseconds per export");
  CLI::App* const serve_command = app.add_subcommand("serve", "serve empty disks until SIGTERM");
  CLI::App* const discover_command = app.add_subcommand("discover", "broadcast until all are found");
  for (CLI::App* command : {serve_command, discover_command}) {
    command->add_option("-i,--interface", options.interface)->required();
    command->add_option("-n,--exports", options.exports)->check(CLI::Range(1U, 16000000U));
  }
  discover_command->add_option("-r,--receive-buffer", options.receive_buffer_bytes, "bytes");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (memory_command->parsed()) {
    memory();
    return 0;
  }
  if (const auto status = serve_command->parsed() ? serve(options) : discover(options); !status) {
    fmt::print(stderr, "aoemany: {}\n", status.error().message);
    return 1;
  }
  return 0;
}
