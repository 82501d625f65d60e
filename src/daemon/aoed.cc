// The order matters: what needs root is opened first, threads start when it has been given up.
#include "daemon/aoed.h"

#include <fmt/core.h>
#include <poll.h>
#include <signal.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>

#include "config/load.h"
#include "daemon/daemon.h"
#include "daemon/heap.h"
#include "daemon/notify.h"
#include "daemon/privileges.h"
#include "daemon/roots_choice.h"
#include "daemon/seccomp.h"

namespace aoekit::daemon {
namespace {

// Beside one for each disk: sockets, rings, timers, clients of the control socket.
constexpr std::size_t kOtherFiles = 1024;
constexpr std::size_t kOpenThreads = 8;
// After so long without a disk that could be opened people want to know what is waited for.
constexpr Duration kPatience = std::chrono::seconds(10);

// Each export has a descriptor, and one for direct writes where that one is of the lower half (opened_file.cc).
FilesWanted files_for(std::size_t exports) {
  return {.needed = exports + exports / 3 + kOtherFiles, .useful = 4 * exports + kOtherFiles};
}

// Opens them all, or finds out why not; waits for as long as the hardware takes.
Result<std::map<wire::AoeAddress, OpenedDisk>> open_disks(const std::vector<config::ExportConfig>& exports) {
  std::map<wire::AoeAddress, OpenedDisk> opened;
  auto opener = DiskOpener::create(file_opener(), kOpenThreads);
  if (!opener) return tl::unexpected(opener.error());
  for (const config::ExportConfig& config : exports) (*opener)->open(config, 0);
  while (opened.size() < exports.size()) {
    pollfd wait{(*opener)->fd(), POLLIN, 0};
    constexpr auto kPatienceMs = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience).count();
    if (::poll(&wait, 1, static_cast<int>(kPatienceMs)) == 0) {
      log(LogLevel::warning, "{} disks are still being opened", exports.size() - opened.size());
      notify_still_starting(2 * kPatience);
    }
    for (DiskOpener::Outcome& outcome : (*opener)->collect()) opened.emplace(outcome.address, std::move(outcome.disk));
  }
  return opened;
}

// Of the configuration's disks those that root opens. Where others decide what that would be, it waits until aoed has
// become its user, and has the user's rights only: what was taken over once must not rule root at the next start.
std::vector<config::ExportConfig> for_root(const config::Config& config) {
  if (!is_root() || config.daemon.user.empty()) return config.exports;
  std::vector<config::ExportConfig> trusted;
  for (const config::ExportConfig& exported : config.exports) {
    if (const auto reason = others_decide(config, exported)) {
      log(LogLevel::info, "{}: opened as {}, since {}", exported.address.to_string(), config.daemon.user, *reason);
    } else {
      trusted.push_back(exported);
    }
  }
  return trusted;
}

Status provide_directory_of(const std::string& file, const std::string& user) {
  if (file.empty()) return {};
  return provide_directory(std::filesystem::path(file).parent_path(), user);
}

}  // namespace

bool check_aoed_config(const AoedOptions& options) {
  const auto loaded = config::load_config(options.config_file);
  fmt::print("{}", config::to_text(loaded.problems));
  fmt::print("{}: {}\n", options.config_file, config::summary(loaded.problems));
  return loaded.value.has_value();
}

Status run_aoed(const AoedOptions& options) {
  map_big_blocks();
  // First, so that every thread inherits that they are blocked.
  auto signals = io::SignalSource::create(std::array{SIGTERM, SIGINT, SIGHUP});
  if (!signals) return tl::unexpected(signals.error());
  auto loaded = config::load_config(options.config_file);
  for (const config::Problem& problem : loaded.problems) {
    log(problem.severity == config::Severity::error ? LogLevel::error : LogLevel::warning, "{}", problem.to_string());
  }
  if (!loaded.value) return fail("{}: {}", options.config_file, config::summary(loaded.problems));
  config::Config config = std::move(*loaded.value);

  if (Status status = raise_limits(files_for(config.exports.size())); !status) return status;
  auto opened = open_disks(for_root(config));
  if (!opened) return tl::unexpected(opened.error());
  if (Status status = provide_directory_of(config.daemon.state, config.daemon.user); !status) return status;
  if (Status status = provide_directory_of(config.daemon.control_socket, config.daemon.user); !status) return status;
  if (Status status = drop_privileges(config.daemon.user); !status) return status;
  if (options.filter == Filter::system_calls) {
    if (Status status = restrict_system_calls(); !status) return status;
  }
  // What the files' text took is not left for buffers that live on and would else be pages never touched.
  return_unused_memory();
  auto daemon = Daemon::start(std::move(config), options.log_level, *signals, std::move(*opened));
  if (!daemon) return tl::unexpected(daemon.error());
  return (*daemon)->serve();
}

}  // namespace aoekit::daemon
