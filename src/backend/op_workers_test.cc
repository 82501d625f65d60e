// Threads that are started when they are needed, and not before.
#include "backend/op_workers.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>

#include "backend/opened_file.h"
#include "backend/system_files.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

// Without the kernel's own, which work for the rings of other tests and end when they like.
std::ptrdiff_t threads_now() {
  return std::ranges::count_if(names_in("/proc/self/task"), [](const std::string& thread) {
    const std::string name = read_line("/proc/self/task/" + thread + "/comm");
    return !name.empty() && !name.starts_with("iou-");
  });
}

TEST(OpWorkers, ThreadsStartWithTheFirstOperationWhereToldSo) {
  const testing::TempDir directory;
  auto file = open_file({.path = directory.file("disk", 1 << 20)});
  ASSERT_TRUE(file.has_value());
  OpenDisk disk(std::move(*file));
  const std::ptrdiff_t before = threads_now();
  auto workers = OpWorkers::create({.threads = 2, .start = StartThreads::when_needed, .queue_depth = 4});
  ASSERT_TRUE(workers.has_value());
  EXPECT_EQ(threads_now(), before);
  block::BlockOp trim;
  trim.cookie = 7;
  trim.kind = block::OpKind::trim;
  trim.range = {Lba{8}, Sectors{8}};
  ++disk.in_flight;
  (*workers)->submit(disk, {&trim, 1});
  EXPECT_EQ(threads_now(), before + 2);
  std::array<block::BlockCompletion, 4> done;
  std::size_t count = 0;
  while (count == 0) {
    pollfd wait{(*workers)->fd(), POLLIN, 0};
    ASSERT_GE(::poll(&wait, 1, -1), 0);
    count = (*workers)->collect(done);
  }
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(done[0].cookie, 7U);
  EXPECT_EQ((*workers)->outstanding(), 0U);
  EXPECT_EQ(disk.in_flight, 0U);
  workers->reset();
  EXPECT_EQ(threads_now(), before);
}

}  // namespace
}  // namespace aoekit::backend
