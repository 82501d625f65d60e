// What both engines promise, on whatever they stand: files on disk and in tmpfs, buffered and direct, loop devices with
// sectors of 512 and 4096 bytes. Every completion is awaited by epoll (test_support.h).
#include "backend/file_engine.h"

#include <tuple>

#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

using block::BlockStatus;
using block::OpKind;
using testing::Buffer;

enum class Place { file, tmpfs, loop, loop_4k };

class FileDeviceSuite : public ::testing::TestWithParam<std::tuple<Engine, Caching, Place>> {
 protected:
  static constexpr std::uint64_t kSectors = 8192;

  void SetUp() override {
    const Place place = std::get<Place>(GetParam());
    dir_ = std::make_unique<testing::TempDir>(place == Place::tmpfs ? "/dev/shm" : "/var/tmp");
    path_ = dir_->file("disk", kSectors * kSectorBytes);
    if (place == Place::loop || place == Place::loop_4k) {
      loop_ = std::make_unique<testing::LoopDevice>(path_, place == Place::loop_4k ? "--sector-size 4096" : "");
      if (loop_->path().empty()) GTEST_SKIP() << "no loop device to be had";
      path_ = loop_->path();
    }
    if (const auto device = open(); !device && device.error().os_error == EINVAL) {
      GTEST_SKIP() << device.error().message;
    } else {
      ASSERT_TRUE(device) << device.error().message;
    }
  }

  FileDeviceOptions options() const {
    return {.path = path_, .caching = std::get<Caching>(GetParam())};
  }
  static FileEngineOptions engine() { return {.engine = std::get<Engine>(GetParam())}; }
  Result<std::unique_ptr<block::BlockDevice>> open() const { return open_file_device(options(), engine()); }
  std::unique_ptr<block::BlockDevice> opened(const FileDeviceOptions& wanted) const {
    auto device = open_file_device(wanted, engine());
    EXPECT_TRUE(device) << device.error().message;
    return device ? std::move(*device) : nullptr;
  }
  bool is_loop() const { return loop_ != nullptr; }

  std::unique_ptr<testing::TempDir> dir_;
  std::string path_;
  std::unique_ptr<testing::LoopDevice> loop_;
};

TEST_P(FileDeviceSuite, SaysWhatItIs) {
  const auto device = opened(options());
  EXPECT_EQ(device->info().size, Sectors{kSectors});
  EXPECT_STREQ(device->engine(), std::get<Engine>(GetParam()) == Engine::threads ? "threads" : "io_uring");
  EXPECT_FALSE(device->info().read_only);
  EXPECT_TRUE(device->info().volatile_cache);
  EXPECT_TRUE(device->info().can_trim);
  const Place place = std::get<Place>(GetParam());
  EXPECT_EQ(device->info().trim_reads_zero, place == Place::file || place == Place::tmpfs);
  if (std::get<Place>(GetParam()) == Place::loop_4k) {
    EXPECT_EQ(device->info().physical_sector_bytes, 4096U);
  }
  auto synced = options();
  synced.sync = Sync::every_write;
  synced.claim = Claim::if_possible;
  EXPECT_FALSE(opened(synced)->info().volatile_cache);
}

TEST_P(FileDeviceSuite, ReadsBackWhatWasWrittenAndNothingElseChanged) {
  const auto device = opened(options());
  Buffer model(256), back(256);
  model.fill_random(7);
  ASSERT_EQ(testing::write(*device, 0, model), BlockStatus::ok);
  Prng prng(42);
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t first = prng.below(230);
    Buffer piece(1 + prng.below(26));
    piece.fill_random(prng.next());
    const auto durability = round % 3 == 0 ? block::Durability::stable : block::Durability::cached;
    ASSERT_EQ(testing::write(*device, first, piece, durability), BlockStatus::ok);
    std::ranges::copy(piece.bytes(), model.bytes().subspan(first * kSectorBytes).begin());
    ASSERT_EQ(testing::read(*device, first, piece), BlockStatus::ok);
    ASSERT_TRUE(std::ranges::equal(piece.bytes(), model.bytes().subspan(first * kSectorBytes, piece.bytes().size())));
  }
  ASSERT_EQ(testing::flush(*device), BlockStatus::ok);
  ASSERT_EQ(testing::read(*device, 0, back), BlockStatus::ok);
  EXPECT_TRUE(back == model);
}

