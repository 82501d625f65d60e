// Ranges, options and closing words of transfers.
#include "cli/transfer_options.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/progress.h"
#include "cli/report.h"
#include "cli/text.h"

namespace aoekit::cli {

void add_transfer_options(CLI::App& app, TransferOptions& options) {
  add_address_argument(app, options.address);
  app.add_option("FILE", options.path, "A file or device; - is standard input or output")->type_name(" ")->required();
  app.add_option("--offset", options.offset, "First sector (512 bytes each; default: 0)")
      ->type_name("SECTOR")
      ->check(check_count);
  app.add_option("--count", options.count, "How many sectors (default: all)")
      ->type_name("N")
      ->check(check_count);
  app.add_option("--give-up", options.give_up_s, "Fail when one frame has no answer for this long (default: 30)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 86400.0));
  app.add_flag("-q,--quiet", options.quiet, "No progress and no summary");
  add_network_options(app, options.network);
  add_json_option(app, options.json);
}

int with_disk(const TransferOptions& options, DiskAccess access,
              const std::function<Result<int>(const DiskUse&)>& work) {
  auto interrupt = Interrupt::install();
  if (!interrupt) return report(interrupt.error());
  const auto disk = AoeDisk::open({.address = options.address,
                                   .interfaces = options.network.interfaces,
                                   .access = access,
                                   .open_timeout = seconds(options.network.timeout_s * options.network.tries),
                                   .give_up_after = seconds(options.give_up_s),
                                   .interrupt = &*interrupt});
  if (!disk) return report(disk.error());
  const auto status = work({**disk, *interrupt});
  return status ? *status : report(status.error());
}

Result<SectorRange> range_on_disk(std::uint64_t offset, std::optional<std::uint64_t> count, Sectors disk_size) {
  if (offset > disk_size.count) {
    return fail("sector {} is past the end of the disk: it has {} sectors", offset, disk_size.count);
  }
  const SectorRange range{{offset}, {count.value_or(disk_size.count - offset)}};
  if (range.fits(disk_size)) return range;
  return fail("{} sectors from sector {} on go past the end of the disk: it has {} sectors, so {} at most",
              range.count.count, offset, disk_size.count, disk_size.count - offset);
}

void print_summary(const TransferSummary& summary, const TransferOptions& options) {
  if (options.json) {
    print_json({{"address", options.address.to_string()},
                {"first_sector", options.offset},
                {"sectors", summary.done.count},
                {"bytes", summary.done.bytes()},
                {"seconds", std::chrono::duration<double>(summary.elapsed).count()},
                {"frames_sent_again", summary.retransmitted}});
    return;
  }
  if (options.quiet) return;
  std::string text = fmt::format("{} {} sector{} ({}) in {:.3g} s, {}", summary.verb, summary.done.count,
                                 summary.done.count == 1 ? "" : "s", human_size(summary.done.bytes()),
                                 std::chrono::duration<double>(summary.elapsed).count(),
                                 format_rate(summary.done.bytes(), summary.elapsed));
  if (summary.retransmitted > 0) text += fmt::format(", {} frames sent again", summary.retransmitted);
  note(text);
}

std::string describe_partial(SectorRange wanted, Sectors done, const std::string& what_became) {
  if (done.count == 0) return fmt::format("nothing was {}", what_became);
  const std::uint64_t first = wanted.first.value, last = wanted.end() - 1;
  if (done == wanted.count) return fmt::format("all sectors, {}-{}, were {}", first, last, what_became);
  return fmt::format("only sectors {}-{} of {}-{} were {}", first, first + done.count - 1, first, last, what_became);
}

}  // namespace aoekit::cli
