// The register and durability rules, one case each: what may be seen, what may not, and how the checker says so.
#include "sim/checkers/sector_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aoekit::checkers {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr Lba kLba{3};
constexpr SectorRange kRange{Lba{2}, Sectors{4}};

class History : public testing::Test {
 protected:
  SectorHistory history_{Sectors{16}};

  void write(Version version) {
    history_.write_issued(version, kRange);
    history_.write_acknowledged(version);
  }
  void flush() { history_.flush_acknowledged(history_.now()); }
  std::string after_cut(Version seen, UnsyncedSector unsynced = UnsyncedSector::old_or_new) const {
    return history_.check_after_power_cut(kLba, seen, unsynced);
  }
  std::string read(Version seen) { return history_.check_read(kLba, seen, history_.now()); }
};

TEST_F(History, AnAcknowledgedWriteIsReadAndMayBeLostUntilPromised) {
  write(1);
  EXPECT_THAT(read(1), IsEmpty());
  EXPECT_THAT(read(kInitialVersion), HasSubstr("although it was issued after the acknowledgement of version 1"));
  EXPECT_THAT(after_cut(1), IsEmpty());
  EXPECT_THAT(after_cut(kInitialVersion), IsEmpty());
  EXPECT_EQ(history_.unpromised_writes(), 1U);
  history_.write_promised(1);
  EXPECT_THAT(after_cut(1), IsEmpty());
  EXPECT_THAT(after_cut(kInitialVersion), HasSubstr("although version 1 (sectors 2+4"));
  EXPECT_EQ(history_.unpromised_writes(), 0U);
}

TEST_F(History, AWriteInFlightMayBeSeenOrNot) {
  write(1);
  history_.write_issued(2, kRange);
  EXPECT_THAT(read(1), IsEmpty());
  EXPECT_THAT(read(2), IsEmpty());
  history_.write_promised(1);
  EXPECT_THAT(after_cut(1), IsEmpty());
  EXPECT_THAT(after_cut(2), IsEmpty());
  EXPECT_THAT(after_cut(kInitialVersion), HasSubstr("promised"));
}

TEST_F(History, WritesInFlightTogetherMayEndInAnyOrder) {
  history_.write_issued(1, kRange);
  history_.write_issued(2, kRange);
  history_.write_acknowledged(2);
  history_.write_acknowledged(1);
  history_.promise_all_acknowledged();
  EXPECT_THAT(read(1), IsEmpty());
  EXPECT_THAT(read(2), IsEmpty());
  EXPECT_THAT(after_cut(1), IsEmpty());
  EXPECT_THAT(after_cut(2), IsEmpty());
}

TEST_F(History, AReadThatBeganBeforeTheAcknowledgementMayGiveTheOldData) {
  write(1);
  history_.write_issued(2, kRange);
  const Moment read_issued = history_.now();
  history_.write_acknowledged(2);
  EXPECT_THAT(history_.check_read(kLba, 1, read_issued), IsEmpty());
  EXPECT_THAT(read(1), HasSubstr("acknowledgement of version 2"));
}

TEST_F(History, AFlushPromisesWhatWasAcknowledgedBeforeItWasIssued) {
  write(1);
  history_.write_issued(2, kRange);
  const Moment flush_issued = history_.now();
  history_.write_acknowledged(2);
  history_.flush_acknowledged(flush_issued);
  EXPECT_THAT(after_cut(1), IsEmpty());
  EXPECT_THAT(after_cut(kInitialVersion), HasSubstr("although version 1"));
  EXPECT_EQ(history_.unpromised_writes(), 1U);
  flush();
  EXPECT_THAT(after_cut(1), HasSubstr("although version 2"));
}

TEST_F(History, OtherSectorsAndUnknownVersionsAreNotExcused) {
  write(1);
  EXPECT_THAT(history_.check_read(Lba{6}, 1, history_.now()), HasSubstr("never written there"));
  EXPECT_THAT(history_.check_after_power_cut(Lba{1}, 1, UnsyncedSector::old_or_new), HasSubstr("never written there"));
  EXPECT_THAT(read(7), HasSubstr("version 7, which was never written there"));
  EXPECT_THAT(read(kGarbage), HasSubstr("holds what nobody wrote"));
}

TEST_F(History, GarbageIsExcusedByAnUnpromisedWriteOnly) {
  constexpr auto kTearing = UnsyncedSector::old_new_or_garbage;
  EXPECT_THAT(after_cut(kGarbage, kTearing), HasSubstr("nobody wrote"));
  write(1);
  EXPECT_THAT(after_cut(kGarbage, kTearing), IsEmpty());
  EXPECT_THAT(after_cut(kGarbage), HasSubstr("nobody wrote"));
  write(2);
  history_.write_promised(2);  // 1 is replaced by it, promised or not
  EXPECT_THAT(after_cut(kGarbage, kTearing), HasSubstr("nobody wrote"));
  history_.write_issued(3, kRange);
  EXPECT_THAT(after_cut(kGarbage, kTearing), IsEmpty());
}

TEST_F(History, WhatIsAdoptedStaysAndWhatWasLostDoesNotComeBack) {
  write(1);
  write(2);
  history_.write_issued(3, kRange);
  history_.write_issued(4, kRange);
  history_.write_abandoned(3);
  for (Lba lba = kRange.first; lba.value < kRange.end(); ++lba.value) history_.adopt(lba, 1);
  EXPECT_THAT(read(1), IsEmpty());
  EXPECT_THAT(after_cut(kInitialVersion), HasSubstr("never written there"));
  EXPECT_THAT(after_cut(2), HasSubstr("never written there"));
  EXPECT_THAT(after_cut(3), HasSubstr("never written there"));
  EXPECT_THAT(after_cut(4), IsEmpty());  // sent again, it may yet be applied
  EXPECT_EQ(history_.unpromised_writes(), 0U);
  write(5);
  history_.write_promised(5);
  EXPECT_THAT(after_cut(1), HasSubstr("although version 5"));
}

TEST_F(History, AnAdoptedWriteThatIsStillOnItsWayMayBeAppliedAgain) {
  history_.write_issued(1, kRange);
  history_.adopt(kLba, 1);
  write(2);
  history_.write_promised(2);
  EXPECT_THAT(after_cut(1), IsEmpty());
  history_.write_acknowledged(1);
  write(3);
  history_.write_promised(3);
  EXPECT_THAT(after_cut(1), HasSubstr("although version 3"));
}

TEST_F(History, GarbageThatWasAdoptedGoesAwayWithTheNextPromise) {
  history_.adopt(kLba, kGarbage);
  EXPECT_THAT(read(kGarbage), IsEmpty());
  EXPECT_THAT(after_cut(kGarbage), IsEmpty());
  write(1);
  EXPECT_THAT(after_cut(kGarbage), IsEmpty());
  flush();
  EXPECT_THAT(after_cut(kGarbage), HasSubstr("although version 1"));
  history_.write_issued(2, kRange);
  EXPECT_THAT(after_cut(kGarbage, UnsyncedSector::old_new_or_garbage), IsEmpty());
}

}  // namespace
}  // namespace aoekit::checkers
