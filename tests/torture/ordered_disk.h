// What a disk must hold for one client whose overlapping requests take effect in the order of submission.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/units.h"
#include "sim/content.h"

namespace aoekit::torture {

// Stricter than the rules between several clients: a read must see exactly the last write submitted before it. Only a
// write that failed leaves a choice, until a later one succeeds. One thread at a time.
class OrderedDisk {
 public:
  using Version = sim::Value;

  // All sectors hold zeros.
  explicit OrderedDisk(Sectors size);

  // A write of data stamped with the version returned. The same for zeros, whose version is used as a name only.
  Version write_submitted(SectorRange range) { return submitted(range, Content::stamped); }
  Version zero_submitted(SectorRange range) { return submitted(range, Content::zeros); }
  // Empty, or what is wrong: a request done before an earlier one that overlaps it.
  std::string write_succeeded(Version version, SectorRange range);
  void write_failed(Version version, SectorRange range);

  // What a read sees follows from what was submitted before it: keep this until it is done. By sector.
  std::vector<Version> read_submitted(SectorRange range) const;
  // `data` is what a successful read gave. Empty, or what is wrong with the first wrong sector.
  std::string check_read(SectorRange range, const std::vector<Version>& at_submission, ByteView data) const;

 private:
  enum class Content : std::uint8_t { stamped, zeros };
  enum class State : std::uint8_t { pending, succeeded, failed };
  // A write whose data the sector may hold.
  struct Candidate {
    Version version = sim::kZeros;
    Content content = Content::zeros;
    State state = State::succeeded;
  };
  using Candidates = std::vector<Candidate>;  // oldest first

  Version submitted(SectorRange range, Content content);
  std::string check_sector(Lba lba, Version newest, ByteView data) const;
  static std::string describe(const Candidates& candidates);

  std::vector<Candidates> sectors_;
  Version last_version_ = sim::kZeros;
};

}  // namespace aoekit::torture
