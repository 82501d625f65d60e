// Each sector has the list of writes that it may hold; success of one removes all older ones.
#include "tests/torture/ordered_disk.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "base/check.h"
#include "sim/content.h"

namespace aoekit::torture {

OrderedDisk::OrderedDisk(Sectors size) : sectors_(size.count, Candidates{Candidate{}}) {}

OrderedDisk::Version OrderedDisk::submitted(SectorRange range, Content content) {
  const Version version = ++last_version_;
  for (std::uint64_t lba = range.first.value; lba < range.end(); ++lba) {
    sectors_[lba].push_back({version, content, State::pending});
  }
  return version;
}

std::string OrderedDisk::write_succeeded(Version version, SectorRange range) {
  std::string complaint;
  for (std::uint64_t lba = range.first.value; lba < range.end(); ++lba) {
    Candidates& candidates = sectors_[lba];
    const auto self = std::ranges::find(candidates, version, &Candidate::version);
    AOEKIT_CHECK(self != candidates.end() && self->state == State::pending);
    const auto earlier = std::find_if(candidates.begin(), self, [](const Candidate& candidate) {
      return candidate.state == State::pending;
    });
    if (earlier != self && complaint.empty()) {
      complaint = fmt::format("sector {}: write {} was done before write {}, which was submitted earlier", lba, version,
                              earlier->version);
    }
    self->state = State::succeeded;
    candidates.erase(candidates.begin(), self);
  }
  return complaint;
}

void OrderedDisk::write_failed(Version version, SectorRange range) {
  for (std::uint64_t lba = range.first.value; lba < range.end(); ++lba) {
    const auto self = std::ranges::find(sectors_[lba], version, &Candidate::version);
    AOEKIT_CHECK(self != sectors_[lba].end() && self->state == State::pending);
    self->state = State::failed;
  }
}

std::vector<OrderedDisk::Version> OrderedDisk::read_submitted(SectorRange range) const {
  std::vector<Version> newest;
  for (std::uint64_t lba = range.first.value; lba < range.end(); ++lba) {
    newest.push_back(sectors_[lba].back().version);
  }
  return newest;
}

std::string OrderedDisk::check_read(SectorRange range, const std::vector<Version>& at_submission, ByteView data) const {
  AOEKIT_CHECK(data.size() == range.count.bytes() && at_submission.size() == range.count.count);
  for (std::uint64_t i = 0; i < range.count.count; ++i) {
    std::string complaint =
        check_sector({range.first.value + i}, at_submission[i], data.subspan(i * kSectorBytes, kSectorBytes));
    if (!complaint.empty()) return complaint;
  }
  return {};
}

std::string OrderedDisk::check_sector(Lba lba, Version newest, ByteView data) const {
  const Version seen = sim::value_in(data, {.lba = lba});
  const Candidates& candidates = sectors_[lba.value];
  const auto last = std::ranges::find_if(candidates, [&](const Candidate& c) { return c.version > newest; });
  const std::span<const Candidate> visible(candidates.begin(), last);
  for (const Candidate& candidate : visible) {
    if (candidate.state == State::pending) {
      return fmt::format("sector {}: a read was done before write {}, which was submitted earlier", lba.value,
                         candidate.version);
    }
  }
  for (const Candidate& candidate : visible) {
    const Version looks_like = candidate.content == Content::zeros ? sim::kZeros : candidate.version;
    if (seen == looks_like) return {};
  }
  return fmt::format("sector {}: holds {} in place of {} (newest when the read was submitted: {})", lba.value,
                     seen == sim::kGarbage ? std::string("garbage") : fmt::format("version {}", seen),
                     describe(candidates), newest);
}

std::string OrderedDisk::describe(const Candidates& candidates) {
  std::string text;
  for (const Candidate& candidate : candidates) {
    const char* state = "";
    if (candidate.state == State::pending) state = " pending";
    if (candidate.state == State::failed) state = " failed";
    text += fmt::format("{}{}{}{}", text.empty() ? "" : " or ", candidate.version,
                        candidate.content == Content::zeros ? " (zeros)" : "", state);
  }
  return text;
}

}  // namespace aoekit::torture
