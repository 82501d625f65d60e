// hammer: verified random I/O on an AoE disk through libaoekit; exits 1 when data are wrong, requests fail or hang.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <string>

#include "tests/torture/hammer.h"

namespace aoekit::torture {
namespace {

struct Options {
  std::string address;
  std::string interfaces;
  std::uint32_t dead_seconds = AOE_FOREVER;
  HammerOptions hammer;
};

int complain(const char* what) {
  fmt::print(stderr, "hammer: {}: {}\n", what, aoe_error());
  return 1;
}

void on_event(void*, const aoe_event* event) { fmt::print(stderr, "hammer: {}\n", event->text); }

int hammer(aoe_client* client, const Options& options) {
  std::uint16_t shelf = 0;
  std::uint8_t slot = 0;
  if (aoe_parse_address(options.address.c_str(), &shelf, &slot, nullptr, 0) != 0) return complain("address");
  if (aoe_client_set_interfaces(client, options.interfaces.c_str()) != 0 ||
      aoe_client_set_dead_seconds(client, options.dead_seconds) != 0 ||
      aoe_client_set_requests(client, static_cast<std::uint32_t>(options.hammer.depth)) != 0 ||
      aoe_client_on_event(client, on_event, nullptr) != 0 || aoe_client_start(client) != 0) {
    return complain("cannot start");
  }
  aoe_disk* disk = nullptr;
  if (aoe_disk_open(client, shelf, slot, 0, 10000, &disk) != 0) return complain("cannot open the disk");
  if (aoe_disk_size(disk) < options.hammer.window.end() * kSectorBytes) {
    fmt::print(stderr, "hammer: the disk is smaller than the window\n");
    aoe_disk_close(disk);
    return 1;
  }
  const HammerResult result = Hammer(disk, options.hammer).run();
  aoe_disk_close(disk);
  const auto ms = [](std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); };
  fmt::print(R"({{"result": "{}", "done": {}, "failed": {}, "mib": {:.1f}, "longest_request_ms": {:.1f}, )"
             R"("longest_stall_ms": {:.1f}}})"
             "\n",
             result.complaints.empty() ? "ok" : "wrong", result.done, result.failed,
             static_cast<double>(result.bytes) / 1048576, ms(result.longest_request), ms(result.longest_stall));
  return result.complaints.empty() ? 0 : 1;
}

}  // namespace
}  // namespace aoekit::torture

int main(int argc, char** argv) {
  using namespace aoekit::torture;
  Options options;
  CLI::App app("Hammers one AoE disk with verified, overlapping requests; overwrites the window's sectors");
  app.add_option("address", options.address, "eSHELF.SLOT")->required();
  app.add_option("-i,--interface", options.interfaces, "comma-separated")->required();
  app.add_option("--seed", options.hammer.seed);
  app.add_option("--seconds", options.hammer.seconds);
  app.add_option("--depth", options.hammer.depth, "requests unfinished at a time")->check(CLI::Range(1, 4096));
  app.add_option("--threads", options.hammer.threads, "that submit")->check(CLI::Range(1, 64));
  app.add_option("--first", options.hammer.window.first.value, "first sector of the window");
  app.add_option("--sectors", options.hammer.window.count.count, "of the window")->check(CLI::Range(1U, 1U << 24));
  app.add_option("--hot-sectors", options.hammer.hot_sectors, "half of the requests meet in them; 0: anywhere");
  app.add_option("--request-sectors", options.hammer.request_sectors)->check(CLI::Range(1, 65536));
  app.add_option("--writes", options.hammer.write_percent, "percent")->check(CLI::Range(0, 100));
  app.add_option("--zeros", options.hammer.zero_percent, "percent")->check(CLI::Range(0, 100));
  app.add_option("--flushes", options.hammer.flush_percent, "percent")->check(CLI::Range(0, 100));
  app.add_option("--dead-seconds", options.dead_seconds, "(default: wait for ever)");
  app.add_flag("--failures-allowed", options.hammer.failures_allowed, "requests may fail while the target is dead");
  app.add_option("--hang-seconds", options.hammer.hang_seconds, "nothing done for so long is a hang");
  CLI11_PARSE(app, argc, argv);
  aoe_client* client = aoe_client_new();
  if (client == nullptr) return complain("no client");
  const int status = hammer(client, options);
  aoe_client_free(client);
  return status;
}
