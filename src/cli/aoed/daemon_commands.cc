// aoe client, interface, status and reload: a running aoed as a whole.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/aoed/connection.h"
#include "cli/aoed/format.h"
#include "cli/aoed/group.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"

namespace aoekit::cli {
namespace {

using control::Answer;
using control::Client;

struct ListClientsOptions {
  DaemonOptions daemon;
  std::optional<wire::AoeAddress> address;
};

Answer<int> list_clients(Client& client, const ListClientsOptions& options) {
  const auto all = client.all_clients();
  if (!all) return tl::unexpected(all.error());
  control::Json wanted = control::Json::array();
  for (const control::Json& each : *all) {
    if (!options.address || each["address"] == options.address->to_string()) wanted.push_back(each);
  }
  if (options.daemon.json) {
    print_json(wanted);
    return kExitOk;
  }
  const auto clients = control::decode<std::vector<control::ClientInfo>>(wanted, control::Unknown::ignored);
  if (!clients) return tl::unexpected(clients.error());
  if (clients->empty()) {
    note("no client has used an export yet");
  } else {
    fmt::print("{}", format_clients(*clients));
  }
  return kExitOk;
}

Answer<int> list_interfaces(Client& client, const DaemonOptions& options) {
  const auto result = client.call("interface.list", control::NoParams{});
  const auto interfaces = control::field<std::vector<control::InterfaceInfo>>(result, "interfaces");
  if (!interfaces) return tl::unexpected(interfaces.error());
  if (options.json) {
    print_json((*result)["interfaces"]);
  } else {
    fmt::print("{}", format_interfaces(*interfaces));
  }
  return kExitOk;
}

Answer<int> show_status(Client& client, const DaemonOptions& options) {
  const auto result = client.call("daemon.show", control::NoParams{});
  const auto daemon = control::field<control::DaemonInfo>(result, "daemon");
  if (!daemon) return tl::unexpected(daemon.error());
  if (options.json) {
    print_json((*result)["daemon"]);
  } else {
    fmt::print("{}", format_daemon(*daemon));
  }
  return kExitOk;
}

}  // namespace

Action set_up_client(CLI::App& app) {
  CommandGroup group(app);
  auto options = std::make_shared<ListClientsOptions>();
  CLI::App& list = group.add("list", "Show who uses which export", "  aoe client list\n  aoe client list e1.2", [options] {
    return with_daemon(options->daemon, [&](Client& client) { return list_clients(client, *options); });
  });
  list.add_option_function<std::string>(
          "ADDRESS",
          [options](const std::string& text) {
            const auto address = wire::AoeAddress::parse(text);
            if (!address) throw CLI::ValidationError(address.error().message);
            options->address = *address;
          },
          "Of this export only, like e1.2")
      ->type_name(" ");
  add_daemon_options(list, options->daemon);
  return group.action();
}

Action set_up_interface(CLI::App& app) {
  CommandGroup group(app);
  auto options = std::make_shared<DaemonOptions>();
  CLI::App& list = group.add("list", "Show the interfaces that are served", "  aoe interface list", [options] {
    return with_daemon(*options, [&](Client& client) { return list_interfaces(client, *options); });
  });
  add_daemon_options(list, *options);
  return group.action();
}

Action set_up_status(CLI::App& app) {
  auto options = std::make_shared<DaemonOptions>();
  add_daemon_options(app, *options);
  return [options] {
    return with_daemon(*options, [&](Client& client) { return show_status(client, *options); });
  };
}

Action set_up_reload(CLI::App& app) {
  auto options = std::make_shared<DaemonOptions>();
  add_daemon_options(app, *options);
  return [options] {
    return with_daemon(*options, [&](Client& client) {
      return print_notes(*options, client.call("daemon.reload", control::NoParams{}));
    });
  };
}

}  // namespace aoekit::cli
