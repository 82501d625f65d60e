// Opens disks on threads of their own: looking at what a disk is, and whether it is free, can wait for hardware.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "daemon/shard.h"
#include "io/mailbox.h"
#include "io/worker_pool.h"

namespace aoekit::daemon {

// Why a disk could not be opened.
struct OpenFailure {
  enum class Kind : std::uint8_t {
    missing,  // or failed, or not permitted: may be better later, worth another try
    refused,  // something else uses it: to be exported only when somebody says so again
  } kind = Kind::missing;
  std::string message;
};

using OpenedDisk = tl::expected<DiskMaker, OpenFailure>;

// Looks whether it is free, opens and claims it. Any thread. May wait for a second, or as long as the hardware takes.
// `asked`: when it was asked for; what was found out before does not count.
using OpenDisk = std::function<OpenedDisk(const config::ExportConfig& config, Instant asked)>;
// Opens files and block devices. Copies look together at what else uses disks.
OpenDisk file_opener();

// Threads: all calls from the main thread.
class DiskOpener {
 public:
  struct Outcome {
    wire::AoeAddress address;
    std::uint64_t ticket = 0;
    OpenedDisk disk = tl::unexpected(OpenFailure{});
  };

  static Result<std::unique_ptr<DiskOpener>> create(OpenDisk open, std::size_t threads);
  // Waits for the disks that are being opened.
  ~DiskOpener();

  // Opens the export's disk, sometime. `ticket` comes back in the outcome.
  void open(const config::ExportConfig& config, std::uint64_t ticket);
  std::size_t in_progress() const { return backlog_.size() + started_; }

  // Readable while there are outcomes to collect.
  int fd() const { return done_->fd(); }
  std::vector<Outcome> collect();

 private:
  struct Task {
    DiskOpener* opener = nullptr;
    config::ExportConfig config;
    std::uint64_t ticket = 0;
    Instant asked{};
  };
  static constexpr std::size_t kStartedMax = 64;

  DiskOpener(OpenDisk open, std::unique_ptr<io::Mailbox<Outcome>> done)
      : open_(std::move(open)), done_(std::move(done)) {}
  void start_some();
  static void run(void* task);

  const OpenDisk open_;
  std::deque<std::unique_ptr<Task>> backlog_;
  std::size_t started_ = 0;  // and not collected
  std::unique_ptr<io::Mailbox<Outcome>> done_;
  std::unique_ptr<io::WorkerPool> workers_;  // ends first
};

}  // namespace aoekit::daemon
