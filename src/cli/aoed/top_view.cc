// Columns, order, and keys.
#include "cli/aoed/top_view.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/bytes.h"
#include "cli/aoed/format.h"
#include "cli/text.h"
#include "wire/mac_address.h"

namespace aoekit::cli {
namespace {

struct Row {
  std::string text;
  bool bad = false;
  double keys[5] = {};  // by TopSort
};

// At most five characters: "0", "0.5", "999", "12.3k", "450M".
std::string short_number(double value) {
  static constexpr const char* kUnits[] = {"", "k", "M", "G", "T", "P", "E"};
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  if (value == 0) return "0";
  const bool is_whole = unit == 0 && value == std::floor(value);
  const bool fraction = !is_whole && (value < 9.95 || (unit > 0 && value < 99.95));
  return fmt::format("{:.{}f}{}", value, fraction ? 1 : 0, kUnits[unit]);
}

// At most five characters: "-", "64us", "2.0ms", "16.8s".
std::string short_latency(Duration latency) {
  const double us = std::chrono::duration<double, std::micro>(latency).count();
  if (us == 0) return "-";
  if (us < 999.5) return fmt::format("{:.0f}us", us);
  if (us < 999.5e3) return fmt::format("{:.{}f}ms", us / 1e3, us < 9.95e3 ? 1 : 0);
  return fmt::format("{:.{}f}s", us / 1e6, us < 99.95e6 ? 1 : 0);
}

std::string fitted(std::string text, std::size_t width) {
  if (text.size() > width) text.resize(width);
  return text;
}

std::string rate_columns(const IoRates& rates) {
  return fmt::format("{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}", short_number(rates.reads), short_number(rates.writes),
                     short_number(rates.read_bytes), short_number(rates.written_bytes), short_latency(rates.read_p50),
                     short_latency(rates.read_p99), short_latency(rates.write_p50), short_latency(rates.write_p99));
}
constexpr const char* kRateHeadings = "   R/s   W/s  RB/s  WB/s  R50%  R99%  W50%  W99%";

void set_keys(Row& row, double place, const IoRates& rates, std::size_t in_flight) {
  row.keys[static_cast<std::size_t>(TopSort::address)] = place;
  row.keys[static_cast<std::size_t>(TopSort::requests)] = rates.reads + rates.writes + rates.others;
  row.keys[static_cast<std::size_t>(TopSort::bytes)] = rates.read_bytes + rates.written_bytes;
  row.keys[static_cast<std::size_t>(TopSort::latency)] =
      std::chrono::duration<double>(std::max(rates.read_p99, rates.write_p99)).count();
  row.keys[static_cast<std::size_t>(TopSort::queue)] = static_cast<double>(in_flight);
}

std::vector<Row> export_rows(const TopData& data, std::string& heading) {
  heading = fmt::format("{:<10}{}{:>5}{:>5}  {}", "EXPORT", kRateHeadings, "QUEUE", "CLTS", "NAME");
  std::vector<Row> rows;
  for (const ExportRow& each : data.exports) {
    const bool bad = each.state != control::ExportInfo::State::serving;
    Row row{fmt::format("{:<10}{}{:>5}{:>5}  {}", each.address.to_string(), rate_columns(each.rates),
                        short_number(static_cast<double>(each.in_flight)),
                        short_number(static_cast<double>(each.clients)), printable(bytes_of(each.name))),
            bad};
    set_keys(row, static_cast<double>(rows.size()), each.rates, each.in_flight);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> client_rows(const TopData& data, std::string& heading) {
  heading = fmt::format("{:<17} {:<10}{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}{:>9}  {}", "CLIENT", "EXPORT", "R/s", "W/s",
                        "RB/s", "WB/s", "99%", "AGAIN", "QUEUE", "SEEN", "MAC");
  std::vector<Row> rows;
  for (const ClientRow& each : data.clients) {
    const std::string name = each.name.empty() ? each.mac.to_string() : printable(bytes_of(each.name));
    Row row{fmt::format("{:<17} {:<10}{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}{:>9}  {}", fitted(name, 17),
                        each.address.to_string(), short_number(each.rates.reads), short_number(each.rates.writes),
                        short_number(each.rates.read_bytes), short_number(each.rates.written_bytes),
                        short_latency(std::max(each.rates.read_p99, each.rates.write_p99)),
                        short_number(each.rates.again), short_number(static_cast<double>(each.in_flight)),
                        time_text(each.last_seen), each.name.empty() ? "" : each.mac.to_string())};
    set_keys(row, static_cast<double>(rows.size()), each.rates, each.in_flight);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> interface_rows(const TopData& data, std::string& heading) {
  heading = fmt::format("{:<15} {:<8}{:>6}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}", "INTERFACE", "STATE", "MTU", "EXPORTS",
                        "IN/s", "OUT/s", "IN B/s", "OUT B/s", "DROP/s");
  std::vector<Row> rows;
  for (const InterfaceRow& each : data.interfaces) {
    Row row{fmt::format("{:<15} {:<8}{:>6}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}", fitted(printable(bytes_of(each.name)), 15),
                        each.state, each.mtu_bytes, each.exports, short_number(each.frames_received),
                        short_number(each.frames_sent), short_number(each.bytes_received),
                        short_number(each.bytes_sent), short_number(each.drops)),
            std::string_view(each.state) != "up" || each.drops > 0};
    const IoRates rates{.reads = each.frames_received,
                        .writes = each.frames_sent,
                        .read_bytes = each.bytes_received,
                        .written_bytes = each.bytes_sent};
    set_keys(row, static_cast<double>(rows.size()), rates, 0);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> rows_of(const TopData& data, const TopState& state, std::string& heading) {
  std::vector<Row> rows;
  switch (state.tab) {
    case TopTab::exports: rows = export_rows(data, heading); break;
    case TopTab::clients: rows = client_rows(data, heading); break;
    case TopTab::interfaces: rows = interface_rows(data, heading); break;
  }
  if (!state.filter.empty()) {
    std::erase_if(rows, [&](const Row& row) { return row.text.find(state.filter) == std::string::npos; });
  }
  // Addresses ascend, everything else descends: the largest is what one looks for.
  const auto key = static_cast<std::size_t>(state.sort);
  const bool ascends = (state.sort == TopSort::address) != state.reversed;
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    return ascends ? a.keys[key] < b.keys[key] : b.keys[key] < a.keys[key];
  });
  return rows;
}

const char* sort_name(TopSort sort) {
  switch (sort) {
    case TopSort::address: return "address";
    case TopSort::requests: return "requests";
    case TopSort::bytes: return "bytes";
    case TopSort::latency: return "latency";
    case TopSort::queue: return "queue";
  }
  return "";
}

void add_head(const TopData& data, const TopState& state, std::vector<TopLine>& lines) {
  const IoRates& total = data.total;
  std::string title = fmt::format("aoed {}  up {}  exports {}  clients {}  every {}", printable(bytes_of(data.daemon.version)),
                                  time_text(data.daemon.uptime), data.exports.size(), data.clients.size(),
                                  time_text(data.elapsed));
  if (state.paused) title += "  PAUSED";
  lines.push_back({title, TopLine::Style::title});
  lines.push_back({fmt::format("reads  {:>5}/s {:>5}B/s  half < {:<5} 99% < {:<5}  errors {}/s  dropped {}/s",
                               short_number(total.reads), short_number(total.read_bytes), short_latency(total.read_p50),
                               short_latency(total.read_p99), short_number(total.errors), short_number(total.dropped))});
  lines.push_back({fmt::format("writes {:>5}/s {:>5}B/s  half < {:<5} 99% < {:<5}  again  {}/s  delayed {}/s",
                               short_number(total.writes), short_number(total.written_bytes),
                               short_latency(total.write_p50), short_latency(total.write_p99),
                               short_number(total.again), short_number(total.delayed))});
  if (!state.trouble.empty()) {
    lines.push_back({printable(bytes_of(state.trouble)), TopLine::Style::bad});
  } else if (state.typing || !state.filter.empty()) {
    lines.push_back({"only with: " + state.filter + (state.typing ? "_" : "")});
  } else {
    lines.push_back({""});
  }
}

}  // namespace

std::vector<TopLine> top_lines(const TopData& data, TopState& state, std::size_t width, std::size_t height) {
  std::vector<TopLine> lines;
  add_head(data, state, lines);
  std::string heading;
  const std::vector<Row> rows = rows_of(data, state, heading);
  lines.push_back({heading, TopLine::Style::heading});
  const bool with_help = height != kAllRows;
  const std::size_t around = lines.size() + (with_help ? 1 : 0);
  const std::size_t room = height == kAllRows ? rows.size() : height - std::min(height, around);
  state.scroll = std::min(state.scroll, rows.size() - std::min(rows.size(), room));
  for (std::size_t i = state.scroll; i < rows.size() && i - state.scroll < room; ++i) {
    lines.push_back({rows[i].text, rows[i].bad ? TopLine::Style::bad : TopLine::Style::plain});
  }
  if (with_help) {
    if (lines.size() >= height) lines.resize(height > 0 ? height - 1 : 0);
    while (lines.size() + 1 < height) lines.push_back({""});
    lines.push_back({state.typing ? "Enter: keep the filter   Esc: drop it"
                                  : fmt::format("e c i: view | s sort: {} | r reverse | / filter | p pause | q quit",
                                                sort_name(state.sort)),
                     TopLine::Style::help});
  }
  if (lines.size() > height) lines.resize(height);
  for (TopLine& line : lines) line.text = fitted(std::move(line.text), width);
  return lines;
}

TopReaction top_key(TopState& state, int key) {
  constexpr std::size_t kPage = 10;
  if (state.typing) {
    if (key == kTopEnter || key == kTopEscape) state.typing = false;
    if (key == kTopEscape) state.filter.clear();
    if (key == kTopErase && !state.filter.empty()) state.filter.pop_back();
    if (key >= 0x20 && key < 0x7f && state.filter.size() < 40) state.filter += static_cast<char>(key);
    return TopReaction::redraw;
  }
  switch (key) {
    case 'q': return TopReaction::quit;
    case 'e': state.tab = TopTab::exports; break;
    case 'c': state.tab = TopTab::clients; break;
    case 'i': state.tab = TopTab::interfaces; break;
    case 's': state.sort = static_cast<TopSort>((static_cast<int>(state.sort) + 1) % 5); break;
    case 'r': state.reversed = !state.reversed; break;
    case 'p': case ' ': state.paused = !state.paused; break;
    case '/': state.typing = true; break;
    case kTopEscape: state.filter.clear(); break;
    case kTopUp: state.scroll -= std::min<std::size_t>(state.scroll, 1); break;
    case kTopDown: ++state.scroll; break;
    case kTopPageUp: state.scroll -= std::min(state.scroll, kPage); break;
    case kTopPageDown: state.scroll += kPage; break;
    case kTopHome: state.scroll = 0; break;
    default: break;
  }
  return TopReaction::redraw;
}

}  // namespace aoekit::cli
