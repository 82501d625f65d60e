// SET FEATURES: what it changes and what it refuses.
#include "ata/ata_fixture.h"

namespace aoekit::ata {
namespace {

class SetFeatures : public AtaFixture {
 protected:
  static wire::AtaBody set(std::uint8_t feature) { return with_feature(request(0xef), feature); }
};

TEST_F(SetFeatures, WriteCacheOffFlushesEveryTime) {
  for (int copy = 0; copy < 2; ++copy) {
    EXPECT_EQ(transfer_for(set(0x82)).kind, block::OpKind::flush);
    EXPECT_FALSE(disk_.write_cache_enabled);
  }
}

TEST_F(SetFeatures, WriteCacheOnOnlyWhereThereIsOne) {
  disk_.write_cache_enabled = false;
  expect_success(set(0x02));
  EXPECT_TRUE(disk_.write_cache_enabled);
  disk_.identity.has_write_cache = false;
  disk_.write_cache_enabled = false;
  expect_refused(set(0x02), kErrorAbort);
  EXPECT_FALSE(disk_.write_cache_enabled);
  expect_success(set(0x82));
}

TEST_F(SetFeatures, WriteCacheCannotBeOffWhereNothingIsEverStable) {
  disk_.identity.never_stable = true;
  expect_refused(set(0x82), kErrorAbort);
  EXPECT_TRUE(disk_.write_cache_enabled);
  expect_success(set(0x02));
}

TEST_F(SetFeatures, LookAheadIsRemembered) {
  expect_success(set(0x55));
  EXPECT_FALSE(disk_.look_ahead_enabled);
  expect_success(set(0xaa));
  EXPECT_TRUE(disk_.look_ahead_enabled);
}

TEST_F(SetFeatures, OnlyTheseAreAccepted) {
  for (unsigned feature = 0; feature < 256; ++feature) {
    disk_.identity.has_write_cache = feature != 0x82;
    disk_.write_cache_enabled = false;
    const Immediate answer = immediate_for(set(static_cast<std::uint8_t>(feature)));
    const bool accepted = feature == 0x02 || feature == 0x03 || feature == 0x55 || feature == 0x66 ||
                          feature == 0x82 || feature == 0xaa || feature == 0xcc;
    EXPECT_EQ(answer.registers.status, accepted ? 0x40 : 0x41) << feature;
    EXPECT_EQ(answer.registers.error, accepted ? 0x00 : 0x04) << feature;
  }
}

TEST_F(SetFeatures, ReadOnlyAccessLeavesTheWriteCacheAsItIs) {
  constexpr TransferLimits kReadOnly{2, Access::read_only};
  expect_refused(set(0x82), kErrorAbort, kReadOnly);
  EXPECT_TRUE(disk_.write_cache_enabled);
  disk_.write_cache_enabled = false;
  expect_refused(set(0x02), kErrorAbort, kReadOnly);
  EXPECT_FALSE(disk_.write_cache_enabled);
  EXPECT_EQ(immediate_for(set(0x55), kReadOnly).registers.status, 0x40) << "the others are no harm";
}

}  // namespace
}  // namespace aoekit::ata
