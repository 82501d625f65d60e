// The register of a disk's sectors: which contents a read may return, and which may be there after a power cut.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/units.h"
#include "sim/content.h"

namespace aoekit::sim {

// A place in the order of events, as the clients saw them.
using Moment = std::uint64_t;
// One write (or trim, which writes zeros); given out by write_begins().
using WriteId = std::uint64_t;

// Whether a power cut may take an acknowledged write back.
enum class Kept : std::uint8_t { in_a_cache, for_good };

// All clients of a disk report here: a write before its first frame leaves, its end when its answer has arrived.
// Between the two it may happen at any time, sector by sector; if it failed or was given up, until it is_over().
//
// A content may be seen by a read unless it was replaced before the read began. A write W replaces all that was over
// before W began, as soon as W is acknowledged or a read has returned it: what one client saw, nobody sees undone.
// After a power cut only what was kept for good has replaced anything.
class SectorRegister {
 public:
  SectorRegister(std::uint64_t disk, Sectors size);

  WriteId write_begins(Value value, SectorRange range);
  void write_acknowledged(WriteId id, Kept kept);
  // Not acknowledged, and from now on nothing can apply it.
  void write_is_over(WriteId id);
  // All that was acknowledged before the flush began is kept for good.
  void flush_acknowledged(Moment began);

  // To be kept for read_returned() and flush_acknowledged().
  Moment read_begins();
  Moment flush_begins() { return ++now_; }
  // Ends a read that returned nothing, for its own reasons.
  void read_ends(Moment began);

  // Each returns an empty string or says what is wrong. A read ends with its last sector: read_ends().
  std::string read_returned(Lba lba, Value value, Moment began);
  // `value` is what is there after a power cut, with `tears` also garbage that an unkept write may leave.
  std::string survived(Lba lba, Value value, std::uint64_t tears);

  // These sectors were cut off and are zeros again when they come back; writes under way may still happen.
  void cut_off(SectorRange range);

 private:
  static constexpr Moment kNever = UINT64_MAX;
  struct Entry {
    WriteId id = 0;
    Value value = kZeros;
    Moment began = 0;
    Moment acknowledged = kNever;
    Moment over = kNever;      // nothing can apply it after that
    Moment replaced = kNever;
    bool kept = false;
    bool replaced_for_good = false;
  };
  using Sector = std::vector<Entry>;

  Entry& entry(Lba lba, WriteId id);
  void replace(Sector& sector, const Entry& by);
  void forget(Sector& sector) const;
  void settle(Sector& sector, Value value);
  std::string expected(const Sector& sector, Moment began) const;

  std::uint64_t disk_;
  std::vector<Sector> sectors_;
  std::unordered_map<WriteId, SectorRange> under_way_;
  std::vector<Moment> reads_;  // begun and not ended
  WriteId last_id_ = 0;
  Moment now_ = 0;
};

}  // namespace aoekit::sim
