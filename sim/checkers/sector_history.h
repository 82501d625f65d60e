// What a sector may hold: the rules of the sector register (reads) and of durability (after a power cut), without I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/units.h"

namespace aoekit::checkers {

// Names a write; given out by the user of the history, never twice, from 1 on. The data of a sector must tell it.
using Version = std::uint64_t;
// What was there before the first write.
inline constexpr Version kInitialVersion = 0;
// Bytes that are no version's data: a torn or destroyed sector.
inline constexpr Version kGarbage = std::numeric_limits<Version>::max();

// What a disk may do to a sector whose newest writes were not promised when the power went.
enum class UnsyncedSector : std::uint8_t {
  old_or_new,         // power-safe overwrite: any unpromised version or the promised one
  old_new_or_garbage  // or nothing that anybody wrote
};

// A place in the history: the more, the later.
using Moment = std::uint64_t;

// The history of one disk's sectors as a client saw it. Events are reported in the order in which they happened at the
// client: a write is reported as issued before its first frame leaves, as acknowledged after its answer arrived. So
// what was acknowledged before another write was issued came first at the target, too; others may come in any order.
// A write that is never acknowledged, or failed, may have been applied or not, sector by sector, and may still be.
//
// Two rules, and each has one reason to fail. A version must not be seen in a sector
//  - by a read, if it was acknowledged before a later write was issued that was itself acknowledged before the read was
//    issued (check_read);
//  - after a power cut, if it was acknowledged before a later write was issued that was promised to survive
//    (check_after_power_cut).
// A version that was never written to that sector must not be seen at all.
class SectorHistory {
 public:
  explicit SectorHistory(Sectors size);

  // --- what happened ----------------------------------------------------------------------------------------------
  // REQUIRES: a version that is neither kInitialVersion, kGarbage nor used before; a range within the disk.
  void write_issued(Version version, SectorRange range);
  void write_acknowledged(Version version);
  // It survives any power cut from now on: FUA, a target without a volatile cache. REQUIRES: it was acknowledged.
  void write_promised(Version version);
  // Nothing can apply it from now on, e.g. because its target is dead and it will not be sent again. What it did stays.
  void write_abandoned(Version version);
  // A flush that was issued at `flush` is acknowledged: all that was acknowledged before it was issued is promised.
  void flush_acknowledged(Moment flush);
  // All acknowledged writes are promised, e.g. when only the target's process dies.
  void promise_all_acknowledged() { flush_acknowledged(now_ + 1); }
  // The present: to be kept when a read or a flush is issued.
  Moment now() { return ++now_; }

  // --- what may be seen; an empty string, or what is wrong ---------------------------------------------------------
  std::string check_read(Lba lba, Version seen, Moment read_issued) const;
  std::string check_after_power_cut(Lba lba, Version seen, UnsyncedSector unsynced) const;

  // After a power cut `seen` is what the sector holds, and it is promised. All else that was acknowledged or abandoned
  // is forgotten; what is still on its way may yet be applied.
  void adopt(Lba lba, Version seen);

  // Acknowledged, but not promised: what a power cut may take back. For statistics.
  std::size_t unpromised_writes() const { return unpromised_.size(); }

 private:
  static constexpr Moment kNever = std::numeric_limits<Moment>::max();
  struct Write {
    SectorRange range;
    Moment issued = 0;
    Moment acknowledged = kNever;
    Moment promised = kNever;
    bool abandoned = false;
    std::uint64_t sectors_left = 0;  // that have it among their versions
  };
  struct Sector {
    Version base = kInitialVersion;  // older than all versions, and promised
    std::vector<Version> versions;   // in the order of issue; may have the base, too, if that is still on its way
  };

  // The write that makes `seen` too old, of those for which `counts` is true; nothing if `seen` may be seen.
  template <class Counts>
  const Version* superseded_by(const Sector& sector, Version seen, Counts counts) const;
  std::string describe(Version version) const;
  std::string unknown(Lba lba, Version seen) const;
  bool knows(const Sector& sector, Version version) const;

  Moment now_ = 0;
  std::vector<Sector> sectors_;
  std::unordered_map<Version, Write> writes_;
  std::deque<Version> unpromised_;  // acknowledged, in that order
};

}  // namespace aoekit::checkers
