// aoe copy: whole disks between the network, files and block devices.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "backend/in_use.h"
#include "cli/aoe_disk.h"
#include "cli/copier.h"
#include "cli/copy_checkpoint.h"
#include "cli/exit_code.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "cli/text.h"
#include "io/clock.h"

namespace aoekit::cli {
namespace {

constexpr std::uint64_t kBlankCheckBytes = 1024 * 1024;

struct CopyOptions {
  std::string source, destination;
  bool verify = false;
  bool resume = false;
  bool force = false;
  std::string checkpoint;
  double give_up_s = 30;
  NetworkOptions network;
  bool quiet = false;
  bool json = false;
};

// A disk on the network as "aoe://..." or "e1.2"; anything else is a path. A file that is called so is "./e1.2".
struct NetworkDisk {
  wire::AoeAddress address;
  std::vector<std::string> interfaces;
};
Result<std::optional<NetworkDisk>> network_disk(const std::string& text, const CopyOptions& options) {
  const bool has_scheme = text.starts_with("aoe://");
  if (!has_scheme && (!text.starts_with('e') || !wire::AoeAddress::parse(text))) return std::nullopt;
  NetworkDisk disk;
  std::string interfaces(4096, '\0');
  if (aoe_parse_address(text.c_str(), &disk.address.shelf, &disk.address.slot, interfaces.data(),
                        interfaces.size()) < 0) {
    return tl::unexpected(Error{aoe_error(), EINVAL});
  }
  interfaces.resize(interfaces.find('\0'));
  disk.interfaces = options.network.interfaces;
  if (!interfaces.empty()) disk.interfaces = CLI::detail::split(interfaces, ',');
  return disk;
}

Result<std::unique_ptr<CopyEndpoint>> open_network(const std::string& name, const NetworkDisk& disk, DiskAccess access,
                                                   const CopyOptions& options, Interrupt& interrupt) {
  return open_aoe_endpoint(name, {.address = disk.address,
                                  .interfaces = disk.interfaces,
                                  .access = access,
                                  .open_timeout = seconds(options.network.timeout_s * options.network.tries),
                                  .give_up_after = seconds(options.give_up_s),
                                  .interrupt = &interrupt});
}

// The kernel's own driver may have it mounted on this machine.
Status refuse_what_the_driver_uses(wire::AoeAddress address) {
  const std::string node = "/dev/etherd/" + address.to_string();
  struct stat facts {};
  if (::stat(node.c_str(), &facts) != 0 || !S_ISBLK(facts.st_mode)) return {};
  const auto user = backend::who_uses(node, backend::Access::read_write);
  if (user && *user) return fail("{}: it would be damaged by writing to {}", **user, address.to_string());
  return {};
}

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat a {}, b {};
  if (::stat(one.c_str(), &a) != 0 || ::stat(other.c_str(), &b) != 0) return false;
  if (S_ISBLK(a.st_mode) && S_ISBLK(b.st_mode)) return a.st_rdev == b.st_rdev;
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// A disk whose beginning and end hold nothing is as good as new.
Status refuse_what_holds_data(CopyEndpoint& disk, Interrupt& interrupt) {
  const auto memory = std::make_shared<std::vector<std::uint8_t>>(kBlankCheckBytes);
  disk.keep(memory);
  const std::uint64_t bytes = std::min(disk.size() / kSectorBytes * kSectorBytes, kBlankCheckBytes);
  const std::uint64_t last = (disk.size() - bytes) / kSectorBytes * kSectorBytes;
  for (const std::uint64_t offset : {std::uint64_t{0}, last}) {
    const CopyStep step{.token = 0, .op = CopyOp::read, .offset = offset, .bytes = bytes, .memory = *memory};
    if (Status read = do_step(disk, step, &interrupt); !read) return read;
    const auto end = memory->begin() + static_cast<std::ptrdiff_t>(bytes);
    if (std::all_of(memory->begin(), end, [](std::uint8_t byte) { return byte == 0; })) continue;
    return fail("{} holds data: its {} MiB is not empty (--force overwrites it, --resume goes on with it)", disk.name(),
                offset == 0 ? "first" : "last");
  }
  return {};
}

class CopyRun {
 public:
  CopyRun(const CopyOptions& options, Interrupt& interrupt) : options_(options), interrupt_(interrupt) {}

