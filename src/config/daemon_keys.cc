// Validation of the daemon's own keys.
#include "config/daemon_keys.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "config/choices.h"
#include "config/export_keys.h"

namespace aoekit::config {
namespace {

constexpr std::string_view kKeys[] = {"interfaces", "user", "control_socket", "control_group", "state",
                                      "metrics", "threads", "log_level", "busy_wait", "disk_busy_wait", "receive"};
constexpr std::size_t kSocketPathMax = 107;  // sockaddr_un

// As useradd(8) takes them.
bool is_account_name(std::string_view name) {
  if (name.empty() || name.size() > 32 || name[0] == '-') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  });
}

void read_account(TableReader& table, std::string_view key, std::string_view empty_means, std::string& into) {
  const auto value = table.text(key);
  if (!value) return;
  if (!value->empty() && !is_account_name(*value)) {
    table.error(key, fmt::format("is '{}', which no account can be called", *value),
                fmt::format("write a name of /etc/passwd or /etc/group, or \"\" for {}", empty_means));
    return;
  }
  into = *value;
}

// HOST:PORT, [IPV6]:PORT.
bool is_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc{} || end != port_text.data() + port_text.size() || port == 0) return false;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string_view inner = bracketed ? host.substr(1, host.size() - 2) : host;
  return std::all_of(inner.begin(), inner.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || (bracketed && c == ':');
  });
}

void read_metrics(TableReader& table, std::string& into) {
  const auto value = table.text("metrics");
  if (!value) return;
  if (!value->empty() && !is_endpoint(*value)) {
    table.error("metrics", fmt::format("is '{}', no address with a port", *value),
                "write one like \"127.0.0.1:9760\", or \"\" for no metrics");
    return;
  }
  const bool local = value->empty() || value->starts_with("127.") || value->starts_with("localhost:") ||
                     value->starts_with("[::1]:");
  if (!local) {
    table.warning("metrics", fmt::format("at {} can be read by everybody who reaches it", *value),
                  "write \"127.0.0.1:PORT\" unless a firewall stands before it");
  }
  into = *value;
}

}  // namespace

void read_daemon(TableReader& table, DaemonConfig& daemon) {
  static constexpr Choice<std::string_view> kLevels[] = {{"error", "error"}, {"warning", "warning"},
                                                         {"notice", "notice"}, {"info", "info"}, {"debug", "debug"}};
  if (auto value = read_interfaces(table)) daemon.interfaces = std::move(*value);
  read_account(table, "user", "staying the one who started aoed", daemon.user);
  read_account(table, "control_group", "nobody", daemon.control_group);
  if (auto value = read_path(table, "control_socket")) {
    if (value->size() > kSocketPathMax) {
      table.error("control_socket", fmt::format("has {} bytes", value->size()),
                  fmt::format("{} are the limit for a socket", kSocketPathMax));
    } else {
      daemon.control_socket = std::move(*value);
    }
  }
  if (auto value = read_path(table, "state")) daemon.state = std::move(*value);
  read_metrics(table, daemon.metrics);
  if (const auto value = table.number("threads", {0, kThreadsMax})) daemon.threads = static_cast<std::uint32_t>(*value);
  if (const auto value = table.choice<std::string_view>("log_level", kLevels)) daemon.log_level = *value;
  if (const auto value = table.duration("busy_wait", kBusyWaitMax)) daemon.busy_wait = *value;
  if (const auto value = table.duration("disk_busy_wait", kBusyWaitMax)) daemon.disk_busy_wait = *value;
  if (const auto value = table.choice<Receive>("receive", kReceives)) daemon.receive = *value;
}

void refuse_daemon_keys(TableReader& table, std::string_view main_file) {
  for (const std::string_view key : kKeys) {
    table.misplaced(key, key == "interfaces"
                             ? fmt::format("write it below an export's [table], or in {} for all", main_file)
                             : fmt::format("write it in {}", main_file));
  }
  table.misplaced("defaults", fmt::format("write [defaults] in {}", main_file));
}

void misplace_daemon_keys(TableReader& table) {
  for (const std::string_view key : kKeys) {
    if (key != "interfaces") table.misplaced(key, "write it at the top of the main file, before the first [table]");
  }
}

}  // namespace aoekit::config
