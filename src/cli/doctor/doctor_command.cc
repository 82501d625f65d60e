// aoe doctor: looks at everything, says what is wrong in plain words, and names the command that mends it.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/doctor/doctor_format.h"
#include "cli/doctor/findings.h"
#include "cli/doctor/gather.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "cli/text.h"

namespace aoekit::cli {
namespace {

struct DoctorOptions {
  std::vector<std::string> interfaces;
  std::vector<std::string> addresses;
  double timeout_s = 0.3;
  bool json = false;
};

Result<int> examine(const DoctorOptions& options) {
  doctor::GatherOptions gather{
      .interfaces = options.interfaces, .addresses = {}, .timeout = seconds(options.timeout_s)};
  for (const std::string& text : options.addresses) {
    const auto address = parse_query_address(text);
    if (!address) return report_usage(address.error().message);
    gather.addresses.push_back(*address);
  }
  auto interrupt = Interrupt::install();
  if (!interrupt) return tl::unexpected(interrupt.error());
  const auto facts = doctor::gather(gather, &*interrupt);
  if (!facts) return tl::unexpected(facts.error());
  const auto findings = doctor::diagnose(*facts);
  if (options.json) {
    print_json(doctor::report_json(*facts, findings));
  } else {
    fmt::print("{}", doctor::format_report(*facts, findings));
  }
  return doctor::problem_count(findings) == 0 ? kExitOk : kExitFailed;
}

}  // namespace

Action set_up_doctor(CLI::App& app) {
  auto options = std::make_shared<DoctorOptions>();
  app.add_option("ADDRESS", options->addresses, "Examine these targets, like e1.2 or 1.* (default: all)")
      ->type_name(" ");
  add_interface_option(app, options->interfaces);
  app.add_option("--timeout", options->timeout_s, "Seconds to wait for an answer (default: 0.3)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 60.0));
  add_json_option(app, options->json);
  return [options] {
    const auto status = examine(*options);
    return status ? *status : report(status.error());
  };
}

}  // namespace aoekit::cli
