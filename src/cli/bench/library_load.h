// The load through libaoekit's C API, as any program would use it: what it measures beyond wire_load.h is the library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench/load.h"
#include "cli/bench/schedule.h"
#include "lib/aoekit.h"
#include "wire/address.h"

namespace aoekit::bench {

struct LibraryDisk {
  aoe_disk* disk = nullptr;
  std::uint64_t size_bytes = 0;
  std::uint32_t payload_bytes = 0;  // data in a frame
};

// A client whose work is done by the thread that calls (AOE_THREAD_CALLER), with its disks.
class LibraryClient {
 public:
  struct Options {
    std::string interfaces;  // comma-separated; empty: all
    std::uint32_t requests = 32;
    std::uint32_t open_flags = 0;  // AOE_OPEN_...
    int open_timeout_ms = 2000;
    int dead_seconds = 10;  // a disk that is silent for longer fails its requests
  };
  static Result<std::unique_ptr<LibraryClient>> open(const Options& options,
                                                     const std::vector<wire::AoeAddress>& addresses);
  // Ends what is unfinished: callbacks are called within.
  ~LibraryClient();
  LibraryClient(const LibraryClient&) = delete;
  LibraryClient& operator=(const LibraryClient&) = delete;

  aoe_client* handle() const { return client_; }
  const std::vector<LibraryDisk>& disks() const { return disks_; }  // in the order of the addresses

 private:
  LibraryClient() = default;
  aoe_client* client_ = nullptr;
  std::vector<LibraryDisk> disks_;
};

// What is asked of one disk of the client.
struct LibraryTarget {
  std::size_t depth = 32;  // requests outstanding, at most
  Sectors request_size{};
  Workload workload;
  Schedule schedule;
};

class LibraryLoad final : public Load {
 public:
  // `targets` are those of the client's disks, in their order. REQUIRES that their depths add up to the client's
  // requests.
  LibraryLoad(std::unique_ptr<LibraryClient> client, std::vector<LibraryTarget> targets, Waiting waiting);
  ~LibraryLoad() override;

  Status turn(Instant until) override;
  Tally tally() const override;
  void reset_tally() override;

 private:
  struct Lane;
  struct Job {  // a request under way, with its buffer
    LibraryLoad* owner = nullptr;
    Lane* lane = nullptr;
    std::vector<std::uint8_t> buffer;
    Request request;
    Instant since{};
  };
  struct Lane {
    LibraryTarget target;
    aoe_disk* disk = nullptr;
    std::vector<std::unique_ptr<Job>> jobs;
    std::vector<Job*> free_jobs;
  };

  Status start_all_due();
  std::optional<Instant> next_due() const;
  Status start_due(Lane& lane, Instant now);
  static void done(void* user, std::int64_t cookie, int error, const char* text);
  std::uint64_t frames_sent_again() const;

  std::vector<std::unique_ptr<Lane>> lanes_;
  Waiting waiting_;
  Tally tally_;
  std::string first_error_;
  std::uint64_t sent_again_before_ = 0;
  std::unique_ptr<LibraryClient> client_;  // last: it ends first, and its callbacks use the rest
};

}  // namespace aoekit::bench
