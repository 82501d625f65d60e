// A disk with a volatile write cache over a backing file: what is not synced when the power goes is kept, lost, torn or
// destroyed, sector by sector.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "base/bytes.h"
#include "base/prng.h"
#include "base/units.h"

namespace aoekit::power {

// Whether the disk does what it is told: a lying one acknowledges syncs and FUA writes and forgets about them.
enum class Honesty : std::uint8_t { honest, lying };

struct VolatileDiskOptions {
  std::uint64_t seed = 1;
  Honesty honesty = Honesty::honest;
  // Of 100 cached writes, so many make the disk write some other dirty page back on its own.
  unsigned writeback_percent = 20;
  // A sync takes up to so long, so that the power can go in the middle of it.
  std::uint32_t sync_microseconds_max = 2000;
};

// What a power cut did to the pages that were not synced, and to their sectors.
struct PowerCut {
  std::size_t pages_kept = 0;
  std::size_t pages_lost = 0;
  std::size_t pages_torn = 0;      // some sectors new, some old, some destroyed
  std::size_t sectors_garbage = 0;
};

// All calls return 0 or an errno; EIO after the power went. Any thread.
class VolatileDisk {
 public:
  static constexpr std::size_t kPageBytes = 4096;

  // `backing` is the stable medium: a descriptor that outlives the disk, of a file that is not changed by others.
  VolatileDisk(int backing, const VolatileDiskOptions& options);

  // Bytes behind the end of the backing file read as zero.
  int read(std::uint64_t offset, MutableBytes data);
  int write(std::uint64_t offset, ByteView data);
  // What was written before the call is on the stable medium when it returns; it gets there page by page, in any order.
  int sync();
  int sync_range(std::uint64_t offset, std::uint64_t length);

  // Ends all: decides about every unsynced page, makes that the backing file's content, and refuses all from then on.
  PowerCut cut_power();

 private:
  static constexpr std::size_t kSectorsPerPage = kPageBytes / kSectorBytes;
  enum class Fate : std::uint8_t { kept, lost, garbage };
  struct Page {
    std::array<std::uint8_t, kPageBytes> data;
    std::uint8_t dirty = 0;  // a bit a sector
  };

  int load(std::uint64_t number, Page& page) const;
  int write_back(std::uint64_t number, Page& page);
  int write_back_some();
  int sync_pages(std::vector<std::uint64_t> numbers);
  Fate fate_of_sector();
  void decide(std::uint64_t number, Page& page, PowerCut& cut);

  int backing_;
  VolatileDiskOptions options_;
  std::mutex mutex_;
  Prng prng_;
  bool dead_ = false;
  std::map<std::uint64_t, Page> dirty_;  // by page number
};

}  // namespace aoekit::power
