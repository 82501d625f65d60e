// Tables for people.
#include "cli/aoed/format.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/text.h"
#include "control/schema.h"

namespace aoekit::cli {
namespace {

using control::ClientInfo;
using control::ExportInfo;
using control::InterfaceInfo;
using Rows = std::vector<std::vector<std::string>>;

std::string joined(const std::vector<std::string>& words, const char* when_empty) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text.empty() ? when_empty : text;
}

std::string stations(const std::vector<wire::MacAddress>& macs, const char* when_empty) {
  std::string text;
  for (const wire::MacAddress& mac : macs) text += (text.empty() ? "" : " ") + mac.to_string();
  return text.empty() ? when_empty : text;
}

const char* word(ExportInfo::State state) {
  return control::Words<ExportInfo::State>::kAll.at(static_cast<std::size_t>(state));
}

std::string used_text(const std::optional<Duration>& last_used) {
  return last_used ? time_text(*last_used) + " ago" : "never";
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    widest = std::max(widest, end - begin);
    begin = end + 1;
  }
  return widest;
}

// What the settings say, in the words of aoed.toml(5), without what is at its default.
void add_settings(const config::ExportConfig& config, Rows& rows) {
  const control::Json given = control::encode(config);
  const control::Json usual = control::encode(config::ExportConfig{});
  for (const auto& [key, value] : given.items()) {
    if (value == usual[key] || key == "path" || key == "description" || key == "interfaces") continue;
    std::string text = value.is_string() ? value.get<std::string>() : control::to_line(value);
    if ((key == "offset" || key == "length") && value.is_number()) text = human_size(value.get<std::uint64_t>());
    rows.push_back({key, printable(bytes_of(text))});
  }
}

void add_statistics(const target::IoStatistics& statistics, Rows& rows) {
  const auto line = [](std::uint64_t count, std::uint64_t bytes, const target::LatencyHistogram& latency) {
    std::string text = fmt::format("{} ({})", count, human_size(bytes));
    if (latency.total() == 0) return text;
    return text + fmt::format(", half under {}, 99 % under {}", latency_text(latency.quantile(0.5)),
                              latency_text(latency.quantile(0.99)));
  };
  rows.push_back({"reads", line(statistics.reads, statistics.read_bytes, statistics.read_latency)});
  rows.push_back({"writes", line(statistics.writes, statistics.written_bytes, statistics.write_latency)});
  rows.push_back({"other", fmt::format("{} flushes, {} trims, {} more", statistics.flushes, statistics.trims,
                                       statistics.others)});
  rows.push_back({"trouble", fmt::format("{} errors, {} sent again, {} refused, {} delayed, {} dropped",
                                         statistics.errors, statistics.retransmissions, statistics.refused,
                                         statistics.delayed, statistics.dropped)});
}

}  // namespace

std::string time_text(Duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} d", seconds / 86400);
}

std::string latency_text(Duration latency) {
  const double us = std::chrono::duration<double, std::micro>(latency).count();
  if (us == 0) return "-";
  if (us < 1000) return fmt::format("{:.0f} us", us);
  if (us < 1e6) return fmt::format("{:.{}f} ms", us / 1e3, us < 9950 ? 1 : 0);
  return fmt::format("{:.1f} s", us / 1e6);
}

std::string shortened(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text;
  if (width <= 3) return text.substr(text.size() - width);
  return "..." + text.substr(text.size() - (width - 3));
}

std::string format_exports(const std::vector<ExportInfo>& exports, std::size_t width) {
  Rows rows{{"ADDRESS", "SIZE", "MODE", "STATE", "USED", "INTERFACES"}};
  for (const ExportInfo& each : exports) {
    rows.push_back({each.config.address.to_string(), each.size.count == 0 ? "?" : human_size(each.size.bytes()),
                    each.config.read_only ? "ro" : "rw", word(each.state), used_text(each.last_used),
                    joined(each.interfaces, "-")});
  }
  const std::size_t used = widest_line(table(rows)) + 2;
  const std::size_t room = width == kAnyWidth ? kAnyWidth : std::max<std::size_t>(width - std::min(width, used), 8);
  rows[0].push_back("PATH");
  for (std::size_t i = 0; i < exports.size(); ++i) {
    rows[i + 1].push_back(shortened(printable(bytes_of(exports[i].config.path)), room));
  }
  return table(rows);
}

