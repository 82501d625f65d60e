// aoe list: every AoE disk on the network with its state and its paths, once or again and again.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/list_filter.h"
#include "cli/list_format.h"
#include "cli/local_use.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"

namespace aoekit::cli {
namespace {

constexpr std::uint32_t kDeadSeconds = 10;  // a list should say soon that a disk is gone

struct ListOptions {
  std::vector<std::string> words;
  std::vector<std::string> interfaces;
  double timeout_s = 1;
  bool watch = false;
  double interval_s = 2;
  bool json = false;
};

struct FreeClient {
  void operator()(aoe_client* client) const { aoe_client_free(client); }
};
using Client = std::unique_ptr<aoe_client, FreeClient>;

Error library_error(int result) { return {aoe_error(), -result}; }

int milliseconds(double seconds) { return static_cast<int>(std::ceil(seconds * 1000)); }

Result<Client> start_client(const ListOptions& options) {
  Client client(aoe_client_new());
  if (client == nullptr) return tl::unexpected(library_error(-ENOMEM));
  std::string names;
  for (const std::string& name : options.interfaces) names += (names.empty() ? "" : ",") + name;
  if (const int result = aoe_client_set_interfaces(client.get(), names.c_str()); result < 0) {
    return tl::unexpected(library_error(result));
  }
  if (const int result = aoe_client_set_dead_seconds(client.get(), kDeadSeconds); result < 0) {
    return tl::unexpected(library_error(result));
  }
  if (const int result = aoe_client_start(client.get()); result < 0) return tl::unexpected(library_error(result));
  return client;
}

// In a fixed order, so that lines stay where they are from one look to the next.
bool path_before(const aoe_path_status& a, const aoe_path_status& b) {
  const int order = std::strcmp(a.interface, b.interface);
  return order != 0 ? order < 0 : std::memcmp(a.mac, b.mac, sizeof a.mac) < 0;
}

Result<std::vector<ListedDisk>> wanted_disks(aoe_client* client, const DiskFilter& filter) {
  std::vector<aoe_disk_status> all(64);
  while (true) {
    const int count = aoe_client_list(client, all.data(), all.size());
    if (count < 0) return tl::unexpected(library_error(count));
    const bool complete = static_cast<std::size_t>(count) <= all.size();
    all.resize(static_cast<std::size_t>(count));
    if (complete) break;
  }
  const LocalUses uses = find_local_uses();
  std::vector<ListedDisk> wanted;
  for (aoe_disk_status& status : all) {
    std::sort(status.paths, status.paths + std::min<std::size_t>(status.path_count, AOE_PATHS_MAX), path_before);
    const auto found = uses.find(disk_name(status));
    ListedDisk disk{status, found == uses.end() ? std::vector<LocalUse>{} : found->second};
    if (filter.wants(disk)) wanted.push_back(std::move(disk));
  }
  return wanted;
}

void print(const ListOptions& options, const std::vector<ListedDisk>& disks) {
  if (options.json) {
    if (options.watch) {
      print_json_line(list_json(disks));
    } else {
      print_json(list_json(disks));
    }
    return;
  }
  // Home and clear what follows: on a terminal the table stays in its place.
  if (options.watch && ::isatty(STDOUT_FILENO) == 1) fmt::print("\033[H\033[J");
  if (disks.empty()) {
    note("no disk answered that is wanted");
  } else {
    fmt::print("{}{}", format_list(disks), options.watch ? "\n" : "");
  }
}

// True if Ctrl-C came.
bool wait(Interrupt& interrupt, double seconds) {
  pollfd source{.fd = interrupt.fd(), .events = POLLIN, .revents = 0};
  static_cast<void>(::poll(&source, 1, milliseconds(seconds)));
  return interrupt.arrived();
}

Result<int> list(const ListOptions& options) {
  const auto filter = DiskFilter::parse(options.words);
  if (!filter) return report_usage(filter.error().message);
  auto interrupt = Interrupt::install();  // before the client's thread exists, which inherits the blocked signals
  if (!interrupt) return tl::unexpected(interrupt.error());
  const auto client = start_client(options);
  if (!client) return tl::unexpected(client.error());
  int wait_ms = milliseconds(options.timeout_s);
  while (true) {
    if (const int result = aoe_client_discover(client->get(), AOE_ANY_SHELF, AOE_ANY_SLOT, wait_ms); result < 0) {
      return tl::unexpected(library_error(result));
    }
    const auto disks = wanted_disks(client->get(), *filter);
    if (!disks) return tl::unexpected(disks.error());
    print(options, *disks);
    if (!options.watch) return disks->empty() ? kExitFailed : kExitOk;
    if (std::fflush(stdout) != 0) return kExitFailed;  // the reader is gone
    if (wait(*interrupt, options.interval_s)) return kExitOk;
    wait_ms = 0;  // answers come while we wait for the next round
  }
}

}  // namespace

Action set_up_list(CLI::App& app) {
  auto options = std::make_shared<ListOptions>();
  app.add_option("DISK", options->words, "An address like e1.2 or 1.*, or a regular expression; default: all disks")
      ->type_name(" ");
  add_interface_option(app, options->interfaces);
  app.add_option("--timeout", options->timeout_s, "Seconds to wait for answers (default: 1)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 3600.0));
  app.add_flag("-w,--watch", options->watch, "Show it again and again, until Ctrl-C");
  app.add_option("--interval", options->interval_s, "Seconds between (default: 2)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 86400.0));
  add_json_option(app, options->json);
  return [options] {
    const auto status = list(*options);
    return status ? *status : report(status.error());
  };
}

}  // namespace aoekit::cli
