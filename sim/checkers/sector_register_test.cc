// The register and durability rules, one case each: what may be seen, what may not, and how the checker says so.
#include "sim/checkers/sector_register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aoekit::sim {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr Lba kLba{3};
constexpr SectorRange kRange{Lba{2}, Sectors{4}};
constexpr std::uint64_t kTears = 1;

class Register : public testing::Test {
 protected:
  WriteId write(Value value, Kept kept) {
    const WriteId id = register_.write_begins(value, kRange);
    register_.write_acknowledged(id, kept);
    return id;
  }
  void flush() { register_.flush_acknowledged(register_.flush_begins()); }
  // Checks on a copy: looking is not to change what may be seen next.
  std::string after_cut(Value seen, std::uint64_t tears = 0) const {
    return SectorRegister(register_).survived(kLba, seen, tears);
  }
  std::string read(Value seen) const {
    SectorRegister copy(register_);
    return copy.read_returned(kLba, seen, copy.read_begins());
  }

  SectorRegister register_{0, Sectors{16}};
};

TEST_F(Register, AnAcknowledgedWriteIsReadAndMayBeLostUntilKept) {
  write(1, Kept::in_a_cache);
  EXPECT_THAT(read(1), IsEmpty());
  EXPECT_THAT(read(kZeros), HasSubstr("replaced before the read began"));
  EXPECT_THAT(after_cut(1), IsEmpty());
  EXPECT_THAT(after_cut(kZeros), IsEmpty());
  write(2, Kept::for_good);
  EXPECT_THAT(after_cut(2), IsEmpty());
  EXPECT_THAT(after_cut(1), HasSubstr("after a power cut there is data 1; kept for good: data 2"));
  EXPECT_THAT(after_cut(kZeros), HasSubstr("kept for good: data 2"));
}

TEST_F(Register, AWriteUnderWayMayBeSeenOrNot) {
  write(1, Kept::for_good);
  register_.write_begins(2, kRange);
  EXPECT_THAT(read(1), IsEmpty());
  EXPECT_THAT(read(2), IsEmpty());
  EXPECT_THAT(after_cut(1), IsEmpty());
  EXPECT_THAT(after_cut(2), IsEmpty());
  EXPECT_THAT(after_cut(kZeros), HasSubstr("kept for good: data 1"));
}

TEST_F(Register, WritesUnderWayTogetherMayEndInAnyOrder) {
  const WriteId one = register_.write_begins(1, kRange);
  const WriteId two = register_.write_begins(2, kRange);
  register_.write_acknowledged(two, Kept::for_good);
  register_.write_acknowledged(one, Kept::for_good);
  for (const Value value : {Value{1}, Value{2}}) {
    EXPECT_THAT(read(value), IsEmpty());
    EXPECT_THAT(after_cut(value), IsEmpty());
  }
  EXPECT_THAT(after_cut(kZeros), HasSubstr("kept for good"));
}

TEST_F(Register, AReadThatBeganBeforeTheAcknowledgementMayGiveTheOldData) {
  write(1, Kept::in_a_cache);
  const WriteId two = register_.write_begins(2, kRange);
  const Moment began = register_.read_begins();
  register_.write_acknowledged(two, Kept::in_a_cache);
  EXPECT_THAT(read(1), HasSubstr("replaced"));
  EXPECT_THAT(register_.read_returned(kLba, 1, began), IsEmpty());
  register_.read_ends(began);
}

TEST_F(Register, WhatOneReadSawNobodySeesUndone) {
  write(1, Kept::in_a_cache);
  register_.write_begins(2, kRange);
  const Moment began = register_.read_begins();
  EXPECT_THAT(register_.read_returned(kLba, 2, began), IsEmpty());
  register_.read_ends(began);
  EXPECT_THAT(read(1), HasSubstr("replaced"));
  EXPECT_THAT(after_cut(1), IsEmpty()) << "seen is not kept";
}

TEST_F(Register, AFlushKeepsWhatWasAcknowledgedBeforeItBegan) {
  write(1, Kept::in_a_cache);
  const WriteId two = register_.write_begins(2, kRange);
  const Moment flush_began = register_.flush_begins();
  register_.write_acknowledged(two, Kept::in_a_cache);
  register_.flush_acknowledged(flush_began);
  EXPECT_THAT(after_cut(1), IsEmpty());
  EXPECT_THAT(after_cut(kZeros), HasSubstr("kept for good: data 1"));
  flush();
  EXPECT_THAT(after_cut(1), HasSubstr("kept for good: data 2"));
}

TEST_F(Register, OtherSectorsAndUnknownDataAreNotExcused) {
  write(1, Kept::in_a_cache);
  SectorRegister copy(register_);
  EXPECT_THAT(copy.read_returned(Lba{6}, 1, copy.read_begins()), HasSubstr("cannot be there"));
  EXPECT_THAT(copy.survived(Lba{1}, 1, 0), HasSubstr("there is data 1"));
  EXPECT_THAT(read(7), HasSubstr("data 7, which cannot be there"));
  EXPECT_THAT(read(kGarbage), HasSubstr("garbage, which cannot be there"));
}

TEST_F(Register, GarbageIsExcusedByAnUnkeptWriteOnly) {
  EXPECT_THAT(after_cut(kGarbage, kTears), HasSubstr("there is garbage"));
  write(1, Kept::in_a_cache);
  EXPECT_THAT(after_cut(kGarbage, kTears), IsEmpty());
  EXPECT_THAT(after_cut(kGarbage), HasSubstr("there is garbage"));
  write(2, Kept::for_good);  // 1 is replaced by it, kept or not
  EXPECT_THAT(after_cut(kGarbage, kTears), HasSubstr("there is garbage"));
  register_.write_begins(3, kRange);
  EXPECT_THAT(after_cut(kGarbage, kTears), IsEmpty());
}

TEST_F(Register, WhatWasLostDoesNotComeBackAndWhatIsUnderWayMay) {
  write(1, Kept::in_a_cache);
  write(2, Kept::in_a_cache);
  const WriteId given_up = register_.write_begins(3, kRange);
  register_.write_begins(4, kRange);
  register_.write_is_over(given_up);
  EXPECT_THAT(register_.survived(kLba, 1, 0), IsEmpty());
  EXPECT_THAT(read(1), IsEmpty());
  for (const Value lost : {kZeros, Value{2}, Value{3}}) EXPECT_THAT(after_cut(lost), HasSubstr("kept for good: data 1"));
  EXPECT_THAT(after_cut(4), IsEmpty()) << "sent again, it may yet be applied";
  write(5, Kept::for_good);
  EXPECT_THAT(after_cut(1), HasSubstr("kept for good: data 5"));
}

TEST_F(Register, GarbageThatIsThereGoesAwayWithTheNextKeptWrite) {
  write(1, Kept::in_a_cache);
  EXPECT_THAT(register_.survived(kLba, kGarbage, kTears), IsEmpty());
  EXPECT_THAT(read(kGarbage), IsEmpty());
  write(2, Kept::in_a_cache);
  EXPECT_THAT(after_cut(kGarbage), IsEmpty());
  flush();
  EXPECT_THAT(after_cut(kGarbage), HasSubstr("kept for good: data 2"));
}

}  // namespace
}  // namespace aoekit::sim
