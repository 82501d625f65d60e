// Two rules over one order of events; see the header.
#include "sim/checkers/sector_history.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/check.h"

namespace aoekit::checkers {

SectorHistory::SectorHistory(Sectors size) : sectors_(size.count) {}

void SectorHistory::write_issued(Version version, SectorRange range) {
  AOEKIT_CHECK(version != kInitialVersion && version != kGarbage);
  AOEKIT_CHECK(range.fits(Sectors{sectors_.size()}));
  Write write;
  write.range = range;
  write.issued = now();
  write.sectors_left = range.count.count;
  AOEKIT_CHECK(writes_.emplace(version, write).second);
  for (std::uint64_t lba = range.first.value; lba < range.end(); ++lba) sectors_[lba].versions.push_back(version);
}

void SectorHistory::write_acknowledged(Version version) {
  Write& write = writes_.at(version);
  AOEKIT_CHECK(write.acknowledged == kNever);
  write.acknowledged = now();
  unpromised_.push_back(version);
}

void SectorHistory::write_promised(Version version) {
  Write& write = writes_.at(version);
  AOEKIT_CHECK(write.acknowledged != kNever);
  write.promised = std::min(write.promised, now());
  std::erase(unpromised_, version);
}

void SectorHistory::write_abandoned(Version version) { writes_.at(version).abandoned = true; }

void SectorHistory::flush_acknowledged(Moment flush) {
  const Moment moment = now();
  while (!unpromised_.empty()) {
    Write& write = writes_.at(unpromised_.front());
    if (write.acknowledged >= flush) break;
    write.promised = moment;
    unpromised_.pop_front();
  }
}

template <class Counts>
const Version* SectorHistory::superseded_by(const Sector& sector, Version seen, Counts counts) const {
  // The base was there before everything else, unless a copy of its write is still on its way.
  const bool is_listed = std::ranges::find(sector.versions, seen) != sector.versions.end();
  const Moment seen_acknowledged = is_listed ? writes_.at(seen).acknowledged : 0;
  for (const Version& other : sector.versions) {
    const Write& write = writes_.at(other);
    if (other != seen && seen_acknowledged < write.issued && counts(write)) return &other;
  }
  return nullptr;
}

bool SectorHistory::knows(const Sector& sector, Version version) const {
  return version == sector.base || std::ranges::find(sector.versions, version) != sector.versions.end();
}

std::string SectorHistory::unknown(Lba lba, Version seen) const {
  if (seen == kGarbage) return fmt::format("sector {}: holds what nobody wrote", lba.value);
  return fmt::format("sector {}: holds {}, which was never written there", lba.value, describe(seen));
}

std::string SectorHistory::check_read(Lba lba, Version seen, Moment read_issued) const {
  const Sector& sector = sectors_.at(lba.value);
  if (!knows(sector, seen)) return unknown(lba, seen);
  const Version* newer =
      superseded_by(sector, seen, [&](const Write& write) { return write.acknowledged < read_issued; });
  if (newer == nullptr) return {};
  return fmt::format("sector {}: a read gave {}, although it was issued after the acknowledgement of {}", lba.value,
                     describe(seen), describe(*newer));
}

std::string SectorHistory::check_after_power_cut(Lba lba, Version seen, UnsyncedSector unsynced) const {
  const Sector& sector = sectors_.at(lba.value);
  const auto promised = [](const Write& write) { return write.promised != kNever; };
  // Only a write that was in a volatile cache leaves garbage: an unpromised one that nothing promised has replaced.
  const bool excused = seen == kGarbage && unsynced == UnsyncedSector::old_new_or_garbage &&
                       std::ranges::any_of(sector.versions, [&](const Version& version) {
                         return !promised(writes_.at(version)) && superseded_by(sector, version, promised) == nullptr;
                       });
  if (excused) return {};
  if (!knows(sector, seen)) return unknown(lba, seen);
  const Version* newer = superseded_by(sector, seen, promised);
  if (newer == nullptr) return {};
  return fmt::format("sector {}: holds {} after the power cut, although {} was promised to survive", lba.value,
                     describe(seen), describe(*newer));
}

void SectorHistory::adopt(Lba lba, Version seen) {
  Sector& sector = sectors_.at(lba.value);
  sector.base = seen;
  std::erase_if(sector.versions, [&](Version version) {
    Write& write = writes_.at(version);
    if (write.acknowledged == kNever && !write.abandoned) return false;
    if (--write.sectors_left == 0) {
      std::erase(unpromised_, version);
      writes_.erase(version);
    }
    return true;
  });
}

std::string SectorHistory::describe(Version version) const {
  if (version == kInitialVersion) return "its initial data";
  if (version == kGarbage) return "garbage";
  const auto found = writes_.find(version);
  if (found == writes_.end()) return fmt::format("version {}", version);
  const auto text = [](Moment moment) { return moment == kNever ? std::string("never") : fmt::format("{}", moment); };
  const Write& write = found->second;
  return fmt::format("version {} (sectors {}+{}, issued {}, acknowledged {}, promised {})", version,
                     write.range.first.value, write.range.count.count, write.issued, text(write.acknowledged),
                     text(write.promised));
}

}  // namespace aoekit::checkers