TEST_P(FileDeviceSuite, ManyInFlightEachWithItsOwnOutcome) {
  // 17-sector frames: neighbours share blocks of 4096 bytes, and none may lose the other's sectors.
  constexpr std::size_t kOps = 128, kFrame = 17;
  const auto device = opened(options());
  ASSERT_EQ(device->max_in_flight(), kOps);
  std::vector<Buffer> written, back;
  std::vector<block::BlockOp> ops;
  for (std::size_t i = 0; i < kOps; ++i) {
    written.emplace_back(kFrame).fill_random(i + 1);
    back.emplace_back(kFrame);
    ops.push_back(testing::op_on(OpKind::write, i * kFrame + 3, written.back()));
    ops.back().cookie = 1000 + i;
    if (i % 2 == 1) ops.back().durability = block::Durability::stable;
  }
  device->submit(ops);
  auto outcome = testing::collect(*device, kOps);
  ASSERT_EQ(outcome.size(), kOps);
  for (std::size_t i = 0; i < kOps; ++i) {
    EXPECT_EQ(outcome[1000 + i], BlockStatus::ok) << i;
    ops[i].kind = OpKind::read;
    ops[i].data = back[i].bytes();
  }
  device->submit(ops);
  outcome = testing::collect(*device, kOps);
  ASSERT_EQ(outcome.size(), kOps);
  for (std::size_t i = 0; i < kOps; ++i) {
    EXPECT_EQ(outcome[1000 + i], BlockStatus::ok) << i;
    EXPECT_TRUE(back[i] == written[i]) << i;
  }
}

TEST_P(FileDeviceSuite, MemoryOfAnyAlignmentAndLongTransfers) {
  const auto device = opened(options());
  Buffer memory(600), back(512);
  memory.fill_random(3);
  const MutableBytes crooked = memory.bytes().subspan(36, 512 * kSectorBytes);
  ASSERT_EQ(testing::run(*device, {.kind = OpKind::write, .range = {Lba{5}, Sectors{512}}, .data = crooked}),
            BlockStatus::ok);
  ASSERT_EQ(testing::read(*device, 5, back), BlockStatus::ok);
  EXPECT_TRUE(std::ranges::equal(back.bytes(), crooked));
}

TEST_P(FileDeviceSuite, WhatAWriteWasLentIsFreeAfterSubmit) {
  const auto device = opened(options());
  Buffer lent(9), written(8), back(8);
  written.fill_random(4);
  for (std::uint64_t first = 0; first < 64; first += 8) {
    const Buffer own(8);
    const MutableBytes crooked = lent.bytes().subspan(36, 8 * kSectorBytes);
    std::ranges::copy(written.bytes(), crooked.begin());
    block::BlockOp op = testing::op_on(OpKind::write, first, own);
    op.durability = first % 16 == 0 ? block::Durability::stable : block::Durability::cached;
    op.lent = crooked;
    device->submit({&op, 1});
    lent.fill(0xdd);
    ASSERT_EQ(testing::collect(*device, 1).size(), 1U);
    ASSERT_EQ(testing::read(*device, first, back), BlockStatus::ok);
    EXPECT_TRUE(back == written) << first;
  }
}

TEST_P(FileDeviceSuite, EmptyOperationsSucceed) {
  const auto device = opened(options());
  const Buffer nothing(0);
  EXPECT_EQ(testing::read(*device, 1, nothing), BlockStatus::ok);
  EXPECT_EQ(testing::write(*device, kSectors, nothing), BlockStatus::ok);
  EXPECT_EQ(testing::trim(*device, 1, 0), BlockStatus::ok);
}

TEST_P(FileDeviceSuite, AWindowIsADiskOfItsOwn) {
  const auto whole = opened(options());
  Buffer before(32), inside(16), back(32);
  before.fill(0xAA);
  ASSERT_EQ(testing::write(*whole, 90, before), BlockStatus::ok);
  auto wanted = options();
  wanted.first_sector = Sectors{99};
  wanted.length = Sectors{16};
  wanted.claim = Claim::if_possible;
  const auto window = opened(wanted);
  EXPECT_EQ(window->info().size, Sectors{16});
  EXPECT_EQ(window->info().physical_sector_bytes, kSectorBytes) << "it begins within a physical sector";
  inside.fill(0x11);
  ASSERT_EQ(testing::write(*window, 0, inside), BlockStatus::ok);
  EXPECT_EQ(window->refresh_size().value_or(Sectors{0}), Sectors{16});
  ASSERT_EQ(testing::read(*whole, 90, back), BlockStatus::ok);
  for (std::size_t i = 0; i < 32; ++i) {
    const bool changed = i >= 9 && i < 25;
    EXPECT_EQ(back.bytes()[i * kSectorBytes + 511], changed ? 0x11 : 0xAA) << i;
  }
}

