// Random verified I/O on one AoE disk through libaoekit: many requests at once, overlapping on purpose, each checked.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/prng.h"
#include "base/units.h"
#include "lib/aoekit.h"
#include "tests/torture/ordered_disk.h"

namespace aoekit::torture {

struct HammerOptions {
  std::uint64_t seed = 1;
  double seconds = 5;
  std::size_t depth = 32;             // requests unfinished at a time
  std::size_t threads = 2;            // that submit them
  SectorRange window{{0}, {4096}};    // of the disk; overwritten
  std::uint64_t hot_sectors = 96;     // half of the requests meet in so many; 0: they go anywhere
  std::uint64_t request_sectors = 64; // longest request
  unsigned write_percent = 50;
  unsigned flush_percent = 1;
  unsigned zero_percent = 2;
  bool failures_allowed = false;      // requests may fail while the target is dead
  double hang_seconds = 60;           // this long without any request done is a hang
};

struct HammerResult {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds longest_request{};
  std::chrono::nanoseconds longest_stall{};  // nothing was done although something was to do
  std::vector<std::string> complaints;       // the first few; empty: all is well
};

class Hammer {
 public:
  // The disk outlives the hammer.
  Hammer(aoe_disk* disk, const HammerOptions& options);
  ~Hammer();

  // Fills the window with zeros, hammers until its time is over or SIGTERM comes, and reads all of it at the end.
  // Prints a line of JSON every second.
  HammerResult run();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Kind : std::uint8_t { read, write, fua_write, zero, flush };
  struct Request {
    Hammer* hammer = nullptr;
    bool busy = false;
    Kind kind = Kind::read;
    SectorRange range;  // within the window
    OrderedDisk::Version version = 0;
    std::vector<OrderedDisk::Version> before;
    std::vector<std::uint8_t> buffer;
    Clock::time_point started;
  };

  static void on_done(void* user, std::int64_t cookie, int error, const char* text);
  void finish(Request& request, int error, const char* text);
  void submit_many();
  // False when the request was refused.
  bool start(Request& request);
  void choose(Request& request);
  std::int64_t submit(Request& request);
  Request* free_request();
  void watch();
  void print_progress(Clock::time_point now);
  void zero_window();
  void read_back();
  void complain(std::string what);
  std::uint64_t byte_offset(SectorRange range) const {
    return (options_.window.first.value + range.first.value) * kSectorBytes;
  }

  aoe_disk* disk_;
  HammerOptions options_;
  Clock::time_point begin_ = Clock::now();

  std::mutex mutex_;  // over all below
  std::condition_variable changed_;
  OrderedDisk model_;
  Prng prng_;
  std::vector<std::unique_ptr<Request>> requests_;
  std::size_t busy_ = 0;
  bool stopping_ = false;
  HammerResult result_;
  Clock::time_point last_done_ = Clock::now();
};

}  // namespace aoekit::torture
