// Disks by libaoekit's C API, as any program would use it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/bench/disk_access.h"
#include "lib/aoekit.h"
#include "wire/address.h"

namespace aoekit::bench {

struct LibraryDisk {
  aoe_disk* disk = nullptr;
  std::uint64_t size_bytes = 0;
  std::uint32_t payload_bytes = 0;  // data in a frame
};

// A client whose work is done by the thread that calls (AOE_THREAD_CALLER).
class LibraryAccess final : public DiskAccess {
 public:
  struct Options {
    std::string interfaces;  // comma-separated; empty: all
    std::uint32_t requests = 32;
    std::uint32_t open_flags = 0;  // AOE_OPEN_...
    int open_timeout_ms = 2000;
    int dead_seconds = 10;  // a disk that is silent for longer fails its requests
  };
  static Result<std::unique_ptr<LibraryAccess>> open(const Options& options,
                                                     const std::vector<wire::AoeAddress>& addresses);
  ~LibraryAccess() override { LibraryAccess::end(); }
  LibraryAccess(const LibraryAccess&) = delete;
  LibraryAccess& operator=(const LibraryAccess&) = delete;

  const std::vector<LibraryDisk>& disks() const { return disks_; }  // in the order of the addresses

  void begin_batch() override;
  Status start(Job& job) override;
  void end_batch() override;
  Status poll(Sleep sleep) override;
  bool end() override;
  std::uint64_t frames_sent_again() const override;

 private:
  LibraryAccess() = default;

  aoe_client* client_ = nullptr;
  std::vector<LibraryDisk> disks_;
};

}  // namespace aoekit::bench
