// aoe export: what a running aoed exports, shown and changed.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/aoed/connection.h"
#include "cli/aoed/export_settings.h"
#include "cli/aoed/export_stations.h"
#include "cli/aoed/format.h"
#include "cli/aoed/group.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "config/quantity.h"

namespace aoekit::cli {
namespace {

using control::Answer;
using control::Client;

struct ExportOptions {
  DaemonOptions daemon;
  wire::AoeAddress address;
  std::optional<wire::AoeAddress> one;  // where none means all
  std::string path;
  SettingsOptions settings;
  std::string size;
  bool force = false;
  bool save = false;
};

// Of the terminal; without one, lines may be as long as they like.
std::size_t output_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kAnyWidth;
}

Answer<int> list(Client& client, const ExportOptions& options) {
  const auto all = client.all_exports();
  if (!all) return tl::unexpected(all.error());
  if (options.daemon.json) {
    print_json(*all);
    return kExitOk;
  }
  const auto exports = control::decode<std::vector<control::ExportInfo>>(*all, control::Unknown::ignored);
  if (!exports) return tl::unexpected(exports.error());
  if (exports->empty()) {
    note("nothing is exported (to export a disk: aoe export add)");
    return kExitOk;
  }
  fmt::print("{}", format_exports(*exports, output_width()));
  for (const control::ExportInfo& each : *exports) {
    if (!each.reason.empty()) note(each.config.address.to_string() + " is not served: " + each.reason);
  }
  return kExitOk;
}

Answer<int> show(Client& client, const ExportOptions& options) {
  const auto result = client.call("export.show", control::AddressParams{options.address});
  const auto shown = control::field<control::ExportInfo>(result, "export");
  if (!shown) return tl::unexpected(shown.error());
  if (options.daemon.json) {
    print_json((*result)["export"]);
  } else {
    fmt::print("{}", format_export(*shown));
  }
  return kExitOk;
}

Answer<int> add(Client& client, const ExportOptions& options) {
  control::Json settings = settings_json(options.settings);
  settings["path"] = std::filesystem::absolute(options.path).lexically_normal().string();  // aoed is elsewhere
  if (options.force) settings["force"] = true;
  const control::SettingsParams params{options.address, settings, options.save};
  return print_notes(options.daemon, client.call("export.add", params));
}

Answer<int> set(Client& client, const ExportOptions& options) {
  control::Json settings = settings_json(options.settings);
  if (!options.path.empty()) settings["path"] = std::filesystem::absolute(options.path).lexically_normal().string();
  if (options.force) settings["force"] = true;
  if (settings.empty() && !options.save) {
    return control::refuse(control::Code::invalid, "nothing to change (see: aoe export set --help)");
  }
  const control::SettingsParams params{options.address, settings, options.save};
  return print_notes(options.daemon, client.call("export.set", params));
}

Answer<int> remove(Client& client, const ExportOptions& options) {
  const control::RemoveParams params{options.address, options.force, options.save};
  return print_notes(options.daemon, client.call("export.remove", params));
}

Answer<int> announce(Client& client, const ExportOptions& options) {
  return print_notes(options.daemon, client.call("export.announce", control::AnnounceParams{options.one}));
}

Answer<int> resize(Client& client, const ExportOptions& options) {
  control::ResizeParams params{options.address, std::nullopt, options.force};
  if (!options.size.empty()) {
    const auto bytes = config::parse_bytes(options.size);
    if (!bytes) return control::refuse(control::Code::invalid, "SIZE: {}", bytes.error().message);
    if (*bytes % kSectorBytes != 0) {
      return control::refuse(control::Code::invalid, "SIZE: {} is no whole number of 512-byte sectors", options.size);
    }
    params.size = Sectors{*bytes / kSectorBytes};
  }
  return print_notes(options.daemon, client.call("export.resize", params));
}

Answer<int> release(Client& client, const ExportOptions& options) {
  return print_notes(options.daemon, client.call("export.release", control::AddressParams{options.address}));
}

void add_save(CLI::App& app, ExportOptions& options) {
  app.add_flag("--save", options.save, "Write it to the configuration directory, too, so that it lasts");
}

using Work = Answer<int> (*)(Client&, const ExportOptions&);

// An operation whose options `configure` adds.
template <class Configure>
void operation(CommandGroup& group, const char* name, const char* help, const char* examples, Work work,
               Configure configure) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App& app = group.add(name, help, examples, [options, work] {
    return with_daemon(options->daemon, [&](Client& client) { return work(client, *options); });
  });
  configure(app, *options);
  add_daemon_options(app, options->daemon);
}

