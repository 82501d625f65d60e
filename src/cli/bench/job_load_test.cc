// The load of jobs over an access in memory, and over real files.
#include "cli/bench/job_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iterator>

#include "cli/bench/file_access.h"
#include "io/clock.h"

namespace aoekit::bench {
namespace {

using testing::HasSubstr;

constexpr Sectors kDisk{1024};

JobTarget target(std::size_t depth, unsigned read_percent, Schedule schedule = Schedule::closed_loop()) {
  return {.depth = depth,
          .request_size = Sectors{8},
          .workload = Workload({.read_percent = read_percent, .range = {{0}, kDisk}, .request_size = Sectors{8}}),
          .schedule = schedule};
}

// Ends one job at each poll, if it is to end any.
class SlowAccess final : public DiskAccess {
 public:
  struct Watch {
    std::size_t under_way = 0, most = 0;
    std::vector<std::size_t> of_disk = std::vector<std::size_t>(2);
    int error = 0;
    Sleep sleep;
  };
  explicit SlowAccess(Watch& watch) : watch_(watch) {}

  Status start(Job& job) override {
    jobs_.push_back(&job);
    ++watch_.of_disk[job.disk];
    watch_.most = std::max(watch_.most, ++watch_.under_way);
    return {};
  }
  Status poll(Sleep sleep) override {
    watch_.sleep = sleep;
    if (jobs_.empty()) return {};
    Job& job = *jobs_.front();
    jobs_.pop_front();
    --watch_.under_way;
    job.listener->ended(job, watch_.error, watch_.error == 0 ? "" : "the disk is broken");
    return {};
  }
  bool end() override { return true; }

 private:
  Watch& watch_;
  std::deque<Job*> jobs_;
};

TEST(JobLoad, KeepsAsManyUnderWayAsAskedFor) {
  SlowAccess::Watch watch;
  JobLoad load(std::make_unique<SlowAccess>(watch), {target(3, 100), target(2, 0)}, Waiting::asleep);
  const Instant until = io::monotonic_now();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(load.turn(until));
  EXPECT_EQ(watch.most, 5U);
  EXPECT_EQ(watch.of_disk[0] + watch.of_disk[1], 5U + 9U);
  EXPECT_EQ(load.tally().requests(), 10U);
  EXPECT_GT(load.tally().reads, 0U);
  EXPECT_GT(load.tally().writes, 0U);
  EXPECT_EQ(load.tally().bytes, 10U * 4096);
  EXPECT_EQ(watch.sleep.until, until);
  EXPECT_FALSE(watch.sleep.exactly);
  load.reset_tally();
  EXPECT_EQ(load.tally().requests(), 0U);
}

TEST(JobLoad, SleepsUntilTheNextIsDueAndNotAtAllWhenSpinning) {
  const Instant now = io::monotonic_now();
  const Instant due = now + std::chrono::hours(1);
  SlowAccess::Watch watch;
  JobLoad open(std::make_unique<SlowAccess>(watch), {target(4, 100, Schedule::open_loop(due, 10))}, Waiting::asleep);
  ASSERT_TRUE(open.turn(due + std::chrono::hours(1)));
  EXPECT_EQ(watch.sleep.until, due);
  EXPECT_TRUE(watch.sleep.exactly);
  EXPECT_EQ(watch.most, 0U);

  JobLoad spinning(std::make_unique<SlowAccess>(watch), {target(4, 100)}, Waiting::spinning);
  ASSERT_TRUE(spinning.turn(due));
  EXPECT_EQ(watch.sleep.until, Instant{});
}

TEST(JobLoad, GivesUpOnADiskThatFailsEverything) {
  SlowAccess::Watch watch;
  watch.error = EIO;
  JobLoad load(std::make_unique<SlowAccess>(watch), {target(1, 100)}, Waiting::asleep);
  const Status status = load.turn(io::monotonic_now());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "the disk is broken");
}

TEST(JobLoad, GoesOnAfterAnErrorAmongOthers) {
  SlowAccess::Watch watch;
  JobLoad load(std::make_unique<SlowAccess>(watch), {target(1, 100)}, Waiting::asleep);
  ASSERT_TRUE(load.turn(io::monotonic_now()));
  watch.error = EIO;
  ASSERT_TRUE(load.turn(io::monotonic_now()));
  EXPECT_EQ(load.tally().errors, 1U);
  EXPECT_EQ(load.tally().bytes, 4096U);
}

class FileLoad : public testing::Test {
 protected:
  FileLoad() {
    std::ofstream file(path_, std::ios::binary);
    file << std::string(kDisk.bytes(), 'x');
  }
  void SetUp() override {
    const auto access = FileAccess::open({}, {path_});
    if (!access && access.error().os_error != 0) GTEST_SKIP() << access.error().message;
  }
  ~FileLoad() override { ::unlink(path_.c_str()); }

  std::string content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::string path_ = testing::TempDir() + "aoekit-bench-" + std::to_string(::getpid());
};

TEST_F(FileLoad, ReadsAndWritesAFile) {
  auto access = FileAccess::open({.use = FileAccess::Use::writing, .requests = 8}, {path_});
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ((*access)->files()[0].size, kDisk);
  {
    JobLoad load(std::move(*access), {target(8, 50)}, Waiting::asleep);
    while (load.tally().requests() < 100) ASSERT_TRUE(load.turn(io::monotonic_now() + std::chrono::seconds(1)));
    EXPECT_EQ(load.tally().errors, 0U);
    EXPECT_EQ(load.tally().bytes, load.tally().requests() * 4096);
    EXPECT_GT(load.tally().writes, 0U);
  }
  EXPECT_NE(content(), std::string(kDisk.bytes(), 'x'));
  EXPECT_EQ(content().size(), kDisk.bytes());
}

TEST_F(FileLoad, SaysWhatWasNotThere) {
  auto access = FileAccess::open({.use = FileAccess::Use::reading, .requests = 1}, {path_});
  ASSERT_TRUE(access) << access.error().message;
  ASSERT_EQ(::truncate(path_.c_str(), 0), 0);
  JobLoad load(std::move(*access), {target(1, 100)}, Waiting::asleep);
  const Status status = load.turn(io::monotonic_now() + std::chrono::seconds(1));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("cannot read '" + path_ + "' at byte"));
}

TEST_F(FileLoad, RefusesWhatIsNoDisk) {
  const auto message = [](const std::string& path) {
    const auto access = FileAccess::open({}, {path});
    return access ? "" : access.error().message;
  };
  EXPECT_THAT(message(path_ + "-nowhere"), HasSubstr("No such file"));
  EXPECT_THAT(message("/dev/null"), HasSubstr("neither a file nor a block device"));
  EXPECT_THAT(message("/"), HasSubstr("neither a file nor a block device"));
}

}  // namespace
}  // namespace aoekit::bench
