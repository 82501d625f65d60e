// Buffers are big enough, come back, and are there when the pool is empty.
#include "frontend/fuse/buffer_pool.h"

#include <gtest/gtest.h>

#include <set>

namespace aoekit::fuse {
namespace {

constexpr BufferPool::Options kTiny{.small_bytes = 4096, .small_count = 2, .large_bytes = 8192, .large_count = 1};

TEST(BufferPool, GivesTheSmallestSizeThatFits) {
  BufferPool pool(kTiny);
  EXPECT_EQ(pool.take(1).capacity(), 4096u);
  EXPECT_EQ(pool.take(4096).capacity(), 4096u);
  EXPECT_EQ(pool.take(4097).capacity(), 8192u);
}

TEST(BufferPool, GivesWhatItHasAndNothingMore) {
  BufferPool pool(kTiny);
  EXPECT_FALSE(pool.take(8193));
  std::set<std::uint8_t*> all;
  {
    std::vector<Buffer> taken;
    for (int i = 0; i < 3; ++i) {
      taken.push_back(pool.take(512));
      ASSERT_TRUE(taken.back());
      EXPECT_TRUE(all.insert(taken.back().data()).second) << "the same memory twice";
    }
    EXPECT_EQ(taken.back().capacity(), 8192u) << "a large one serves when the small ones are gone";
    EXPECT_FALSE(pool.take(1));
  }
  EXPECT_TRUE(all.contains(pool.take(512).data()));
}

TEST(BufferPool, MovingEmptiesTheSource) {
  BufferPool pool(kTiny);
  Buffer buffer = pool.take(1);
  Buffer other = std::move(buffer);
  EXPECT_FALSE(buffer);  // NOLINT: what moving leaves is the contract here
  EXPECT_TRUE(other);
  other = Buffer();
  EXPECT_FALSE(other);
}

}  // namespace
}  // namespace aoekit::fuse
