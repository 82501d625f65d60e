// Shared options and the way to a target.
#include "cli/session.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/text.h"

namespace aoekit::cli {
namespace {

constexpr double kTimeoutSecondsMax = 3600;

}  // namespace

Duration seconds(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

std::string check_count(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return digits && text.size() < 20 ? "" : fmt::format("'{}' is not a whole number from 0 on", text);
}

Patience NetworkOptions::patience() const { return {.timeout = seconds(timeout_s), .tries = tries}; }

void add_interface_option(CLI::App& app, std::vector<std::string>& interfaces) {
  app.add_option("-i,--interface", interfaces, "Use this interface; repeat or separate by commas for several "
                                               "(default: every Ethernet interface that is up)")
      ->type_name("IF")
      ->delimiter(',')
      ->allow_extra_args(false);
}

void add_network_options(CLI::App& app, NetworkOptions& options) {
  add_interface_option(app, options.interfaces);
  app.add_option("--timeout", options.timeout_s, "Seconds to wait for an answer before asking again (default: 0.5)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, kTimeoutSecondsMax));
  app.add_option("--tries", options.tries, "How often to ask (default: 4)")->type_name("N")->check(CLI::Range(1, 1000));
}

void add_address_argument(CLI::App& app, wire::AoeAddress& address) {
  app.add_option_function<std::string>(
         "ADDRESS",
         [&address](const std::string& text) {
           const auto parsed = parse_target_address(text);
           if (!parsed) throw CLI::ValidationError(parsed.error().message);
           address = *parsed;
         },
         "Shelf and slot of the target, like e1.2")
      ->type_name(" ")
      ->required();
}

void add_json_option(CLI::App& app, bool& json) { app.add_flag("--json", json, "Print JSON instead of text"); }

Result<NetworkSession> NetworkSession::open(const std::vector<std::string>& interfaces) {
  NetworkSession session;
  auto interrupt = Interrupt::install();
  if (!interrupt) return tl::unexpected(interrupt.error());
  session.interrupt_ = std::make_unique<Interrupt>(std::move(*interrupt));
  auto station = Station::open(interfaces, session.interrupt_.get());
  if (!station) return tl::unexpected(station.error());
  session.station_ = std::make_unique<Station>(std::move(*station));
  return session;
}

int with_target(const NetworkOptions& options, wire::AoeAddress address,
                const std::function<Result<int>(Station&, const Target&)>& work) {
  auto session = NetworkSession::open(options.interfaces);
  if (!session) return report(session.error());
  const auto target = find_target(session->station(), address, options.patience());
  if (!target) return report(target.error());
  const auto status = work(session->station(), *target);
  return status ? *status : report(status.error());
}

}  // namespace aoekit::cli
