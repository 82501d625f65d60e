// Faults come where they are ordered, and held operations wait until they are released, in any order.
#include "backend/faulty_device.h"

#include <poll.h>

#include "backend/file_engine.h"
#include "backend/memory_device.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

using block::BlockStatus;
using block::OpKind;
using testing::Buffer;

std::unique_ptr<FaultyDevice> make(std::vector<Fault> faults = {}) {
  auto memory = MemoryDevice::create({.size = Sectors{64}});
  auto faulty = FaultyDevice::create(std::move(*memory), std::move(faults));
  EXPECT_TRUE(faulty);
  return std::move(*faulty);
}

bool is_readable(int fd) {
  pollfd poller{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&poller, 1, 0) == 1;
}

TEST(FaultyDevice, FailsTheOrderedOperationsAndTheyLeaveNoTrace) {
  auto disk = make({{.kind = OpKind::write, .nth = 2, .repeat = 2, .status = BlockStatus::no_space},
                    {.kind = OpKind::flush, .nth = 1}});
  Buffer ones(1);
  ones.fill(1);
  EXPECT_EQ(testing::write(*disk, 0, ones), BlockStatus::ok);
  EXPECT_EQ(testing::write(*disk, 1, ones), BlockStatus::no_space);
  EXPECT_EQ(testing::write(*disk, 2, ones), BlockStatus::no_space);
  EXPECT_EQ(testing::write(*disk, 3, ones), BlockStatus::ok);
  EXPECT_EQ(testing::flush(*disk), BlockStatus::medium_error);
  EXPECT_EQ(testing::flush(*disk), BlockStatus::ok);
  Buffer back(4);
  EXPECT_EQ(testing::read(*disk, 0, back), BlockStatus::ok);
  EXPECT_EQ(back.bytes()[0 * kSectorBytes], 1);
  EXPECT_EQ(back.bytes()[1 * kSectorBytes], 0);
  EXPECT_EQ(back.bytes()[2 * kSectorBytes], 0);
  EXPECT_EQ(back.bytes()[3 * kSectorBytes], 1);
}

TEST(FaultyDevice, HeldWritesLandInTheOrderOfTheirRelease) {
  auto disk = make();
  Buffer first(1), second(1), back(1);
  first.fill(1);
  second.fill(2);
  block::BlockOp ops[] = {testing::op_on(OpKind::write, 7, first), testing::op_on(OpKind::write, 7, second)};
  ops[0].cookie = 1;
  ops[1].cookie = 2;
  disk->hold();
  disk->submit(ops);
  ASSERT_EQ(disk->held().size(), 2U);
  EXPECT_FALSE(is_readable(disk->completion_fd()));

  disk->release(2);
  EXPECT_TRUE(is_readable(disk->completion_fd()));
  EXPECT_EQ(testing::collect(*disk, 1).count(2), 1U);
  EXPECT_FALSE(is_readable(disk->completion_fd()));
  disk->pass();
  EXPECT_EQ(testing::collect(*disk, 1).count(1), 1U);
  EXPECT_EQ(testing::read(*disk, 7, back), BlockStatus::ok);
  EXPECT_TRUE(back == first);
}

TEST(FaultyDevice, KeepsWhatAHeldWriteWasLent) {
  auto disk = make();
  Buffer lent(1), own(1), back(1);
  lent.fill(7);
  block::BlockOp op = testing::op_on(OpKind::write, 3, own);
  op.lent = lent.bytes();
  disk->hold();
  disk->submit({&op, 1});
  lent.fill(8);
  disk->pass();
  EXPECT_EQ(testing::collect(*disk, 1).size(), 1U);
  EXPECT_EQ(testing::read(*disk, 3, back), BlockStatus::ok);
  EXPECT_TRUE(back.is_all(7));
}

TEST(FaultyDevice, AnnouncesWhatTheDiskDidAtOnceWhenReleased) {
  const testing::TempDir dir;
  auto file = open_file_device({.path = dir.file("disk", 64 * kSectorBytes)});
  ASSERT_TRUE(file) << file.error().message;
  auto disk = FaultyDevice::create(std::move(*file));
  ASSERT_TRUE(disk);
  Buffer data(8);
  ASSERT_EQ(testing::read(**disk, 0, data), BlockStatus::ok);  // now it lies in the page cache
  (*disk)->hold();
  block::BlockOp again = testing::op_on(OpKind::read, 0, data);
  again.cookie = 9;
  (*disk)->submit({&again, 1});
  (*disk)->release(9);
  pollfd poller{.fd = (*disk)->completion_fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&poller, 1, 5000), 1);
  EXPECT_EQ(testing::collect(**disk, 1).count(9), 1U);
}

}  // namespace
}  // namespace aoekit::backend
