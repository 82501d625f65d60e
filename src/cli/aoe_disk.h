// A disk on the network by way of libaoekit, for a tool of one thread that Ctrl-C must reach.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/bulk_disk.h"
#include "cli/interrupt.h"
#include "lib/aoekit.h"
#include "wire/address.h"

namespace aoekit::cli {

enum class DiskAccess : std::uint8_t { read_only, read_write };

struct AoeDiskOptions {
  wire::AoeAddress address;
  std::vector<std::string> interfaces;             // empty: all usable ones
  DiskAccess access = DiskAccess::read_write;
  Duration open_timeout = std::chrono::seconds(2);
  Duration give_up_after = std::chrono::seconds(30);  // fails when a frame had no answer for this long
  Interrupt* interrupt = nullptr;                  // outlives the disk
};

class AoeDisk final : public BulkDisk {
 public:
  static Result<std::unique_ptr<AoeDisk>> open(const AoeDiskOptions& options);
  // Does not wait for what is unfinished, whose memory may go at once.
  ~AoeDisk() override;
  AoeDisk(const AoeDisk&) = delete;
  AoeDisk& operator=(const AoeDisk&) = delete;

  wire::AoeAddress address() const { return address_; }
  Sectors size() const { return {aoe_disk_size(disk_) / kSectorBytes}; }
  bool can_flush() const { return (status().flags & AOE_DISK_CAN_FLUSH) != 0; }
  aoe_disk_status status() const;
  std::uint64_t frames_sent_again() const;
  std::uint32_t sectors_per_frame() const override;

  Status submit(std::uint64_t token, block::OpKind kind, SectorRange range, MutableBytes data) override;
  // Zeros, by trimming where trimmed sectors read as zeros.
  Status submit_zero(std::uint64_t token, SectorRange range);
  Result<FinishedOp> wait() override;
  std::size_t unfinished() const { return unfinished_; }

  // For owners who wait for several things: readable when finished() should be asked again, which never waits.
  int fd() const { return aoe_client_fd(client_); }
  std::optional<FinishedOp> finished();

 private:
  struct Operation;
  AoeDisk(const AoeDiskOptions& options, aoe_client* client);
  Status find(const AoeDiskOptions& options);
  Status start(std::uint64_t token, std::int64_t (*begin)(AoeDisk&, Operation&), SectorRange range, MutableBytes data);
  static void done(void* user, std::int64_t cookie, int error, const char* text);
  Operation& operation_for(std::uint64_t token);

  wire::AoeAddress address_;
  Interrupt* interrupt_;
  aoe_client* client_;
  aoe_disk* disk_ = nullptr;
  std::vector<std::unique_ptr<Operation>> operations_;  // reused
  std::vector<Operation*> free_operations_;
  std::deque<FinishedOp> finished_;
  std::size_t unfinished_ = 0;
};

// Writes what is in the disk's cache to its medium, waiting for it.
Status flush(BulkDisk& disk);

}  // namespace aoekit::cli
