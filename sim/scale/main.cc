// aoe-scale: figures of discovery on fabrics of one to a million exports, as CSV; docs/scale.md is made from them.
#include <fmt/core.h>

#include <array>
#include <string_view>
#include <utility>

#include "sim/scale/fabric.h"

namespace aoekit::scale {
namespace {

constexpr Duration kAskAgain = std::chrono::milliseconds(500);
constexpr Duration kNextShelf = std::chrono::milliseconds(30);
constexpr unsigned kRoundsMax = 10;
constexpr std::array kWays{std::pair{Policy::first_buffers, Asking::everybody},
                           std::pair{Policy::all_at_once, Asking::everybody},
                           std::pair{Policy::spread, Asking::everybody}, std::pair{Policy::spread, Asking::by_shelf}};

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

void discovery() {
  struct Layout {
    std::uint32_t hosts, exports;
  };
  constexpr std::array kLayouts{Layout{1, 1},      Layout{1, 100},    Layout{100, 1},      Layout{1, 1000},
                                Layout{1000, 1},   Layout{1, 10000},  Layout{10, 1000},    Layout{100, 100},
                                Layout{10000, 1},  Layout{100, 1000}, Layout{1000, 100},   Layout{100, 10000},
                                Layout{1000, 1000}};
  fmt::print("hosts,exports_per_host,exports,policy,asking,found_first,found,rounds,queries,milliseconds,answers,"
             "lost_in_switch,lost_in_buffer\n");
  for (const Layout& layout : kLayouts) {
    for (const auto& [policy, asking] : kWays) {
      Fabric fabric({.hosts = layout.hosts, .exports_per_host = layout.exports, .policy = policy});
      const DiscoveryResult result = fabric.discover(asking, kAskAgain, kNextShelf, kRoundsMax);
      fmt::print("{},{},{},{},{},{},{},{},{},{:.2f},{},{},{}\n", layout.hosts, layout.exports, result.exports,
                 to_string(policy), to_string(asking), result.found_first, result.found, result.rounds, result.queries,
                 milliseconds(result.time), result.answers, result.lost_in_switch, result.lost_in_buffer);
    }
  }
}

void buffers() {
  fmt::print("hosts,exports_per_host,policy,buffer_frames,found_first,rounds,milliseconds\n");
  for (const auto& [hosts, exports] : {std::pair{1000U, 1U}, std::pair{1U, 1000U}, std::pair{10U, 1000U}}) {
    for (const Policy policy : {Policy::all_at_once, Policy::spread}) {
      for (const std::uint32_t frames : {92U, 277U, 1024U, 4096U, 16384U}) {
        Fabric fabric({.hosts = hosts, .exports_per_host = exports, .policy = policy,
                       .receive_buffer_frames = frames});
        const DiscoveryResult result = fabric.discover(Asking::everybody, kAskAgain, kNextShelf, kRoundsMax);
        fmt::print("{},{},{},{},{},{},{:.2f}\n", hosts, exports, to_string(policy), frames, result.found_first,
                   result.rounds, milliseconds(result.time));
      }
    }
  }
}

void storm() {
  fmt::print("hosts,exports_per_host,policy,jitter_ms,broadcasts,peak_per_10_ms,milliseconds\n");
  struct Case {
    Policy policy;
    Duration jitter;
  };
  constexpr std::array kCases{Case{Policy::all_at_once, {}}, Case{Policy::spread, {}},
                              Case{Policy::spread, std::chrono::milliseconds(500)}};
  for (const auto& [hosts, exports] : {std::pair{1U, 100U}, std::pair{100U, 100U}, std::pair{10000U, 1U},
                                       std::pair{10U, 1000U}, std::pair{1000U, 1000U}}) {
    for (const Case& one : kCases) {
      Fabric fabric({.hosts = hosts, .exports_per_host = exports, .policy = one.policy,
                     .announce_jitter = one.jitter});
      const StormResult result = fabric.start_all(std::chrono::milliseconds(10));
      fmt::print("{},{},{},{:.0f},{},{},{:.0f}\n", hosts, exports, to_string(one.policy), milliseconds(one.jitter),
                 result.broadcasts, result.peak_per_10_ms, milliseconds(result.time));
    }
  }
}

void steady_load() {
  constexpr Duration kLinuxAsks = std::chrono::seconds(60);
  fmt::print("exports_per_host,initiators,queries_per_second,answers_owed_per_second,answers_per_second,"
             "announcements_per_second,answered_by_announcing_percent\n");
  for (const std::uint32_t exports : {1U, 100U, 1000U, 10000U}) {
    for (const std::uint32_t initiators : {1U, 100U, 1000U, 10000U}) {
      const SteadyResult result = steady(exports, initiators, kLinuxAsks, kLinuxAsks * 2);
      const double seconds = 120;
      const auto a_second = [&](std::uint64_t count) { return static_cast<double>(count) / seconds; };
      fmt::print("{},{},{:.2f},{:.0f},{:.0f},{:.1f},{:.1f}\n", exports, initiators, a_second(result.queries),
                 a_second(result.queries * exports), a_second(result.answers), a_second(result.announcements),
                 100.0 * static_cast<double>(result.told_later) / static_cast<double>(result.queries));
    }
  }
}

}  // namespace
}  // namespace aoekit::scale

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what == "discovery") {
    aoekit::scale::discovery();
  } else if (what == "buffers") {
    aoekit::scale::buffers();
  } else if (what == "storm") {
    aoekit::scale::storm();
  } else if (what == "steady") {
    aoekit::scale::steady_load();
  } else {
    fmt::print(stderr, "usage: aoe-scale discovery|buffers|storm|steady\n");
    return 2;
  }
  return 0;
}
