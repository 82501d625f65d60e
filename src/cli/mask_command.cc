// aoe mask: the list of stations to which a target answers.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

#include "cli/exit_code.h"
#include "cli/list_options.h"
#include "cli/report.h"
#include "cli/subcommand.h"

namespace aoekit::cli {
namespace {

// The edit that the command line asks for, nothing to list; an Error is a usage error.
Result<std::optional<MaskEdit>> edit_from(const ListOptions& options) {
  auto macs = parse_macs(options.macs);
  if (!macs) return tl::unexpected(macs.error());
  const bool adds = options.operation == "add";
  if (!adds && options.operation != "remove" && options.operation != "list") {
    return fail("'{}' is no operation (expected list, add or remove)", options.operation);
  }
  if (options.operation == "list") {
    if (!macs->empty()) return fail("list takes no stations (to change the list: add or remove)");
    return std::nullopt;
  }
  if (macs->empty()) return fail("{} needs at least one station, like 02:00:00:00:00:01", options.operation);
  return MaskEdit{adds ? wire::MaskDirective::add : wire::MaskDirective::remove, std::move(*macs)};
}

Result<int> show_or_edit(Station& station, const Target& target, const std::optional<MaskEdit>& edit,
                         const ListOptions& options) {
  const Patience patience = options.network.patience();
  const auto macs = edit ? edit_mask(station, target, *edit, patience) : read_mask(station, target, patience);
  if (!macs) return tl::unexpected(macs.error());
  print_macs(*macs, options, "mask", "empty: every station may use the target");
  const wire::MacAddress own = station.port(target.port).mac;
  if (edit && !macs->empty() && std::find(macs->begin(), macs->end(), own) == macs->end()) {
    note(fmt::format("this station ({}) is not in the list: the target does not answer it any more", own.to_string()));
  }
  return kExitOk;
}

int run(const ListOptions& options) {
  const auto edit = edit_from(options);
  if (!edit) return report_usage(edit.error().message);
  return with_target(options.network, options.address, [&](Station& station, const Target& target) {
    return show_or_edit(station, target, *edit, options);
  });
}

}  // namespace

Action set_up_mask(CLI::App& app) {
  auto options = std::make_shared<ListOptions>();
  add_list_options(app, *options, "list (default), add or remove");
  return [options] { return run(*options); };
}

}  // namespace aoekit::cli
