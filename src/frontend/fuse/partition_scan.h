// Finds a disk's partitions with libblkid, without handing it a file that it could wait for: the few sectors that
// partition tables are in are loaded first, into a sparse copy in memory, and libblkid looks at that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace aoekit::fuse {

struct Partition {
  unsigned number = 0;  // from 1, as in eS.LpN
  std::uint64_t first_byte = 0;
  std::uint64_t bytes = 0;
  bool operator==(const Partition&) const = default;
};

class PartitionScan {
 public:
  // A piece of the disk; offset and size are multiples of the sector's.
  struct Area {
    std::uint64_t offset = 0;
    std::size_t bytes = 0;
  };

  static Result<PartitionScan> begin(std::uint64_t disk_bytes);

  // The next piece to load; nothing more to load when its size is 0. Call store() with it before asking again.
  Area next() const { return wanted_.empty() ? Area{} : wanted_.back(); }
  Status store(ByteView data);

  // What the loaded tables say. No table: no partitions. Partitions that reach over the disk's end are cut there.
  Result<std::vector<Partition>> read() const;

 private:
  explicit PartitionScan(Fd copy, std::uint64_t disk_bytes) : copy_(std::move(copy)), disk_bytes_(disk_bytes) {}
  void want(std::uint64_t offset, std::size_t bytes);
  void follow_boot_record(const Area& area, ByteView sector);

  Fd copy_;
  std::uint64_t disk_bytes_ = 0;
  std::vector<Area> wanted_;  // the last is next
  std::uint64_t extended_byte_ = 0;  // where the chain of logical partitions begins; 0: none seen
  unsigned links_ = 0;
};

}  // namespace aoekit::fuse