  Result<int> run() {
    if (Status opened = open_both(); !opened) return tl::unexpected(opened.error());
    checkpoint_path_ = options_.checkpoint;
    if (checkpoint_path_.empty()) checkpoint_path_ = default_checkpoint_path(options_.destination);
    checkpoint_ = {.source = options_.source,
                   .source_identity = source_->identity(),
                   .destination = options_.destination,
                   .destination_identity = destination_->identity(),
                   .bytes = source_->size(),
                   .done = 0};
    if (options_.resume) {
      const auto found = load_checkpoint(checkpoint_path_, checkpoint_);
      if (!found) return tl::unexpected(found.error());
      checkpoint_.done = found->done;
    } else if (const Status discarded = discard_checkpoint(checkpoint_path_); !discarded) {
      return tl::unexpected(discarded.error());
    }
    return copy();
  }

 private:
  Overwrite overwrite() const {
    if (options_.resume) return Overwrite::resume;
    return options_.force ? Overwrite::force : Overwrite::refuse;
  }

  Status open_both() {
    const auto from = network_disk(options_.source, options_);
    if (!from) return tl::unexpected(from.error());
    const auto to = network_disk(options_.destination, options_);
    if (!to) return tl::unexpected(to.error());
    const bool same_disk = *from && *to && (*from)->address == (*to)->address;
    if (same_disk || is_same_file(options_.source, options_.destination)) {
      return fail("'{}' and '{}' are the same", options_.source, options_.destination);
    }
    auto source = *from ? open_network(options_.source, **from, DiskAccess::read_only, options_, interrupt_)
                        : open_local_source(options_.source);
    if (!source) return tl::unexpected(source.error());
    source_ = std::move(*source);
    if (!*from) warn_of_busy_source();
    return *to ? open_network_destination(**to) : open_local(options_.destination);
  }

  void warn_of_busy_source() const {
    const auto user = backend::who_uses(options_.source, backend::Access::read_only);
    if (user && *user) note(fmt::format("{}: what changes meanwhile may be copied half", **user));
  }

  Status open_network_destination(const NetworkDisk& disk) {
    if (Status free = refuse_what_the_driver_uses(disk.address); !free) return free;
    auto opened = open_network(options_.destination, disk, DiskAccess::read_write, options_, interrupt_);
    if (!opened) return tl::unexpected(opened.error());
    destination_ = std::move(*opened);
    return check_disk();
  }

  Status open_local(const std::string& path) {
    auto opened = open_local_destination({.path = path, .bytes = source_->size(), .overwrite = overwrite()});
    if (!opened) return tl::unexpected(opened.error());
    destination_ = std::move(*opened);
    return destination_->is_file() ? Status{} : check_disk();
  }

  Status check_disk() {
    if (destination_->size() < source_->size()) {
      return fail("{} is too small: it has {} bytes, {} has {}", destination_->name(), destination_->size(),
                  source_->name(), source_->size());
    }
    return overwrite() == Overwrite::refuse ? refuse_what_holds_data(*destination_, interrupt_) : Status{};
  }

  Status save(std::uint64_t durable) {
    checkpoint_.done = durable;
    const Status saved = save_checkpoint(checkpoint_path_, checkpoint_);
    if (saved) {
      checkpointed_ = true;
    } else {
      why_no_checkpoint_ = saved.error().message;
    }
    return {};
  }

  template <class Work>
  auto with_progress(CopyJob& job, Instant start, Work work) {
    std::optional<ProgressLine> line;
    if (!options_.quiet) line.emplace(job.bytes, start, job.from);
    job.progress = [&](std::uint64_t done) {
      if (line) line->update(done);
    };
    return work();
  }

