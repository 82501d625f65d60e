// aoe identify: the IDENTIFY DEVICE page of a target, decoded.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/ata_client.h"
#include "cli/exit_code.h"
#include "cli/identify_format.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"

namespace aoekit::cli {
namespace {

struct IdentifyOptions {
  wire::AoeAddress address;
  NetworkOptions network;
  bool json = false;
  bool raw = false;
};

Result<int> show(Station& station, const Target& target, const IdentifyOptions& options) {
  const auto bytes = identify_page(station, target, options.network.patience());
  if (!bytes) return tl::unexpected(bytes.error());
  if (options.raw) {
    // A short write is found by the flush at the end.
    static_cast<void>(std::fwrite(bytes->data(), 1, bytes->size(), stdout));
    return kExitOk;
  }
  const ata::IdentifyPage page = ata::parse_identify(*bytes).value();
  if (options.json) {
    nlohmann::ordered_json document{{"address", target.address.to_string()}};
    document.update(identify_json(page));
    print_json(document);
  } else {
    fmt::print("{}", format_identify(page));
  }
  return kExitOk;
}

}  // namespace

Action set_up_identify(CLI::App& app) {
  auto options = std::make_shared<IdentifyOptions>();
  add_address_argument(app, options->address);
  add_network_options(app, options->network);
  CLI::Option* raw = app.add_flag("--raw", options->raw, "Write the 512 bytes as they came to standard output");
  add_json_option(app, options->json);
  app.get_option("--json")->excludes(raw);
  return [options] {
    return with_target(options->network, options->address, [&](Station& station, const Target& target) {
      return show(station, target, *options);
    });
  };
}

}  // namespace aoekit::cli