std::string format_interfaces(const std::vector<InterfaceInfo>& interfaces) {
  Rows rows{{"NAME", "MAC", "STATE", "MTU", "EXPORTS", "RECEIVED", "SENT", "DROPS"}};
  for (const InterfaceInfo& each : interfaces) {
    rows.push_back({each.name, each.present ? each.mac.to_string() : "-",
                    !each.present ? "missing" : each.up ? "up" : "down", std::to_string(each.mtu_bytes),
                    std::to_string(each.exports), human_size(each.bytes_received), human_size(each.bytes_sent),
                    std::to_string(each.receive_drops + each.send_drops)});
  }
  return table(rows);
}

std::string format_clients(const std::vector<ClientInfo>& clients) {
  Rows rows{{"ADDRESS", "CLIENT", "READS", "READ", "WRITES", "WRITTEN", "99 %", "AGAIN", "SEEN"}};
  for (const ClientInfo& each : clients) {
    const target::IoStatistics& io = each.statistics;
    const Duration slow = std::max(io.read_latency.quantile(0.99), io.write_latency.quantile(0.99));
    rows.push_back({each.address.to_string(), each.name.empty() ? each.mac.to_string() : each.name,
                    std::to_string(io.reads), human_size(io.read_bytes), std::to_string(io.writes),
                    human_size(io.written_bytes), latency_text(slow), std::to_string(io.retransmissions),
                    time_text(each.last_seen)});
  }
  return table(rows);
}

std::string format_export(const ExportInfo& shown) {
  Rows rows{{"address", shown.config.address.to_string()},
            {"state", shown.reason.empty() ? word(shown.state)
                                           : fmt::format("{}: {}", word(shown.state), printable(bytes_of(shown.reason)))},
            {"path", printable(bytes_of(shown.config.path))}};
  if (!shown.config.description.empty()) rows.push_back({"description", printable(bytes_of(shown.config.description))});
  rows.push_back({"size", shown.size.count == 0 ? "?"
                                                : fmt::format("{} ({} sectors)", human_size(shown.size.bytes()),
                                                              shown.size.count)});
  rows.push_back({"interfaces", joined(shown.interfaces, "none is there")});
  add_settings(shown.config, rows);
  if (!shown.engine.empty()) rows.push_back({"engine", shown.engine});
  rows.push_back({"config string", shown.config_string.empty() ? "-" : printable(bytes_of(shown.config_string))});
  rows.push_back({"mask", stations(shown.mask, "empty: every station may use it")});
  rows.push_back({"reserved for", stations(shown.reserved_for, "nobody")});
  if (shown.holder) rows.push_back({"held by", shown.holder->to_string()});
  rows.push_back({"defined in", shown.config.place.file.empty() ? "no file" : shown.config.place.to_string()});
  rows.push_back({"saved", shown.saved ? "yes" : "no: it is gone, or other, when aoed starts again"});
  rows.push_back({"last used", used_text(shown.last_used)});
  rows.push_back({"in flight", std::to_string(shown.in_flight)});
  add_statistics(shown.statistics, rows);
  return table(rows);
}

std::string format_daemon(const control::DaemonInfo& daemon) {
  Rows rows{{"version", daemon.version},
            {"pid", std::to_string(daemon.pid)},
            {"up for", time_text(daemon.uptime)},
            {"configuration", daemon.config_file.empty() ? "none" : printable(bytes_of(daemon.config_file))},
            {"exports", std::to_string(daemon.exports)},
            {"threads", std::to_string(daemon.threads)},
            {"warnings", std::to_string(daemon.warnings)}};
  const control::Json counters = control::encode(daemon.counters);
  for (const auto& [name, count] : counters.items()) {
    if (count != 0 || name == "requests" || name == "replies") rows.push_back({name, control::to_line(count)});
  }
  return table(rows);
}

}  // namespace aoekit::cli