void add_reading(CommandGroup& group) {
  operation(group, "list", "Show all exports", "  aoe export list\n  aoe export list --json", list,
            [](CLI::App&, ExportOptions&) {});
  operation(group, "show", "Show everything about one", "  aoe export show e1.2", show,
            [](CLI::App& app, ExportOptions& options) { add_address_argument(app, options.address); });
}

void add_changing(CommandGroup& group) {
  operation(group, "add", "Export a file or block device",
            "  aoe export add e1.2 /dev/vg0/db --save\n  aoe export add e1.3 iso/rescue.iso --read-only -i eth1", add,
            [](CLI::App& app, ExportOptions& options) {
              add_address_argument(app, options.address);
              app.add_option("PATH", options.path, "The file or block device")->type_name(" ")->required();
              add_settings_options(app, options.settings, SettingsFor::add);
              app.add_flag("--force", options.force, "Also if it is in use, or the address is taken on the network");
              add_save(app, options);
            });
  operation(group, "set", "Change an export while it is served",
            "  aoe export set e1.2 --limit-bytes 100M\n  aoe export set e1.2 --default limit --save", set,
            [](CLI::App& app, ExportOptions& options) {
              add_address_argument(app, options.address);
              app.add_option("--path", options.path, "Another file or block device")->type_name("PATH");
              add_settings_options(app, options.settings, SettingsFor::set);
              app.add_flag("--force", options.force, "Also if the new file or device is in use");
              add_save(app, options);
            });
  operation(group, "remove", "Stop exporting it", "  aoe export remove e1.2 --save", remove,
            [](CLI::App& app, ExportOptions& options) {
              add_address_argument(app, options.address);
              app.add_flag("--force", options.force, "Also if it was used in the last minute");
              add_save(app, options);
            });
  operation(group, "resize", "Look at the size of its disk, or change it",
            "  aoe export resize e1.2\n  aoe export resize e1.3 20G", resize,
            [](CLI::App& app, ExportOptions& options) {
              add_address_argument(app, options.address);
              app.add_option("SIZE", options.size, "Make its file so large first, like 20G")->type_name(" ");
              app.add_flag("--force", options.force, "Also if that cuts off data");
            });
}

void add_others(CommandGroup& group) {
  operation(group, "announce", "Tell initiators that it is there",
            "  aoe export announce\n  aoe export announce e1.2", announce, [](CLI::App& app, ExportOptions& options) {
              app.add_option_function<std::string>(
                     "ADDRESS",
                     [&options](const std::string& text) {
                       const auto address = wire::AoeAddress::parse(text);
                       if (!address) throw CLI::ValidationError(address.error().message);
                       options.one = *address;
                     },
                     "Shelf and slot, like e1.2 (default: all)")
                  ->type_name(" ");
            });
  operation(group, "release", "Take an exclusive export from its holder", "  aoe export release e1.2", release,
            [](CLI::App& app, ExportOptions& options) { add_address_argument(app, options.address); });
}

}  // namespace

Action set_up_export(CLI::App& app) {
  CommandGroup group(app);
  add_reading(group);
  add_changing(group);
  add_others(group);
  add_export_stations(group);
  return group.action();
}

}  // namespace aoekit::cli