  Result<int> copy() {
    const Instant start = io::monotonic_now();
    const std::uint64_t from = checkpoint_.done;
    CopyJob job{.source = *source_,
                .destination = *destination_,
                .from = from,
                .bytes = source_->size(),
                .interrupt = &interrupt_,
                .checkpoint = [this](std::uint64_t durable) { return save(durable); }};
    const CopyResult result = with_progress(job, start, [&] { return copy_all(job); });
    if (result.error) return tl::unexpected(failure(result));
    const Duration elapsed = io::monotonic_now() - start;
    if (options_.verify) {
      job.from = 0;
      const Status same = with_progress(job, io::monotonic_now(), [&] { return compare_all(job); });
      if (!same) return tl::unexpected(same.error());
    }
    if (const Status discarded = discard_checkpoint(checkpoint_path_); !discarded) note(discarded.error().message);
    print_summary(result, from, elapsed);
    return kExitOk;
  }

  Error failure(const CopyResult& result) const {
    std::string text = fmt::format("{}; {} of {} were copied", result.error->message, human_size(result.done),
                                   human_size(source_->size()));
    if (checkpointed_) {
      text += fmt::format(", --resume goes on from {}", human_size(checkpoint_.done));
      if (!options_.checkpoint.empty()) text += fmt::format(" (with --checkpoint '{}')", checkpoint_path_);
    }
    if (!checkpointed_ && !why_no_checkpoint_.empty()) text += ", and it cannot be resumed: " + why_no_checkpoint_;
    return {text, result.error->os_error};
  }

  void print_summary(const CopyResult& result, std::uint64_t from, Duration elapsed) const {
    const std::uint64_t again = source_->frames_sent_again() + destination_->frames_sent_again();
    if (options_.json) {
      print_json({{"source", options_.source},
                  {"destination", options_.destination},
                  {"bytes", source_->size()},
                  {"resumed_from", from},
                  {"bytes_written", result.bytes_written},
                  {"bytes_zero", result.bytes_zero},
                  {"verified", options_.verify},
                  {"seconds", std::chrono::duration<double>(elapsed).count()},
                  {"frames_sent_again", again}});
      return;
    }
    if (options_.quiet) return;
    const std::uint64_t moved = result.done - from;
    std::string text = options_.verify ? "copied and verified" : "copied";
    text += fmt::format(" {} ({} of data) in {:.3g} s, {}", human_size(moved), human_size(result.bytes_written),
                        std::chrono::duration<double>(elapsed).count(), format_rate(moved, elapsed));
    if (from > 0) text += fmt::format(", after {} by an earlier run", human_size(from));
    if (again > 0) text += fmt::format(", {} frames sent again", again);
    note(text);
  }

  const CopyOptions& options_;
  Interrupt& interrupt_;
  std::unique_ptr<CopyEndpoint> source_, destination_;
  std::string checkpoint_path_;
  CopyCheckpoint checkpoint_;
  bool checkpointed_ = false;
  std::string why_no_checkpoint_;
};

int run(const CopyOptions& options) {
  if (options.resume && options.force) return report_usage("--resume and --force contradict each other");
  auto interrupt = Interrupt::install();
  if (!interrupt) return report(interrupt.error());
  const auto status = CopyRun(options, *interrupt).run();
  return status ? *status : report(status.error());
}

}  // namespace

Action set_up_copy(CLI::App& app) {
  auto options = std::make_shared<CopyOptions>();
  app.add_option("SOURCE", options->source, "A disk (e1.2, aoe://eth0/1.2), a file or a block device")
      ->type_name(" ")
      ->required();
  app.add_option("DESTINATION", options->destination, "Likewise; a file is made if it is not there")
      ->type_name(" ")
      ->required();
  app.add_flag("--verify", options->verify, "Read both afterwards and compare");
  app.add_flag("--resume", options->resume, "Go on where an earlier copy of the same two was interrupted");
  app.add_flag("--force", options->force, "Overwrite a destination that holds data");
  app.add_option("--checkpoint", options->checkpoint,
                 "Where --resume finds how far it came (default: DESTINATION.aoe-copy)")
      ->type_name("FILE");
  app.add_option("--give-up", options->give_up_s, "Fail when a disk has not answered for this long (default: 30)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 86400.0));
  app.add_flag("-q,--quiet", options->quiet, "No progress and no summary");
  add_network_options(app, options->network);
  add_json_option(app, options->json);
  return [options] { return run(*options); };
}

}  // namespace aoekit::cli
