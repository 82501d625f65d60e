// The ring of chunks against a disk in memory that finishes its operations out of order.
#include "cli/transfer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/prng.h"
#include "cli/aoe_disk.h"

namespace aoekit::cli {
namespace {

constexpr Sectors kSize{5000};

class ShufflingDisk final : public BulkDisk {
 public:
  ShufflingDisk() : content(kSize.bytes()) { std::iota(content.begin(), content.end(), std::uint8_t{3}); }

  std::uint32_t sectors_per_frame() const override { return 17; }
  Status submit(std::uint64_t token, block::OpKind kind, SectorRange range, MutableBytes data) override {
    EXPECT_TRUE(range.fits(kSize));
    EXPECT_EQ(data.size(), range.count.bytes());
    waiting_.push_back({token, kind, range, data});
    return {};
  }
  Result<FinishedOp> wait() override {
    EXPECT_FALSE(waiting_.empty());
    if (interrupt_after-- == 0) return tl::unexpected(Error{"interrupted", EINTR});
    most_waiting = std::max(most_waiting, waiting_.size());
    const std::size_t chosen = prng_.below(waiting_.size());
    const Waiting op = waiting_[chosen];
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(chosen));
    if (op.range.overlaps(bad)) return FinishedOp{op.token, Error{"bad sectors", EIO}};
    const auto place = content.begin() + static_cast<std::ptrdiff_t>(op.range.first.byte_offset());
    if (op.kind == block::OpKind::write) std::copy(op.data.begin(), op.data.end(), place);
    if (op.kind == block::OpKind::read) std::copy_n(place, op.data.size(), op.data.begin());
    if (op.kind == block::OpKind::flush) ++flushes;
    return FinishedOp{op.token, std::nullopt};
  }

  std::vector<std::uint8_t> content;
  SectorRange bad;
  int interrupt_after = -1, flushes = 0;
  std::size_t most_waiting = 0;

 private:
  struct Waiting {
    std::uint64_t token;
    block::OpKind kind;
    SectorRange range;
    MutableBytes data;
  };
  std::vector<Waiting> waiting_;
  Prng prng_{1};
};

TEST(Transfer, ReadsInOrderManyAtATime) {
  ShufflingDisk disk;
  std::vector<std::uint8_t> got;
  TransferSteps steps;
  steps.after = [&](SectorRange range, ByteView memory) -> Status {
    EXPECT_EQ(range.first.byte_offset(), 7 * kSectorBytes + got.size());
    got.insert(got.end(), memory.begin(), memory.end());
    return {};
  };
  const auto result = transfer(disk, block::OpKind::read, {{7}, {4001}}, steps);
  EXPECT_FALSE(result.error.has_value());
  EXPECT_EQ(result.done.count, 4001U);
  EXPECT_EQ(disk.most_waiting, 8U);
  ASSERT_EQ(got.size(), 4001U * kSectorBytes);
  EXPECT_TRUE(std::equal(got.begin(), got.end(), disk.content.begin() + 7 * kSectorBytes));
}

TEST(Transfer, WritesUntilTheInputEndsAndFlushes) {
  ShufflingDisk disk;
  std::uint64_t left = 1000;
  TransferSteps steps;
  steps.before = [&](SectorRange range, MutableBytes memory) -> Result<Sectors> {
    std::fill(memory.begin(), memory.end(), std::uint8_t{0x5a});
    const Sectors there_is{std::min(left, range.count.count)};
    left -= there_is.count;
    return there_is;
  };
  const auto result = transfer(disk, block::OpKind::write, {{100}, {4000}}, steps);
  EXPECT_FALSE(result.error.has_value());
  EXPECT_EQ(result.done.count, 1000U);
  EXPECT_TRUE(flush(disk).has_value());
  EXPECT_EQ(disk.flushes, 1);
  EXPECT_EQ(std::count(disk.content.begin() + 100 * kSectorBytes, disk.content.begin() + 1100 * kSectorBytes, 0x5a),
            1000 * static_cast<std::ptrdiff_t>(kSectorBytes));
  EXPECT_NE(disk.content[1100 * kSectorBytes + 1], 0x5a);
}

TEST(Transfer, AnErrorEndsItAndCountsWhatIsDoneBefore) {
  ShufflingDisk disk;
  disk.bad = {{600}, {1}};
  const auto result = transfer(disk, block::OpKind::read, {{0}, {5000}}, {});
  ASSERT_TRUE(result.error.has_value());
  EXPECT_EQ(result.error->message, "bad sectors");
  EXPECT_LE(result.done.count, 544U) << "two chunks of 16 frames of 17 sectors lie before it";
  EXPECT_EQ(result.done.count % 272, 0U);
}

TEST(Transfer, AnInterruptEndsIt) {
  ShufflingDisk disk;
  disk.interrupt_after = 5;
  const auto result = transfer(disk, block::OpKind::read, {{0}, {5000}}, {});
  ASSERT_TRUE(result.error.has_value());
  EXPECT_EQ(result.error->os_error, EINTR);
}

}  // namespace
}  // namespace aoekit::cli
