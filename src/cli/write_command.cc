// aoe write: a file to sectors of a target.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "cli/exit_code.h"
#include "cli/local_file.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/subcommand.h"
#include "cli/transfer_options.h"
#include "io/clock.h"

namespace aoekit::cli {
namespace {

struct WriteOptions {
  TransferOptions transfer;
  bool verify = false;
  bool pad = false;
  bool no_flush = false;
};

Error partial_sector(const LocalFile& input, std::uint64_t bytes) {
  return {
      fmt::format("'{}' ends in the middle of a sector ({} bytes; --pad fills it with zeros)", input.name(), bytes)};
}

// One write, from the checks to the flush.
class Writer {
 public:
  Writer(AoeDisk& disk, LocalFile& input, const WriteOptions& options)
      : disk_(disk), input_(input), options_(options), start_(io::monotonic_now()) {}

  Result<int> run() {
    const auto range = choose_range();
    if (!range) return tl::unexpected(range.error());
    TransferResult result = write(*range);
    if (!result.error && !input_.size() && options_.transfer.count && result.done < range->count) {
      result.error = Error{fmt::format("'{}' ended early", input_.name())};
    }
    if (!result.error && input_goes_on_) {
      result.error = Error{fmt::format("'{}' goes on past the end of the disk", input_.name())};
    }
    if (result.error) {
      return fail("{}; {}", result.error->message, describe_partial(*range, result.done, "written"));
    }
    const Status flushed = make_durable();
    if (!flushed) return tl::unexpected(flushed.error());
    const Duration elapsed = io::monotonic_now() - start_;
    const Status verified = options_.verify ? verify({range->first, result.done}) : Status{};
    if (!verified) return tl::unexpected(verified.error());
    const char* verb = options_.verify ? "wrote and verified" : "wrote";
    print_summary({verb, result.done, elapsed, disk_.frames_sent_again()}, options_.transfer);
    return kExitOk;
  }

 private:
  // Where the input's size is known, it is checked before anything is written.
  Result<SectorRange> choose_range() const {
    const TransferOptions& transfer = options_.transfer;
    std::optional<std::uint64_t> count = transfer.count;
    if (input_.size()) {
      const std::uint64_t bytes = *input_.size();
      const std::uint64_t sectors = bytes / kSectorBytes + (bytes % kSectorBytes != 0 ? 1 : 0);
      if (count && *count > sectors) return fail("'{}' has only {} sectors, not {}", input_.name(), sectors, *count);
      count = count.value_or(sectors);
      if (*count * kSectorBytes > bytes && !options_.pad) return tl::unexpected(partial_sector(input_, bytes));
    }
    return range_on_disk(transfer.offset, count, disk_.size());
  }

  TransferResult write(SectorRange range) {
    std::optional<ProgressLine> progress;
    const bool length_known = input_.size() || options_.transfer.count;
    if (!options_.transfer.quiet) {
      progress.emplace(length_known ? std::optional(range.count.bytes()) : std::nullopt, start_);
    }
    TransferSteps steps;
    steps.before = [&](SectorRange, MutableBytes memory) { return fill(memory); };
    steps.progress = [&](Sectors done) {
      if (progress) progress->update(done.bytes());
    };
    TransferResult result = transfer(disk_, block::OpKind::write, range, steps);
    if (!result.error && !length_known && result.done == range.count) {
      std::uint8_t more = 0;
      const auto got = input_.read({&more, 1});
      if (!got) result.error = got.error();
      input_goes_on_ = got && *got > 0;
    }
    return result;
  }

  Result<Sectors> fill(MutableBytes memory) {
    const auto got = input_.read(memory);
    if (!got) return tl::unexpected(got.error());
    const std::size_t rest = *got % kSectorBytes;
    if (rest == 0) return Sectors{*got / kSectorBytes};
    if (!options_.pad) return tl::unexpected(partial_sector(input_, *got));
    std::fill_n(memory.begin() + static_cast<std::ptrdiff_t>(*got), kSectorBytes - rest, std::uint8_t{0});
    return Sectors{*got / kSectorBytes + 1};
  }

  Status make_durable() {
    if (options_.no_flush) return {};
    if (disk_.can_flush()) return flush(disk_);
    note("the disk has no FLUSH command: whether the data are durable is up to the target");
    return {};
  }

  Status verify(SectorRange range) {
    std::vector<std::uint8_t> expected;
    TransferSteps steps;
    steps.after = [&](SectorRange chunk, ByteView memory) -> Status {
      expected.assign(memory.size(), 0);
      const auto got = input_.read_at((chunk.first.value - range.first.value) * kSectorBytes, expected);
      if (!got) return tl::unexpected(got.error());
      const auto differs = std::mismatch(memory.begin(), memory.end(), expected.begin()).first;
      if (differs == memory.end()) return {};
      const auto sector = static_cast<std::uint64_t>(differs - memory.begin()) / kSectorBytes;
      return fail("verification failed: sector {} is not as it was written", chunk.first.value + sector);
    };
    const TransferResult result = transfer(disk_, block::OpKind::read, range, steps);
    if (result.error) return tl::unexpected(*result.error);
    return {};
  }

  AoeDisk& disk_;
  LocalFile& input_;
  const WriteOptions& options_;
  Instant start_;
  bool input_goes_on_ = false;
};

int run(const WriteOptions& options) {
  const TransferOptions& transfer = options.transfer;
  return with_disk(transfer, DiskAccess::read_write, [&](const DiskUse& use) -> Result<int> {
    auto input = LocalFile::open_input(transfer.path, &use.interrupt);
    if (!input) return tl::unexpected(input.error());
    if (options.verify && !input->can_read_again()) {
      return fail("--verify has to read '{}' twice: name a file", input->name());
    }
    return Writer(use.disk, *input, options).run();
  });
}

}  // namespace

Action set_up_write(CLI::App& app) {
  auto options = std::make_shared<WriteOptions>();
  add_transfer_options(app, options->transfer);
  app.add_flag("--verify", options->verify, "Read everything back afterwards and compare");
  app.add_flag("--pad", options->pad, "Fill the last sector with zeros when the input ends within it");
  app.add_flag("--no-flush", options->no_flush, "Do not ask the disk to make the data durable at the end");
  return [options] { return run(*options); };
}

}  // namespace aoekit::cli
