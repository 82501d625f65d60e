// Both lists are shown and edited alike.
#include "cli/aoed/export_stations.h"

#include <CLI/CLI.hpp>

#include <memory>

#include "cli/aoed/connection.h"
#include "cli/exit_code.h"
#include "cli/list_options.h"
#include "cli/session.h"

namespace aoekit::cli {
namespace {

using control::Answer;
using control::Client;

struct StationList {
  const char* method;
  const char* key;
  const char* when_empty;
  std::vector<wire::MacAddress> control::ExportInfo::*stations;
};
constexpr StationList kMask{"export.mask", "mask", "empty: every station may use the export",
                            &control::ExportInfo::mask};
constexpr StationList kReservation{"export.reserve", "reserved_for", "not reserved",
                                   &control::ExportInfo::reserved_for};

struct StationsOptions {
  DaemonOptions daemon;
  wire::AoeAddress address;
  std::string operation = "list";
  std::vector<std::string> macs;
};

// Nothing: the list is only to be shown.
Answer<std::optional<control::StationsParams>> edit_from(const StationsOptions& options) {
  const auto macs = parse_macs(options.macs);
  if (!macs) return control::refuse(control::Code::invalid, "{}", macs.error().message);
  control::StationsParams params{options.address, control::ListEdit::set, *macs};
  const std::string& name = options.operation;
  const bool takes_stations = name == "set" || name == "add" || name == "remove";
  if (!takes_stations && name != "list" && name != "clear") {
    return control::refuse(control::Code::invalid, "'{}' is no operation (expected list, set, add, remove or clear)",
                           name);
  }
  if (takes_stations && macs->empty()) {
    return control::refuse(control::Code::invalid, "{} needs at least one station, like 02:00:00:00:00:01", name);
  }
  if (!takes_stations && !macs->empty()) return control::refuse(control::Code::invalid, "{} takes no stations", name);
  if (name == "list") return std::nullopt;
  if (name == "add") params.edit = control::ListEdit::add;
  if (name == "remove") params.edit = control::ListEdit::remove;
  return params;
}

Answer<int> show_or_edit(Client& client, const StationsOptions& options, const StationList& list) {
  const auto edit = edit_from(options);
  if (!edit) return tl::unexpected(edit.error());
  if (*edit) {
    if (const auto done = client.call(list.method, **edit); !done) return tl::unexpected(done.error());
  }
  const auto shown =
      control::field<control::ExportInfo>(client.call("export.show", control::AddressParams{options.address}), "export");
  if (!shown) return tl::unexpected(shown.error());
  ListOptions print;
  print.address = options.address;
  print.json = options.daemon.json;
  print_macs((*shown).*list.stations, print, list.key, list.when_empty);
  return kExitOk;
}

void add_list(CommandGroup& group, const char* name, const char* help, const char* examples, const StationList& list) {
  auto options = std::make_shared<StationsOptions>();
  CLI::App& app = group.add(name, help, examples, [options, &list] {
    return with_daemon(options->daemon, [&](Client& client) { return show_or_edit(client, *options, list); });
  });
  add_address_argument(app, options->address);
  app.add_option("OPERATION", options->operation, "list (default), set, add, remove or clear")->type_name(" ");
  app.add_option("MAC", options->macs, "Stations, like 02:00:00:00:00:01")->type_name(" ");
  add_daemon_options(app, options->daemon);
}

}  // namespace

void add_export_stations(CommandGroup& group) {
  add_list(group, "mask", "Show or edit the stations that may use it",
           "  aoe export mask e1.2\n  aoe export mask e1.2 add 02:00:00:00:00:01", kMask);
  add_list(group, "reserve", "Show or edit the stations that have it reserved",
           "  aoe export reserve e1.2 set 02:00:00:00:00:01\n  aoe export reserve e1.2 clear", kReservation);
}

}  // namespace aoekit::cli
