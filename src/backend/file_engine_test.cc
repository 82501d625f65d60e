// Many disks on one engine: one descriptor tells of all, each disk goes its own way, and a disk costs little.
#include "backend/file_engine.h"

#include <gmock/gmock.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "backend/system_files.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

using block::BlockStatus;
using block::OpKind;
using testing::Buffer;

bool readable(int fd, int timeout_ms) {
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, timeout_ms) == 1;
}

std::size_t descriptors() { return names_in("/proc/self/fd").size(); }

class FileEngineSuite : public ::testing::TestWithParam<Engine> {
 protected:
  static FileEngine engine(std::size_t queue_depth = 128) {
    auto made = FileEngine::create({.queue_depth = queue_depth, .engine = GetParam()});
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  static std::unique_ptr<block::BlockDevice> opened(FileEngine& engine, const FileDeviceOptions& options) {
    auto disk = engine.open(options);
    EXPECT_TRUE(disk) << disk.error().message;
    return disk ? std::move(*disk) : nullptr;
  }
};

TEST_P(FileEngineSuite, OneDescriptorTellsOfAllDisks) {
  constexpr std::size_t kDisks = 40;
  const testing::TempDir dir("/var/tmp");
  FileEngine shared = engine();
  std::vector<std::unique_ptr<block::BlockDevice>> disks;
  std::vector<Buffer> written;
  for (std::size_t i = 0; i < kDisks; ++i) {
    disks.push_back(opened(shared, {.path = dir.file("disk" + std::to_string(i), 64 * kSectorBytes)}));
    EXPECT_EQ(disks.back()->completion_fd(), shared.completion_fd());
    written.emplace_back(8).fill_random(i + 1);
  }
  EXPECT_STREQ(disks[0]->engine(), GetParam() == Engine::threads ? "threads" : "io_uring");
  // A stable write, a flush and a trim elsewhere of every disk: through the ring, and through the workers.
  for (std::size_t i = 0; i < kDisks; ++i) {
    block::BlockOp write = testing::op_on(OpKind::write, 8, written[i]);
    write.cookie = i;
    write.durability = block::Durability::stable;
    block::BlockOp flush = testing::op_on(OpKind::flush, 0, Buffer(0));
    flush.cookie = 1000 + i;
    block::BlockOp trim = testing::op_on(OpKind::trim, 32, Buffer(0));
    trim.range.count = Sectors{16};
    trim.cookie = 2000 + i;
    disks[i]->submit(std::array{write, flush, trim});
  }
  const auto outcome = testing::collect(*disks[7], 3 * kDisks);
  ASSERT_EQ(outcome.size(), 3 * kDisks);
  for (const auto& [cookie, status] : outcome) EXPECT_EQ(status, BlockStatus::ok) << cookie;
  for (std::size_t i = 0; i < kDisks; ++i) {
    Buffer back(8);
    ASSERT_EQ(testing::read(*disks[i], 8, back), BlockStatus::ok);
    EXPECT_TRUE(back == written[i]) << i;
  }
}

TEST_P(FileEngineSuite, WhatCompletesWhileADiskIsClosedIsNotLost) {
  constexpr std::size_t kOps = 60;
  const testing::TempDir dir("/var/tmp");
  FileEngine shared = engine();
  auto closed = opened(shared, {.path = dir.file("closed", 4096 * kSectorBytes)});
  const auto kept = opened(shared, {.path = dir.file("kept", 4096 * kSectorBytes)});
  std::vector<Buffer> data;
  for (std::size_t i = 0; i < kOps; ++i) {
    block::BlockOp op = testing::op_on(OpKind::write, i * 8, data.emplace_back(8));
    op.cookie = i;
    op.durability = block::Durability::stable;
    kept->submit({&op, 1});
    op.cookie = 100 + i;
    op.data = data.emplace_back(8).bytes();
    closed->submit({&op, 1});
  }
  closed.reset();
  const auto outcome = testing::collect(*kept, 2 * kOps);
  EXPECT_EQ(outcome.size(), 2 * kOps) << "those of the closed disk included";
  EXPECT_FALSE(readable(shared.completion_fd(), 0)) << "nothing is left to tell";
}

// A frozen file system is a disk that hangs.
class Frozen {
 public:
  explicit Frozen(const std::string& directory) : fd_(::open(directory.c_str(), O_RDONLY | O_CLOEXEC)) {
    frozen_ = ioctl(fd_.get(), FIFREEZE, 0) == 0;
  }
  ~Frozen() { thaw(); }
  void thaw() {
    if (frozen_) {
      EXPECT_EQ(ioctl(fd_.get(), FITHAW, 0), 0);
    }
    frozen_ = false;
  }
  bool ok() const { return frozen_; }

