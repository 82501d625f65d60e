// Copies between ends in memory that finish out of order, with holes, failures, and a checkpoint to go on from.
#include "cli/copier.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/fd.h"
#include "base/prng.h"
#include "cli/copy_checkpoint.h"

namespace aoekit::cli {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kBytes = 40 * kMiB + 700;

class MemoryEnd final : public CopyEndpoint {
 public:
  explicit MemoryEnd(std::string name) : name_(std::move(name)), always_ready_(::eventfd(1, EFD_NONBLOCK)) {
    content.resize((kBytes + kSectorBytes - 1) / kSectorBytes * kSectorBytes);
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return kBytes; }
  bool is_file() const override { return true; }
  std::string identity() const override { return "memory " + name_; }
  Status start(const CopyStep& step) override {
    waiting_.push_back(step);
    if (step.op == CopyOp::read) bytes_read += step.bytes;
    return {};
  }
  std::optional<FinishedOp> finished() override {
    if (waiting_.empty()) return std::nullopt;
    // Sometimes nothing yet.
    if (prng_.below(4) == 0) return std::nullopt;
    const auto chosen = waiting_.begin() + static_cast<std::ptrdiff_t>(prng_.below(waiting_.size()));
    const CopyStep step = *chosen;
    waiting_.erase(chosen);
    if (step.op != CopyOp::flush && fail_at && *fail_at >= step.offset && *fail_at < step.offset + step.bytes) {
      return FinishedOp{step.token, Error{"it broke", EIO}};
    }
    const auto place = content.begin() + static_cast<std::ptrdiff_t>(step.offset);
    const auto bytes = static_cast<std::ptrdiff_t>(step.bytes);
    switch (step.op) {
      case CopyOp::read: std::copy_n(place, bytes, step.memory.begin()); break;
      case CopyOp::write: std::copy_n(step.memory.begin(), bytes, place); break;
      case CopyOp::zero:
        std::fill_n(place, bytes, std::uint8_t{0});
        ++zeroes;
        break;
      case CopyOp::flush: ++flushes; break;
    }
    return FinishedOp{step.token, std::nullopt};
  }
  int fd() const override { return always_ready_.get(); }
  std::uint64_t hole_end(std::uint64_t offset) override {
    return offset >= hole_from && offset < hole_until ? hole_until : offset;
  }
  bool is_fresh() const override { return fresh; }
  void forget_cached() override {}
  std::uint64_t frames_sent_again() const override { return 0; }

  void fill(std::uint64_t from, std::uint64_t bytes) {
    for (std::uint64_t i = from; i < from + bytes; ++i) content[i] = static_cast<std::uint8_t>(i * 7 + i / 4096 + 1);
  }

  std::vector<std::uint8_t> content;
  std::uint64_t hole_from = 0, hole_until = 0, bytes_read = 0;
  std::optional<std::uint64_t> fail_at;
  bool fresh = false;
  int zeroes = 0, flushes = 0;

 private:
  std::string name_;
  Fd always_ready_;
  std::vector<CopyStep> waiting_;
  Prng prng_{7};
};

struct CopierTest : testing::Test {
  CopierTest() : source("source"), destination("destination") {
    source.fill(0, 3 * kMiB);
    source.fill(30 * kMiB + 100, 10 * kMiB + 600);
    source.hole_from = 4 * kMiB + 512;
    source.hole_until = 30 * kMiB;
  }
  bool same() const { return std::equal(source.content.begin(), source.content.end(), destination.content.begin()); }
  CopyJob job() { return {.source = source, .destination = destination, .bytes = kBytes}; }

