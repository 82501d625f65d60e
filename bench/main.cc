// aoebench: loads one AoE target and prints what it gave, with the CPU time that its process took.
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <fstream>
#include <sstream>

#include "bench/load.h"
#include "io/clock.h"
#include "net/packet_port.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::bench {
namespace {

struct Options {
  std::string interface, address, direction = "read", pattern = "random";
  std::uint64_t disk_sectors = 0;
  unsigned sectors = 8, request_sectors = 8, depth = 32;
  double seconds = 3;
  int pid = 0;
};

// CPU time of a process with all its threads, from /proc/PID/stat (fields 14 and 15); zero for an unknown one.
Duration cpu_time(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string word;
  for (int i = 3; i < 14; ++i) fields >> word;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return std::chrono::nanoseconds((user + system) * (1000000000L / ::sysconf(_SC_CLK_TCK)));
}

// The MAC address of the target that answers for `address`, within two seconds.
Result<wire::MacAddress> find_target(net::FramePort& port, wire::AoeAddress address) {
  std::array<std::uint8_t, wire::kMinFrameBytes> memory;
  wire::Header header;
  header.destination = wire::kBroadcastMac;
  header.source = port.info().mac;
  header.address = address;
  header.command = static_cast<std::uint8_t>(wire::Command::config);
  header.tag = 0x80000000U;
  const ByteView query = wire::encode(memory, header, wire::ConfigBody{});
  for (int attempt = 0; attempt < 10; ++attempt) {
    port.send({&query, 1});
    pollfd wait{port.fd(), POLLIN, 0};
    if (::poll(&wait, 1, 200) <= 0) continue;
    for (const ByteView frame : port.receive()) {
      const auto reply = wire::decode_header(frame);
      if (reply && reply->is_response() && reply->address == address) return reply->source;
    }
  }
  return fail("no target answers for {} on {}", address.to_string(), port.info().name);
}

Status run(const Options& options) {
  const auto address = wire::AoeAddress::parse(options.address);
  if (!address) return tl::unexpected(address.error());
  auto port = net::PacketPort::open({.interface = options.interface, .role = net::PortRole::initiator});
  if (!port) return tl::unexpected(port.error());
  const auto mac = find_target(**port, *address);
  if (!mac) return tl::unexpected(mac.error());
  Load load(**port, *mac,
            {.address = *address,
             .direction = options.direction == "read" ? Direction::read : Direction::write,
             .pattern = options.pattern == "random" ? Pattern::random : Pattern::sequential,
             .sectors = static_cast<std::uint8_t>(options.sectors),
             .frames_a_place = static_cast<std::uint8_t>(options.request_sectors / options.sectors),
             .queue_depth = options.depth,
             .disk_sectors = options.disk_sectors,
             .length = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options.seconds))});
  Duration cpu_before{};
  const auto result = load.run([&] { cpu_before = cpu_time(options.pid); });
  if (!result) return tl::unexpected(result.error());
  const Duration cpu = cpu_time(options.pid) - cpu_before;
  const double requests = static_cast<double>(result->frames) * options.sectors / options.request_sectors;
  const auto microseconds = [](Duration duration) { return std::chrono::duration<double, std::micro>(duration).count(); };
  fmt::print("{:.0f} {:.3f} {:.1f} {:.1f} {} {}\n", requests / std::chrono::duration<double>(result->measured).count(),
             microseconds(cpu) / requests, microseconds(result->latency_p50), microseconds(result->latency_p99),
             result->retransmitted, result->failed);
  return {};
}

}  // namespace
}  // namespace aoekit::bench

int main(int argc, char** argv) {
  using namespace aoekit::bench;
  Options options;
  CLI::App app("Loads one AoE target; prints requests/s, CPU us/request, p50 us, p99 us, retransmitted, failed");
  app.add_option("-i,--interface", options.interface)->required();
  app.add_option("--direction", options.direction)->check(CLI::IsMember({"read", "write"}));
  app.add_option("--pattern", options.pattern)->check(CLI::IsMember({"random", "sequential"}));
  app.add_option("--sectors", options.sectors, "per frame")->check(CLI::Range(1, 255));
  app.add_option("--request-sectors", options.request_sectors, "per request: a multiple of --sectors")
      ->check(CLI::Range(1, 255));
  app.add_option("--depth", options.depth, "frames outstanding")->check(CLI::Range(1, 1024));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.1, 3600.0));
  app.add_option("--disk-sectors", options.disk_sectors)->required()->check(CLI::Range(512UL, 1UL << 48));
  app.add_option("--pid", options.pid, "the target's process, for its CPU time");
  app.add_option("address", options.address, "eSHELF.SLOT")->required();
  CLI11_PARSE(app, argc, argv);
  if (const auto status = run(options); !status) {
    fmt::print(stderr, "aoebench: {}\n", status.error().message);
    return 1;
  }
  return 0;
}