TEST_P(FileDeviceSuite, TrimMakesHolesThatReadersSee) {
  const auto device = opened(options());
  Buffer data(1024);
  data.fill(0x77);
  ASSERT_EQ(testing::write(*device, 0, data), BlockStatus::ok);
  ASSERT_EQ(testing::flush(*device), BlockStatus::ok);
  struct stat before {}, after {};
  const std::string file = *dir_ / "disk";
  ASSERT_EQ(stat(file.c_str(), &before), 0);
  ASSERT_EQ(testing::trim(*device, 256, 512), BlockStatus::ok);
  ASSERT_EQ(testing::flush(*device), BlockStatus::ok);
  ASSERT_EQ(stat(file.c_str(), &after), 0);
  EXPECT_EQ(before.st_blocks - after.st_blocks, 512);
  EXPECT_EQ(before.st_size, after.st_size);
  const Fd raw(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(lseek(raw.get(), 0, SEEK_HOLE), 256 * kSectorBytes);
  ASSERT_EQ(testing::read(*device, 0, data), BlockStatus::ok);
  for (std::size_t i = 0; i < 1024; ++i) {
    ASSERT_EQ(data.bytes()[i * kSectorBytes], i >= 256 && i < 768 ? 0 : 0x77) << i;
  }
  // Less than a block: nothing of the neighbours may go.
  ASSERT_EQ(testing::trim(*device, 9, 3), BlockStatus::ok);
  ASSERT_EQ(testing::read(*device, 0, data), BlockStatus::ok);
  for (const std::size_t i : {8U, 12U}) EXPECT_EQ(data.bytes()[i * kSectorBytes], 0x77) << i;
  // Ends within blocks.
  ASSERT_EQ(testing::trim(*device, 21, 40), BlockStatus::ok);
  ASSERT_EQ(testing::read(*device, 0, data), BlockStatus::ok);
  for (const std::size_t i : {20U, 61U}) EXPECT_EQ(data.bytes()[i * kSectorBytes], 0x77) << i;
  for (const std::size_t i : {24U, 55U}) EXPECT_EQ(data.bytes()[i * kSectorBytes], 0) << i;
}

TEST_P(FileDeviceSuite, ReadOnly) {
  auto wanted = options();
  wanted.access = Access::read_only;
  const auto device = opened(wanted);
  EXPECT_TRUE(device->info().read_only);
  EXPECT_FALSE(device->info().can_trim);
  EXPECT_FALSE(device->info().volatile_cache);
  const Buffer data(8);
  EXPECT_EQ(testing::read(*device, 0, data), BlockStatus::ok);
  EXPECT_TRUE(data.is_all(0));
  EXPECT_EQ(testing::flush(*device), BlockStatus::ok);
}

TEST_P(FileDeviceSuite, GrowsAndShrinksWithItsMedium) {
  if (is_loop()) GTEST_SKIP() << "a loop device keeps its size";
  const auto device = opened(options());
  const Buffer data(8);
  ASSERT_EQ(truncate(path_.c_str(), 16 * 4096 + 300), 0);
  // Not yet noticed: the read runs past the end as it is now.
  EXPECT_EQ(testing::read(*device, 1000, data), BlockStatus::out_of_range);
  EXPECT_EQ(testing::read(*device, 16 * 8 - 8, data), BlockStatus::ok);
  EXPECT_EQ(device->refresh_size().value_or(Sectors{0}), Sectors{16 * 8});
  EXPECT_EQ(device->info().size, Sectors{16 * 8});
  ASSERT_EQ(truncate(path_.c_str(), 32 * 4096), 0);
  EXPECT_EQ(device->refresh_size().value_or(Sectors{0}), Sectors{32 * 8});
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  EXPECT_EQ(device->refresh_size().value_or(Sectors{1}), Sectors{0});
}

TEST_P(FileDeviceSuite, ADetachedDeviceIsGone) {
  if (!is_loop()) GTEST_SKIP() << "files do not go away";
  auto wanted = options();
  const auto device = opened(wanted);
  // Detaching waits for the last user; taking the medium away from under the device does not.
  ASSERT_EQ(truncate((*dir_ / "disk").c_str(), 0), 0);
  testing::output_of("losetup --set-capacity " + path_);
  const auto size = device->refresh_size();
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().os_error, ENXIO);
}

TEST_P(FileDeviceSuite, ClosingWaitsForWhatIsInFlight) {
  std::vector<Buffer> data;
  std::vector<block::BlockOp> ops;
  for (std::size_t i = 0; i < 64; ++i) {
    ops.push_back(testing::op_on(OpKind::write, i * 32, data.emplace_back(32)));
    ops.back().durability = block::Durability::stable;
  }
  auto device = opened(options());
  device->submit(ops);
  device.reset();
  data.clear();  // memory checkers see a write from freed memory
  Buffer back(32);
  ASSERT_EQ(testing::read(*opened(options()), 63 * 32, back), BlockStatus::ok);
  EXPECT_TRUE(back.is_all(0xEE));
}

std::string name_of(const ::testing::TestParamInfo<FileDeviceSuite::ParamType>& info) {
  constexpr const char* kCachings[] = {"buffered", "reads", "direct"};
  constexpr const char* kPlaces[] = {"file", "tmpfs", "loop", "loop4k"};
  const auto [engine, caching, place] = info.param;
  return fmt::format("{}_{}_{}", engine == Engine::threads ? "threads" : "uring",
                     kCachings[static_cast<int>(caching)], kPlaces[static_cast<int>(place)]);
}
INSTANTIATE_TEST_SUITE_P(All, FileDeviceSuite,
                         ::testing::Combine(::testing::Values(Engine::io_uring, Engine::threads),
                                            ::testing::Values(Caching::buffered, Caching::reads, Caching::direct),
                                            ::testing::Values(Place::file, Place::tmpfs, Place::loop, Place::loop_4k)),
                         name_of);

}  // namespace
}  // namespace aoekit::backend
