// Lists of candidates per sector, kept short: what no read may return any more is forgotten.
#include "sim/checkers/sector_register.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/check.h"

namespace aoekit::sim {
namespace {

std::string name_of(Value value) {
  if (value == kZeros) return "zeros";
  if (value == kGarbage) return "garbage";
  if ((value & kForbidden) != 0) return fmt::format("data {} of a station that may not write", value & ~kForbidden);
  return fmt::format("data {}", value);
}

}  // namespace

SectorRegister::SectorRegister(std::uint64_t disk, Sectors size) : disk_(disk), sectors_(size.count) {
  for (Sector& sector : sectors_) sector.push_back({.acknowledged = 0, .over = 0, .kept = true});
}

WriteId SectorRegister::write_begins(Value value, SectorRange range) {
  AOEKIT_CHECK(range.fits(Sectors{sectors_.size()}));
  Entry entry;
  entry.id = ++last_id_;
  entry.value = value;
  entry.began = ++now_;
  for (std::uint64_t lba = range.first.value; lba < range.end(); ++lba) sectors_[lba].push_back(entry);
  under_way_.emplace(entry.id, range);
  return entry.id;
}

void SectorRegister::write_acknowledged(WriteId id, Kept kept) {
  const SectorRange range = under_way_.at(id);
  under_way_.erase(id);
  ++now_;
  for (std::uint64_t lba = range.first.value; lba < range.end(); ++lba) {
    Entry& write = entry(Lba{lba}, id);
    write.acknowledged = write.over = now_;
    write.kept = kept == Kept::for_good;
    replace(sectors_[lba], Entry(write));
  }
}

void SectorRegister::write_is_over(WriteId id) {
  const SectorRange range = under_way_.at(id);
  under_way_.erase(id);
  ++now_;
  for (std::uint64_t lba = range.first.value; lba < range.end(); ++lba) {
    entry(Lba{lba}, id).over = now_;
    // An acknowledged write that began after this one ended cannot exist yet: nothing more to do.
  }
}

void SectorRegister::flush_acknowledged(Moment began) {
  ++now_;
  for (Sector& sector : sectors_) {
    for (std::size_t i = 0; i < sector.size(); ++i) {
      if (sector[i].kept || sector[i].acknowledged >= began) continue;
      sector[i].kept = true;
      replace(sector, Entry(sector[i]));
    }
  }
}

// `by` is a copy: the list may move.
void SectorRegister::replace(Sector& sector, const Entry& by) {
  for (Entry& older : sector) {
    if (older.id == by.id || older.over >= by.began) continue;
    older.replaced = std::min(older.replaced, now_);
    if (by.kept) older.replaced_for_good = true;
  }
  forget(sector);
}

void SectorRegister::forget(Sector& sector) const {
  const Moment oldest_read = reads_.empty() ? kNever : *std::ranges::min_element(reads_);
  std::erase_if(sector, [&](const Entry& e) { return e.replaced_for_good && e.replaced < oldest_read; });
}

Moment SectorRegister::read_begins() {
  reads_.push_back(++now_);
  return now_;
}

void SectorRegister::read_ends(Moment began) {
  const auto found = std::ranges::find(reads_, began);
  AOEKIT_CHECK(found != reads_.end());
  reads_.erase(found);
  ++now_;
}

std::string SectorRegister::read_returned(Lba lba, Value value, Moment began) {
  Sector& sector = sectors_[lba.value];
  const Entry* only = nullptr;
  std::size_t possible = 0;
  const Entry* replaced = nullptr;
  for (const Entry& candidate : sector) {
    if (candidate.value != value) continue;
    if (candidate.replaced < began) {
      replaced = &candidate;
      continue;
    }
    only = &candidate;
    ++possible;
  }
  if (possible == 0) {
    const char* why = replaced != nullptr ? "was replaced before the read began" : "cannot be there";
    return fmt::format("disk {} sector {}: a read returned {}, which {}; {}", disk_, lba.value, name_of(value), why,
                       expected(sector, began));
  }
  // Seen is done. Where several writes of the same data are possible, nobody can tell which was seen.
  ++now_;
  if (possible == 1) {
    Entry seen = *only;
    seen.kept = seen.kept && seen.acknowledged != kNever;
    replace(sector, seen);
  }
  return {};
}

std::string SectorRegister::survived(Lba lba, Value value, std::uint64_t tears) {
  Sector& sector = sectors_[lba.value];
  const auto may_be = [](const Entry& entry) { return !entry.replaced_for_good; };
  const bool possible =
      std::ranges::any_of(sector, [&](const Entry& entry) { return entry.value == value && may_be(entry); });
  const bool torn = value == kGarbage && tears != 0 &&
                    std::ranges::any_of(sector, [&](const Entry& entry) { return may_be(entry) && !entry.kept; });
  if (!possible && !torn) {
    std::string text = fmt::format("disk {} sector {}: after a power cut there is {}; kept for good:", disk_, lba.value,
                                   name_of(value));
    for (const Entry& entry : sector) {
      if (entry.kept && may_be(entry)) text += ' ' + name_of(entry.value);
    }
    return text;
  }
  settle(sector, value);
  return {};
}

// Only `value` is there, for good, and what is under way may still come. Reads under way may have seen what was there.
void SectorRegister::settle(Sector& sector, Value value) {
  ++now_;
  for (Entry& entry : sector) {
    if (entry.over == kNever) continue;
    entry.replaced = std::min(entry.replaced, now_);
    entry.replaced_for_good = true;
  }
  sector.push_back(
      {.id = ++last_id_, .value = value, .began = now_, .acknowledged = now_, .over = now_, .kept = true});
  forget(sector);
}

void SectorRegister::cut_off(SectorRange range) {
  for (std::uint64_t lba = range.first.value; lba < range.end(); ++lba) settle(sectors_[lba], kZeros);
}

SectorRegister::Entry& SectorRegister::entry(Lba lba, WriteId id) {
  Sector& sector = sectors_[lba.value];
  const auto found = std::ranges::find(sector, id, &Entry::id);
  AOEKIT_CHECK(found != sector.end());
  return *found;
}

std::string SectorRegister::expected(const Sector& sector, Moment began) const {
  std::string text = "possible would be:";
  for (const Entry& entry : sector) {
    if (entry.replaced >= began) text += ' ' + name_of(entry.value) + (entry.over == kNever ? " (under way)" : "");
  }
  return text;
}

}  // namespace aoekit::sim