 private:
  Fd fd_;
  bool frozen_ = false;
};

TEST_P(FileEngineSuite, ADiskThatHangsHoldsUpNobody) {
  const testing::TempDir dir("/var/tmp");
  const testing::LoopDevice loop(dir.file("disk", 32 << 20));
  if (loop.path().empty()) GTEST_SKIP() << "no loop device to be had";
  ASSERT_FALSE(testing::output_of("mkfs.ext4 -F " + loop.path()).empty());
  ASSERT_EQ(mkdir((dir / "mnt").c_str(), 0700), 0);
  const testing::Mounted mounted(loop.path(), dir / "mnt", 0);
  ASSERT_TRUE(mounted.ok());
  const std::string file = dir.file("mnt/file", 4096 * kSectorBytes);
  FileEngine shared = engine();
  auto hanging = opened(shared, {.path = file});
  auto good = opened(shared, {.path = dir.file("good", 4096 * kSectorBytes)});
  const auto better = opened(shared, {.path = dir.file("better", 4096 * kSectorBytes)});

  Frozen frozen(dir / "mnt");
  if (!frozen.ok()) GTEST_SKIP() << "cannot freeze a file system";
  // More than there are threads, of the kinds that only threads do as well.
  constexpr std::size_t kHanging = 20;
  std::vector<Buffer> data;
  for (std::size_t i = 0; i < kHanging; ++i) {
    const bool is_trim = i % 2 == 0;
    block::BlockOp op = testing::op_on(is_trim ? OpKind::trim : OpKind::write, i * 8, data.emplace_back(8));
    if (is_trim) op.data = {};
    op.durability = block::Durability::stable;
    op.cookie = 100 + i;
    hanging->submit({&op, 1});
  }
  for (auto* disk : {good.get(), better.get()}) {
    const Buffer block(8);
    EXPECT_EQ(testing::write(*disk, 8, block, block::Durability::stable), BlockStatus::ok);
    EXPECT_EQ(testing::trim(*disk, 64, 64), BlockStatus::ok);
    EXPECT_EQ(testing::flush(*disk), BlockStatus::ok);
  }
  good.reset();  // returns although another disk's operations are out
  frozen.thaw();
  EXPECT_EQ(testing::collect(*better, kHanging).size(), kHanging);
  hanging.reset();
}

TEST_P(FileEngineSuite, DisksComeAndGo) {
  const testing::TempDir dir;
  const std::string path = dir.file("disk", 64 * kSectorBytes);
  FileEngine shared = engine();
  const std::size_t before = descriptors();
  for (std::uint8_t i = 1; i <= 50; ++i) {
    const auto disk = opened(shared, {.path = path});  // the lock of the one before is gone with it
    Buffer data(8), back(8);
    if (i > 1) {
      ASSERT_EQ(testing::read(*disk, 0, back), BlockStatus::ok);
      EXPECT_TRUE(back.is_all(static_cast<std::uint8_t>(i - 1)));
    }
    data.fill(i);
    ASSERT_EQ(testing::write(*disk, 0, data, block::Durability::stable), BlockStatus::ok);
  }
  EXPECT_EQ(descriptors(), before);
}

TEST_P(FileEngineSuite, ADiskOutlivesItsEnginesOwner) {
  const testing::TempDir dir;
  std::unique_ptr<block::BlockDevice> disk;
  {
    FileEngine shared = engine();
    disk = opened(shared, {.path = dir.file("disk", 64 * kSectorBytes)});
  }
  EXPECT_EQ(testing::flush(*disk), BlockStatus::ok);
}

TEST_P(FileEngineSuite, TheQueueDepthIsForAllDisksTogether) {
  const testing::TempDir dir;
  FileEngine shared = engine(8);
  std::vector<std::unique_ptr<block::BlockDevice>> disks;
  for (const char* name : {"a", "b"}) disks.push_back(opened(shared, {.path = dir.file(name, 64 * kSectorBytes)}));
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < 8; ++i) {
      block::BlockOp flush = testing::op_on(OpKind::flush, 0, Buffer(0));
      flush.cookie = i;
      disks[i % 2]->submit({&flush, 1});
    }
    ASSERT_EQ(testing::collect(*disks[0], 8).size(), 8U);
  }
  EXPECT_EQ(disks[1]->max_in_flight(), 8U);
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Sets the limit of open descriptors for as long as it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit wanted{.rlim_cur = limit, .rlim_max = std::max(limit, before_.rlim_max)};
    ok_ = setrlimit(RLIMIT_NOFILE, &wanted) == 0;
  }
  ~DescriptorLimit() {
    if (ok_) {
      EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0);
    }
  }
  bool ok() const { return ok_; }

 private:
  rlimit before_{};
  bool ok_ = false;
};