  MemoryEnd source, destination;
};

TEST_F(CopierTest, OldContentGivesWayToDataAndZeros) {
  std::fill(destination.content.begin(), destination.content.end(), std::uint8_t{0xee});
  destination.content[kBytes] = 0;
  const CopyResult result = copy_all(job());
  ASSERT_FALSE(result.error.has_value()) << result.error->message;
  EXPECT_EQ(result.done, kBytes);
  EXPECT_EQ(result.bytes_written + result.bytes_zero, kBytes);
  EXPECT_TRUE(std::equal(source.content.begin(), source.content.begin() + kBytes, destination.content.begin()));
  EXPECT_GT(destination.zeroes, 0);
  EXPECT_EQ(destination.flushes, 1);
  EXPECT_LT(source.bytes_read, kBytes - 24 * kMiB) << "holes are not read";
}

TEST_F(CopierTest, AFreshDestinationGetsNoZeros) {
  destination.fresh = true;
  const CopyResult result = copy_all(job());
  ASSERT_FALSE(result.error.has_value());
  EXPECT_EQ(destination.zeroes, 0);
  EXPECT_TRUE(same());
}

TEST_F(CopierTest, WhatFailedLeavesACheckpointFromWhichAnotherRunCompletesIt) {
  source.hole_until = source.hole_from;
  destination.fail_at = 33 * kMiB;
  std::vector<std::uint64_t> durable;
  CopyJob first = job();
  first.checkpoint = [&](std::uint64_t done) -> Status {
    durable.push_back(done);
    EXPECT_TRUE(std::equal(source.content.begin(), source.content.begin() + static_cast<std::ptrdiff_t>(done),
                           destination.content.begin()))
        << "durable up to " << done;
    return {};
  };
  first.checkpoint_every = Duration{0};
  const CopyResult failed = copy_all(first);
  ASSERT_TRUE(failed.error.has_value());
  EXPECT_EQ(failed.error->message, "it broke");
  ASSERT_GT(durable.size(), 1U) << "also on the way";
  EXPECT_TRUE(std::is_sorted(durable.begin(), durable.end()));
  EXPECT_GE(durable.back(), 3 * kMiB);
  EXPECT_LE(durable.back(), 33 * kMiB);

  MemoryEnd again("source");
  again.content = source.content;
  destination.fail_at.reset();
  CopyJob second{.source = again, .destination = destination, .from = durable.back(), .bytes = kBytes};
  EXPECT_FALSE(copy_all(second).error.has_value());
  EXPECT_LE(again.bytes_read, kBytes - durable.back());
  EXPECT_TRUE(same());
}

TEST_F(CopierTest, AFailingSourceEndsIt) {
  source.fail_at = 35 * kMiB;
  const CopyResult result = copy_all(job());
  ASSERT_TRUE(result.error.has_value());
  EXPECT_LE(result.done, 35 * kMiB);
}

TEST_F(CopierTest, ComparingFindsTheByte) {
  destination.content = source.content;
  EXPECT_TRUE(compare_all(job()).has_value());
  destination.content[kBytes - 1] ^= 1;
  const Status differs = compare_all(job());
  ASSERT_FALSE(differs.has_value());
  EXPECT_EQ(differs.error().message,
            fmt::format("verification failed: byte {} of 'destination' is not as in 'source'", kBytes - 1));
}

struct CheckpointTest : testing::Test {
  CheckpointTest() : path(testing::TempDir() + fmt::format("checkpoint-{}", ::getpid())) {}
  ~CheckpointTest() override { std::remove(path.c_str()); }
  void write(const std::string& text) const {
    std::FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(text.c_str(), file);
    std::fclose(file);
  }
  std::string path;
  CopyCheckpoint checkpoint{"e1.2", "disk A", "x.img", "file 1:2", 10 * kMiB, 3 * kMiB};
};

TEST_F(CheckpointTest, IsReadBack) {
  ASSERT_TRUE(save_checkpoint(path, checkpoint).has_value());
  checkpoint.done = 4 * kMiB;
  ASSERT_TRUE(save_checkpoint(path, checkpoint).has_value()) << "and replaced";
  const auto found = load_checkpoint(path, checkpoint);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->done, 4 * kMiB);
  EXPECT_TRUE(discard_checkpoint(path).has_value());
  EXPECT_TRUE(discard_checkpoint(path).has_value()) << "there is none";
  EXPECT_FALSE(load_checkpoint(path, checkpoint).has_value());
}

TEST_F(CheckpointTest, BelongsToOnePair) {
  ASSERT_TRUE(save_checkpoint(path, checkpoint).has_value());
  for (std::string CopyCheckpoint::*part : {&CopyCheckpoint::source_identity, &CopyCheckpoint::destination_identity}) {
    CopyCheckpoint other = checkpoint;
    other.*part = "another";
    EXPECT_FALSE(load_checkpoint(path, other).has_value());
  }
  CopyCheckpoint other = checkpoint;
  other.bytes += 1;
  EXPECT_FALSE(load_checkpoint(path, other).has_value());
  other = checkpoint;
  other.source = "aoe://eth0/1.2";
  EXPECT_TRUE(load_checkpoint(path, other).has_value()) << "the same disk under another name";
}

TEST_F(CheckpointTest, OtherFilesAreNoneAndStay) {
  const std::vector<std::string> none{"", "{}", "[1]", "nonsense", R"({"format":"aoe copy checkpoint 1"})"};
  for (const std::string& text : none) {
    write(text);
    EXPECT_FALSE(load_checkpoint(path, checkpoint).has_value()) << text;
    EXPECT_FALSE(discard_checkpoint(path).has_value()) << text;
    EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  }
  checkpoint.done = checkpoint.bytes + 1;
  ASSERT_TRUE(save_checkpoint(path, checkpoint).has_value());
  EXPECT_FALSE(load_checkpoint(path, checkpoint).has_value()) << "more than there is";
}

TEST_F(CheckpointTest, ItsPlace) {
  EXPECT_EQ(default_checkpoint_path("/dir/x.img"), "/dir/x.img.aoe-copy");
  EXPECT_EQ(default_checkpoint_path("e1.2"), "e1.2.aoe-copy");
  EXPECT_EQ(default_checkpoint_path("aoe://eth0/1.2"), "eth0-1.2.aoe-copy");
}

}  // namespace
}  // namespace aoekit::cli
