// What `aoe read` and `aoe write` share: options, range checks, and what is said at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "cli/aoe_disk.h"
#include "cli/session.h"
#include "cli/transfer.h"

namespace aoekit::cli {

struct TransferOptions {
  wire::AoeAddress address;
  std::string path;
  std::uint64_t offset = 0;             // sectors
  std::optional<std::uint64_t> count;   // sectors; nothing: to the end of the disk or of the input
  double give_up_s = 30;
  NetworkOptions network;
  bool quiet = false;
  bool json = false;
};
// Adds ADDRESS, FILE, --offset, --count, --give-up, -q, --json and the network's options.
void add_transfer_options(CLI::App& app, TransferOptions& options);

// Puts Ctrl-C under control, opens the disk and calls `work`; whatever fails is reported. Returns the exit status.
struct DiskUse {
  AoeDisk& disk;
  Interrupt& interrupt;
};
int with_disk(const TransferOptions& options, DiskAccess access,
              const std::function<Result<int>(const DiskUse&)>& work);

// The sectors from `offset` on: `count` of them, or all to the end. Fails, naming the disk's size, for a range that is
// not within the disk.
Result<SectorRange> range_on_disk(std::uint64_t offset, std::optional<std::uint64_t> count, Sectors disk_size);

// One finished transfer, for the closing line.
struct TransferSummary {
  const char* verb = "";  // "read", "wrote"
  Sectors done;
  Duration elapsed{};
  std::uint64_t retransmitted = 0;
};
// "read 4096 sectors (2 MiB) in 0:01, 2 MiB/s, 3 frames sent again" on stderr, or JSON on stdout.
void print_summary(const TransferSummary& summary, const TransferOptions& options);

// "only sectors 0-99 of 0-4095 were ...": how far a transfer got before it failed; `what_became` ends the sentence.
std::string describe_partial(SectorRange wanted, Sectors done, const std::string& what_became);

}  // namespace aoekit::cli
