// aoe conform: runs the conformance suite against one target.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/conform/packet_link.h"
#include "cli/conform/print_results.h"
#include "cli/conform/runner.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"

namespace aoekit::cli {
namespace {

constexpr int kExitNoTarget = 2;  // 1 means that a case failed
// The window's content is kept in memory until it is restored.
constexpr std::uint64_t kWindowSectorsMax = 65536;

struct ConformOptions {
  wire::AoeAddress address;
  std::string interface;
  std::optional<SectorRange> window;
  std::string only = "*";
  // Locally administered addresses that no card has.
  std::vector<wire::MacAddress> other_stations = {{{0x02, 0xa0, 0xe0, 0x00, 0x00, 0x0a}},
                                                  {{0x02, 0xa0, 0xe0, 0x00, 0x00, 0x0b}},
                                                  {{0x02, 0xa0, 0xe0, 0x00, 0x00, 0x0c}}};
  double timeout_s = 1;
  bool json = false;
  bool list = false;
};

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

SectorRange parse_window(const std::string& text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto first = parse_number(std::string_view(text).substr(0, colon));
  const auto count = parse_number(std::string_view(text).substr(std::min(colon + 1, text.size())));
  if (!first || !count || *first >= std::uint64_t{1} << 48 || *count == 0 || *count > kWindowSectorsMax) {
    throw CLI::ValidationError(
        fmt::format("--window '{}' is not FIRST:COUNT in sectors of 512 bytes, like 2048:128 "
                    "(COUNT 1-{})",
                    text, kWindowSectorsMax));
  }
  return {{*first}, {*count}};
}

int no_target(const Error& error) {
  static_cast<void>(report(error));
  return kExitNoTarget;
}

int run_suite(const ConformOptions& options) {
  auto interrupt = Interrupt::install();
  if (!interrupt) return no_target(interrupt.error());
  const auto link = conform::PacketLink::open(options.interface);
  if (!link) return no_target(link.error());
  conform::ProbeOptions probe_options;
  probe_options.address = options.address;
  probe_options.window = options.window;
  probe_options.other_stations = options.other_stations;
  probe_options.patience = seconds(options.timeout_s);
  probe_options.interrupted = [&interrupt] { return interrupt->arrived(); };
  conform::Probe probe(**link, probe_options);
  conform::Runner runner(probe);
  if (const Status ready = runner.prepare(); !ready) return no_target(ready.error());
  if (!options.json) fmt::print("{}", conform::subject_line(probe, options.interface));
  const conform::CaseResult* previous = nullptr;
  const conform::RunResult run = runner.run(options.only, [&](const conform::CaseResult& result) {
    if (options.json) return;
    fmt::print("{}", conform::result_lines(result, previous));
    // A failed flush is found by the one at the end.
    static_cast<void>(std::fflush(stdout));
    previous = &result;
  });
  if (options.json) {
    print_json(conform::run_json(run, probe, options.interface));
  } else {
    fmt::print("{}", conform::summary_table(run));
  }
  return run.all_passed() ? kExitOk : kExitFailed;
}

int start(const ConformOptions& options) {
  const std::string cases = conform::case_list(options.only);
  if (cases.empty()) return report_usage(fmt::format("no case matches '{}' (see: aoe conform --list)", options.only));
  if (options.list) {
    fmt::print("{}", cases);
    return kExitOk;
  }
  if (!options.address.is_valid_target() || options.interface.empty()) {
    return report_usage("conform needs one target and its interface, like: aoe conform e1.2 -i eth0");
  }
  return run_suite(options);
}

void set_other_stations(ConformOptions& options, const std::vector<std::string>& texts) {
  if (texts.size() > options.other_stations.size()) throw CLI::ValidationError("--other-mac can be given three times");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto mac = wire::MacAddress::parse(texts[i]);
    if (!mac) throw CLI::ValidationError(mac.error().message);
    if (mac->is_multicast()) throw CLI::ValidationError(texts[i] + " is a multicast address, not a station's");
    options.other_stations[i] = *mac;
  }
}

}  // namespace

Action set_up_conform(CLI::App& app) {
  auto options = std::make_shared<ConformOptions>();
  options->address = wire::kEverybody;
  add_address_argument(app, options->address);
  app.get_option("ADDRESS")->required(false);
  app.add_option("-i,--interface", options->interface, "The interface to the target")->type_name("IF");
  app.add_option_function<std::string>(
         "--window", [options](const std::string& text) { options->window = parse_window(text); },
         "COUNT sectors from FIRST on that may be overwritten; they are restored at the end. Without it nothing is "
         "written and cases that would are skipped")
      ->type_name("FIRST:COUNT");
  app.add_option("--only", options->only, "Only cases whose name matches this shell pattern, like 'config.*'")
      ->type_name("PATTERN");
  app.add_flag("--list", options->list, "List the cases and exit");
  app.add_option_function<std::vector<std::string>>(
         "--other-mac", [options](const std::vector<std::string>& texts) { set_other_stations(*options, texts); },
         "A source address to play another station with (up to three; default: 02:a0:e0:00:00:0a, :0b, :0c)")
      ->type_name("MAC")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--timeout", options->timeout_s, "Seconds to wait for an answer, asking twice (default: 1)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 60.0));
  add_json_option(app, options->json);
  return [options] { return start(*options); };
}

}  // namespace aoekit::cli
