// aoe read: sectors of a target into a file.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <memory>

#include "cli/exit_code.h"
#include "cli/local_file.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/subcommand.h"
#include "cli/transfer_options.h"
#include "io/clock.h"

namespace aoekit::cli {
namespace {

TransferResult copy(BulkDisk& disk, SectorRange range, LocalFile& output, const TransferOptions& options,
                    Instant start) {
  std::optional<ProgressLine> progress;
  if (!options.quiet) progress.emplace(range.count.bytes(), start);
  TransferSteps steps;
  steps.after = [&](SectorRange, ByteView memory) { return output.write(memory); };
  steps.progress = [&](Sectors done) {
    if (progress) progress->update(done.bytes());
  };
  TransferResult result = transfer(disk, block::OpKind::read, range, steps);
  const Status finished = result.error ? Status{} : output.finish();
  if (!finished) result.error = finished.error();
  return result;
}

Result<int> read(const DiskUse& use, const TransferOptions& options) {
  const auto range = range_on_disk(options.offset, options.count, use.disk.size());
  if (!range) return tl::unexpected(range.error());
  // Opened last: a file is not emptied for a range that cannot be read.
  auto output = LocalFile::open_output(options.path, &use.interrupt);
  if (!output) return tl::unexpected(output.error());
  const Instant start = io::monotonic_now();
  const TransferResult result = copy(use.disk, *range, *output, options, start);
  if (result.error) {
    const std::string became = fmt::format("read into '{}', which is incomplete", output->name());
    // A chunk may have come in part.
    const Sectors arrived{output->bytes_written() / kSectorBytes};
    return fail("{}; {}", result.error->message, describe_partial(*range, arrived, became));
  }
  print_summary({"read", result.done, io::monotonic_now() - start, use.disk.frames_sent_again()}, options);
  return kExitOk;
}

int run(const TransferOptions& options) {
  if (options.json && options.path == "-") return report_usage("--json and the data cannot both go to standard output");
  return with_disk(options, DiskAccess::read_only, [&](const DiskUse& use) { return read(use, options); });
}

}  // namespace

Action set_up_read(CLI::App& app) {
  auto options = std::make_shared<TransferOptions>();
  add_transfer_options(app, *options);
  return [options] { return run(*options); };
}

}  // namespace aoekit::cli
