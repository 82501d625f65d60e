// aoe reserve: which stations have a target for themselves.
#include <CLI/CLI.hpp>

#include <memory>

#include "cli/exit_code.h"
#include "cli/list_options.h"
#include "cli/report.h"
#include "cli/subcommand.h"

namespace aoekit::cli {
namespace {

struct ReserveOptions {
  ListOptions list;
  bool force = false;
};

// An Error is a usage error.
Result<wire::ReserveOp> operation_from(const ReserveOptions& options, const MacList& macs) {
  const std::string& name = options.list.operation;
  if (options.force && name != "release") return fail("--force goes with release (to take a reservation over: force)");
  if (name == "list" || name == "release") {
    if (!macs.empty()) return fail("{} takes no stations (to reserve for some: set)", name);
    if (name == "list") return wire::ReserveOp::read;
    return options.force ? wire::ReserveOp::force_set : wire::ReserveOp::set;
  }
  if (name == "set") return wire::ReserveOp::set;
  if (name == "force") return wire::ReserveOp::force_set;
  return fail("'{}' is no operation (expected list, set, force or release)", name);
}

Result<int> show_or_change(Station& station, const Target& target, wire::ReserveOp op, MacList macs,
                           const ListOptions& options) {
  const Patience patience = options.network.patience();
  // Without stations, set and force mean this one.
  const bool takes = options.operation == "set" || options.operation == "force";
  if (takes && macs.empty()) macs.push_back(station.port(target.port).mac);
  const auto holders = op == wire::ReserveOp::read ? read_reservation(station, target, patience)
                                                   : change_reservation(station, target, op, macs, patience);
  if (!holders) return tl::unexpected(holders.error());
  print_macs(*holders, options, "reserved_for", "not reserved");
  return kExitOk;
}

int run(const ReserveOptions& options) {
  const auto macs = parse_macs(options.list.macs);
  if (!macs) return report_usage(macs.error().message);
  const auto op = operation_from(options, *macs);
  if (!op) return report_usage(op.error().message);
  return with_target(options.list.network, options.list.address, [&](Station& station, const Target& target) {
    return show_or_change(station, target, *op, *macs, options.list);
  });
}

}  // namespace

Action set_up_reserve(CLI::App& app) {
  auto options = std::make_shared<ReserveOptions>();
  add_list_options(app, options->list,
                   "list (default); set: reserve for the stations (none: for this one); force: the same, whoever has "
                   "it; release: give it back");
  app.add_flag("--force", options->force, "With release: also when others have the reservation");
  return [options] { return run(*options); };
}

}  // namespace aoekit::cli
