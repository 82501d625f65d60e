// aoe config: the config string of one target, or of all.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/ata_client.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "cli/text.h"
#include "wire/decode.h"

namespace aoekit::cli {
namespace {

struct ConfigOptions {
  std::string address;
  std::string operation = "read";
  std::string text;
  NetworkOptions network;
  bool hex = false;
  bool json = false;
};

std::optional<wire::ConfigOp> operation_from(const std::string& name) {
  if (name == "read") return wire::ConfigOp::read;
  if (name == "test") return wire::ConfigOp::test;
  if (name == "prefix") return wire::ConfigOp::test_prefix;
  if (name == "set") return wire::ConfigOp::set;
  if (name == "force-set") return wire::ConfigOp::force_set;
  return std::nullopt;
}

// What the command line asks for; an Error is a usage error.
Result<ConfigQuery> query_from(const ConfigOptions& options) {
  const auto operation = operation_from(options.operation);
  if (!operation) {
    return fail("'{}' is no operation (expected read, test, prefix, set or force-set)", options.operation);
  }
  const bool changes = *operation == wire::ConfigOp::set || *operation == wire::ConfigOp::force_set;
  const auto address = changes ? parse_target_address(options.address) : parse_query_address(options.address);
  if (!address) return tl::unexpected(address.error());
  ConfigQuery query{.address = *address, .op = *operation, .text = options.text};
  if (options.hex) {
    const auto bytes = parse_hex(options.text);
    if (!bytes) return tl::unexpected(bytes.error());
    query.text.assign(bytes->begin(), bytes->end());
  }
  if (query.text.size() > wire::kConfigStringBytesMax) {
    return fail("the config string has {} bytes; {} is the limit", query.text.size(), wire::kConfigStringBytesMax);
  }
  return query;
}

nlohmann::ordered_json to_json(const Target& target) {
  const ByteView text = bytes_of(target.config_string);
  return {{"address", target.address.to_string()},
          {"interface", target.interface},
          {"mac", target.mac.to_string()},
          {"config_string", printable(text)},
          {"config_string_hex", hex(text)}};
}

void print_targets(const std::vector<Target>& targets, const ConfigOptions& options, wire::AoeAddress asked) {
  if (options.json) {
    auto list = nlohmann::ordered_json::array();
    for (const Target& target : targets) list.push_back(to_json(target));
    print_json(list);
    return;
  }
  for (const Target& target : targets) {
    const ByteView text = bytes_of(target.config_string);
    const std::string shown = options.hex ? hex(text) : printable(text);
    // One target asked for: the string alone, for scripts.
    if (asked.is_valid_target() && targets.size() == 1) {
      fmt::print("{}\n", shown);
    } else {
      fmt::print("{} {} {}: {}\n", target.address.to_string(), target.mac.to_string(), target.interface, shown);
    }
  }
}

// read, test and prefix: a question to whom it may concern.
int ask(const ConfigQuery& query, const ConfigOptions& options) {
  auto session = NetworkSession::open(options.network.interfaces);
  if (!session) return report(session.error());
  Station& station = session->station();
  std::vector<Target> targets;
  if (query.address.is_valid_target() && query.op == wire::ConfigOp::read) {
    auto target = find_target(station, query.address, options.network.patience());
    if (!target) return report(target.error());
    targets.push_back(std::move(*target));
  } else {
    targets = query_targets(station, query, seconds(options.network.timeout_s * 2));
  }
  print_targets(targets, options, query.address);
  if (!targets.empty()) return kExitOk;
  note(query.op == wire::ConfigOp::read ? fmt::format("no target answered on {}", station.port_names())
                                        : "no target has such a config string");
  return kExitFailed;
}

// set and force-set.
Result<int> change(Station& station, const Target& target, const ConfigQuery& query, const ConfigOptions& options) {
  const Patience patience = options.network.patience();
  const auto reply = station.exchange(target.port, config_request(station, target.port, target.mac, query), patience);
  if (!reply) return tl::unexpected(reply.error());
  const auto header = wire::decode_header(reply->bytes).value();
  if (header.is_error() && header.error == static_cast<std::uint8_t>(wire::AoeError::config_string_present)) {
    const auto now = find_target(station, target.address, patience);
    return fail("{}: the target already has the config string '{}' (to overwrite it: force-set)",
                target.address.to_string(), now ? printable(bytes_of(now->config_string)) : "?");
  }
  if (header.is_error()) return tl::unexpected(explain_aoe_error(station, target, header.error, patience));
  const auto changed = target_from(station, target.port, reply->bytes);
  if (!changed) return fail("{}: the target's config answer is malformed", target.address.to_string());
  print_targets({*changed}, options, target.address);
  return changed->config_string == query.text
             ? Result<int>(kExitOk)
             : fail("{}: the target kept another string than it was given", target.address.to_string());
}

int run(const ConfigOptions& options) {
  const auto query = query_from(options);
  if (!query) return report_usage(query.error().message);
  if (query->op != wire::ConfigOp::set && query->op != wire::ConfigOp::force_set) return ask(*query, options);
  return with_target(options.network, query->address, [&](Station& station, const Target& target) {
    return change(station, target, *query, options);
  });
}

}  // namespace

Action set_up_config(CLI::App& app) {
  auto options = std::make_shared<ConfigOptions>();
  app.add_option("ADDRESS", options->address,
                 "Shelf and slot like e1.2; for reading and testing also e1.*, e*.2 or all")
      ->type_name(" ")
      ->required();
  app.add_option("OPERATION", options->operation,
                 "read (default); test, prefix: who has exactly, or begins with, STRING; set: if there is none yet; "
                 "force-set: in any case")
      ->type_name(" ");
  app.add_option("STRING", options->text, "The string, up to 1024 bytes; none means the empty one")->type_name(" ");
  app.add_flag("--hex", options->hex, "STRING and the output are hex bytes");
  add_network_options(app, options->network);
  add_json_option(app, options->json);
  return [options] { return run(*options); };
}

}  // namespace aoekit::cli