TEST_P(FileEngineSuite, TenThousandDisksInLittleMemory) {
  constexpr std::size_t kDisks = 10'000;
  const DescriptorLimit limit(kDisks + 200);
  if (!limit.ok()) GTEST_SKIP() << "this process may not have so many descriptors";
  const testing::TempDir dir("/dev/shm");
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < kDisks; ++i) paths.push_back(dir.file(std::to_string(i), 64 * kSectorBytes));
  FileEngine shared = engine();
  std::vector<std::unique_ptr<block::BlockDevice>> disks;
  disks.reserve(kDisks);
  const std::size_t descriptors_before = descriptors();
  const std::size_t bytes_before = resident_bytes();
  for (std::size_t i = 0; i < kDisks; ++i) {
    disks.push_back(opened(shared, {.path = paths[i]}));
    ASSERT_NE(disks.back(), nullptr);
  }
  EXPECT_LT((resident_bytes() - bytes_before) / kDisks, 4096U) << "bytes a disk";
  EXPECT_EQ(descriptors(), descriptors_before + kDisks);
  const Buffer data(8);
  for (const std::size_t i : {std::size_t{0}, kDisks / 2, kDisks - 1}) {
    EXPECT_EQ(testing::read(*disks[i], 0, data), BlockStatus::ok) << i;
    EXPECT_TRUE(data.is_all(0)) << i;
  }
}

TEST_P(FileEngineSuite, TooFewDescriptorsAreExplained) {
  const testing::TempDir dir;
  const std::string path = dir.file("disk", 64 * kSectorBytes);
  FileEngine shared = engine();
  const DescriptorLimit limit(64);
  ASSERT_TRUE(limit.ok());
  std::vector<std::unique_ptr<block::BlockDevice>> disks;
  for (int i = 0; i < 64; ++i) {
    auto disk = shared.open({.path = path, .access = Access::read_only});
    if (disk) {
      disks.push_back(std::move(*disk));
      continue;
    }
    EXPECT_EQ(disk.error().os_error, EMFILE);
    EXPECT_THAT(disk.error().message, ::testing::HasSubstr("cannot open " + path + ": this process may have 64"));
    EXPECT_THAT(disk.error().message, ::testing::HasSubstr("LimitNOFILE="));
    return;
  }
  ADD_FAILURE() << "64 disks with 64 descriptors";
}

INSTANTIATE_TEST_SUITE_P(All, FileEngineSuite, ::testing::Values(Engine::io_uring, Engine::threads),
                         [](const auto& suite) { return suite.param == Engine::threads ? "threads" : "uring"; });

}  // namespace
}  // namespace aoekit::backend
