// One connection a command.
#include "cli/aoed/connection.h"

#include <CLI/CLI.hpp>

#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/session.h"
#include "config/config.h"

namespace aoekit::cli {

DaemonOptions::DaemonOptions() : socket(config::DaemonConfig{}.control_socket) {}

void add_daemon_options(CLI::App& app, DaemonOptions& options) {
  app.add_option("--socket", options.socket, "aoed's control socket (default: " + options.socket + ")")
      ->type_name("PATH");
  app.add_option("--timeout", options.timeout_s, "Seconds to wait for aoed's answer (default: 10)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 3600.0));
  add_json_option(app, options.json);
}

int with_daemon(const DaemonOptions& options, const std::function<control::Answer<int>(control::Client&)>& work) {
  auto client = control::Client::connect(options.socket, seconds(options.timeout_s));
  if (!client) return report(client.error());
  const auto status = work(*client);
  return status ? *status : report(status.error());
}

int report(const control::Refusal& refusal) {
  switch (refusal.code) {
    case control::Code::in_use: return report(Error{refusal.message + " (to do it all the same: --force)", 0});
    case control::Code::invalid: return report_usage(refusal.message);
    case control::Code::not_found:
    case control::Code::exists:
    case control::Code::failed: return report(Error{refusal.message, 0});
  }
  return kExitFailed;
}

control::Answer<int> print_notes(const DaemonOptions& options, const control::Answer<control::Json>& result) {
  const auto notes = control::field<control::Notes>(result, "notes");
  if (!notes) return tl::unexpected(notes.error());
  if (options.json) {
    print_json(*result);
  } else {
    for (const std::string& line : *notes) fmt::print("{}\n", line);
  }
  return kExitOk;
}

}  // namespace aoekit::cli
