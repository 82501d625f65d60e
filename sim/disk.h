// A disk that breaks: memory, a volatile cache in front of it, and faults.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "block/block_op.h"
#include "sim/content.h"
#include "sim/world.h"

namespace aoekit::sim {

// How a process that used the disk ended.
enum class Crash : std::uint8_t { process_killed, power_cut };

// Bugs of the disk, for canaries.
enum class DiskBug : std::uint8_t { none, loses_writes, flushes_nothing };

struct DiskFaults {
  Duration latency_min{};
  Duration latency_max{};
  std::uint64_t stall_ppm = 0;  // an operation that takes up to stall_max
  Duration stall_max{};
  std::uint64_t read_error_ppm = 0;   // this operation fails
  std::uint64_t write_error_ppm = 0;  // likewise, after a part of it was done
  std::uint64_t flush_error_ppm = 0;
  std::uint64_t sticky_ppm = 0;       // a read finds one of its sectors bad, and it stays bad until it is written
  std::uint64_t fail_nth = 0;         // the Nth operation of all fails; 0: none
  // 1: what was in the cache when a sync failed is never made stable any more, and nobody is told again; as Linux does.
  std::uint64_t forgets_failed = 0;
};

struct DiskCounters {
  std::uint64_t reads = 0, writes = 0, flushes = 0, trims = 0;
  std::uint64_t errors = 0, stalls = 0, crashes = 0, sectors_lost = 0, sectors_torn = 0;
};

// Operations in flight together are done in any order. A write is visible to reads some time between its submission and
// its completion, sector by sector at once or, if it fails or the machine dies, in part. What was not made stable (by a
// stable write or a flush that began after the write's completion) is in the volatile cache: at a power cut each such
// sector keeps what was stable, or any of what was written since, or (with `tears`) turns into garbage.
class SimDisk {
 public:
  struct Options {
    std::uint64_t number = 0;  // tells disks apart in sector contents
    Sectors size;
    std::uint64_t capacity_sectors = 0;  // a sparse file's room; 0: as many as the disk has
    std::uint64_t tears = 0;             // 1: a power cut may leave garbage
    DiskFaults faults;
    DiskBug bug = DiskBug::none;
  };
  using Done = std::function<void(const block::BlockCompletion&)>;

  SimDisk(World& world, std::string name, const Options& options);
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  // `done` is called later, unless the process dies before. op.data stays the caller's until then.
  void submit(const block::BlockOp& op, Done done);
  // The process that submitted is gone: its operations end, in part or wholly or not at all; no `done` is called.
  void crash(Crash crash);
  // Changes the size at once; what is cut off is gone, what is new is zeros.
  void resize(Sectors size);
  // From now on it is a good disk; bad sectors read again.
  void heal();

  Sectors size() const { return Sectors{sectors_.size()}; }
  std::size_t in_flight() const { return operations_.size(); }
  // What a read of that sector gives now.
  Value value_at(Lba lba) const;
  const DiskCounters& counters() const { return counters_; }
  std::uint64_t number() const { return options_.number; }
  bool tears() const { return options_.tears != 0; }

 private:
  using Bytes = std::vector<std::uint8_t>;  // 512 of them, or none for zeros
  struct Unsynced {
    Bytes bytes;
    std::uint64_t operation = 0;
    std::uint64_t completed = 0;  // in the order of completions; 0: not yet
    bool forgotten = false;       // a sync failed with it
  };
  struct Sector {
    Bytes stable;
    std::vector<Unsynced> unsynced;  // oldest first
    bool bad = false;
    bool allocated = false;
    const Bytes& visible() const { return unsynced.empty() ? stable : unsynced.back().bytes; }
  };
  struct Operation {
    std::uint64_t id = 0;
    block::BlockOp op;
    Done done;
    block::BlockStatus status = block::BlockStatus::ok;
    std::uint64_t began_after = 0;  // completions before this operation was submitted
    bool applied = false;
  };

  void apply(Operation& operation);
  void complete(std::uint64_t id);
  void write_sector(const Operation& operation, std::uint64_t i);
  void sync(const Operation& flush);
  void forget_cache();
  block::BlockStatus draw_outcome(const block::BlockOp& op);
  void lose_cache();
  std::list<Operation>::iterator find(std::uint64_t id);

  World& world_;
  std::string name_;
  Options options_;
  Stream stream_;
  std::vector<Sector> sectors_;
  std::list<Operation> operations_;
  std::uint64_t allocated_ = 0;
  std::uint64_t last_id_ = 0;
  std::uint64_t completions_ = 0;
  std::uint64_t life_ = 0;  // of the process that uses it
  DiskCounters counters_;
};

}  // namespace aoekit::sim
