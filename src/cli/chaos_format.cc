// Tables and objects of `aoe chaos`.
#include "cli/chaos_format.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "cli/text.h"

namespace aoekit::cli {
namespace {

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// The rows of the table and the keys of the objects are one list.
struct Row {
  const char* name;
  const char* key;
  std::uint64_t value;
};

std::vector<Row> rows_of(const ChaosDirectionCounters& counters) {
  const chaos::LinkCounters& link = counters.link;
  return {{"received", "received", link.received},
          {"delivered", "delivered", link.delivered},
          {"lost", "lost", link.lost},
          {"duplicated", "duplicated", link.duplicated},
          {"held back", "held_back", link.held_back},
          {"corrupted", "corrupted", link.corrupted},
          {"cut", "cut", link.cut},
          {"too long", "too_long", link.too_long},
          {"queue full", "queue_full", link.overflowed},
          {"on their way", "on_their_way", link.on_their_way},
          {"not received", "not_received", counters.not_received},
          {"not sent", "not_sent", counters.not_sent},
          {"bytes received", "bytes_received", link.received_bytes},
          {"bytes delivered", "bytes_delivered", link.delivered_bytes}};
}

std::array<std::string, 2> direction_names(const ChaosSettings& settings) {
  return {fmt::format("{} > {}", settings.interface_a, settings.interface_b),
          fmt::format("{} > {}", settings.interface_b, settings.interface_a)};
}

const char* direction_word(ChaosDirection direction) {
  switch (direction) {
    case ChaosDirection::both: return "both";
    case ChaosDirection::a_to_b: return "a-to-b";
    case ChaosDirection::b_to_a: return "b-to-a";
  }
  return "both";
}

}  // namespace

std::string format_chaos_settings(const ChaosSettings& settings) {
  const auto names = direction_names(settings);
  const std::string faults = faults_text(settings.faults);
  std::string text =
      fmt::format("CHAOS {} <-> {}, seed {}\n", settings.interface_a, settings.interface_b, settings.seed);
  switch (settings.direction) {
    case ChaosDirection::both: text += fmt::format("both directions: {}\n", faults); break;
    case ChaosDirection::a_to_b: text += fmt::format("{}: {}\n{}: nothing\n", names[0], faults, names[1]); break;
    case ChaosDirection::b_to_a: text += fmt::format("{}: nothing\n{}: {}\n", names[0], names[1], faults); break;
  }
  return text;
}

nlohmann::ordered_json chaos_settings_json(const ChaosSettings& settings) {
  const chaos::FaultOptions& faults = settings.faults;
  nlohmann::ordered_json json{
      {"event", "start"},
      {"interfaces", {settings.interface_a, settings.interface_b}},
      {"seed", settings.seed},
      {"direction", direction_word(settings.direction)},
      {"only_aoe", faults.afflicted == chaos::Afflicted::aoe_only},
      {"loss", faults.loss},
      {"duplicate", faults.duplicate},
      {"reorder", faults.reorder},
      {"reorder_hold_s", seconds_of(faults.reorder_hold)},
      {"corrupt", faults.corrupt},
      {"delay_s", {seconds_of(faults.delay.shortest), seconds_of(faults.delay.longest)}},
      {"bits_per_second", faults.bits_per_second},
      {"mtu_drop", faults.payload_bytes_max},
      {"queue", faults.waiting_frames_max}};
  if (faults.cut) {
    json["cut_s"] = {seconds_of(faults.cut->length.shortest), seconds_of(faults.cut->length.longest)};
    json["cut_period_s"] = seconds_of(faults.cut->period);
  }
  return json;
}

std::string format_chaos_statistics(const ChaosSettings& settings, const ChaosStatistics& statistics) {
  const auto names = direction_names(settings);
  std::vector<std::vector<std::string>> cells = {{"frames", names[0], names[1]}};
  const std::vector<Row> there = rows_of(statistics.directions[0]);
  const std::vector<Row> back = rows_of(statistics.directions[1]);
  for (std::size_t i = 0; i < there.size(); ++i) {
    cells.push_back({there[i].name, std::to_string(there[i].value), std::to_string(back[i].value)});
  }
  return fmt::format("\n--- aoe chaos statistics after {:.3f} s ---\n{}", seconds_of(statistics.elapsed), table(cells));
}

nlohmann::ordered_json chaos_statistics_json(const ChaosSettings& settings, const ChaosStatistics& statistics) {
  nlohmann::ordered_json json{{"event", "statistics"}, {"elapsed_s", seconds_of(statistics.elapsed)}};
  const std::array<std::pair<std::string, std::string>, 2> ends = {
      {{settings.interface_a, settings.interface_b}, {settings.interface_b, settings.interface_a}}};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    nlohmann::ordered_json direction{{"from", ends[i].first}, {"to", ends[i].second}};
    for (const Row& row : rows_of(statistics.directions[i])) direction[row.key] = row.value;
    json[i == 0 ? "a_to_b" : "b_to_a"] = std::move(direction);
  }
  return json;
}

}  // namespace aoekit::cli
