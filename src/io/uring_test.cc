// io_uring: requests complete, completions wake epoll, and what is missing is said.
#include "io/uring.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "io/event_loop.h"

namespace aoekit::io {
namespace {

constexpr std::array<int, 2> kOpcodes = {IORING_OP_READ, IORING_OP_WRITE};

class UringTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<Uring> ring = Uring::create(8, kOpcodes);
    if (!ring) GTEST_SKIP() << ring.error().message;
    ring_.emplace(std::move(*ring));
  }
  // Completions, waited for through epoll for at most ten seconds.
  std::vector<UringCompletion> await(std::size_t count) {
    EventLoop loop = EventLoop::create().value();
    std::vector<UringCompletion> all;
    const auto collect = [&](Ready) {
      std::array<UringCompletion, 4> some;
      const std::size_t got = ring_->reap(some);
      all.insert(all.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(got));
    };
    EXPECT_TRUE(loop.add(ring_->fd(), Interest::read, collect));
    const Instant deadline = monotonic_now() + std::chrono::seconds(10);
    while (all.size() < count && monotonic_now() < deadline) EXPECT_TRUE(loop.run_once(deadline));
    return all;
  }
  std::optional<Uring> ring_;
};

TEST_F(UringTest, WritesAndReadsAFile) {
  const Fd file(::memfd_create("uring-test", MFD_CLOEXEC));
  const std::string text = "sector";
  io_uring_sqe* request = ring_->next_request();
  io_uring_prep_write(request, file.get(), text.data(), 6, 0);
  request->user_data = 1;
  ASSERT_EQ(ring_->submit().value(), 1U);
  const auto written = await(1);
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].user_data, 1U);
  EXPECT_EQ(written[0].result, 6);

  std::array<char, 6> memory{};
  request = ring_->next_request();
  io_uring_prep_read(request, file.get(), memory.data(), 6, 0);
  request->user_data = 2;
  ASSERT_EQ(ring_->submit().value(), 1U);
  EXPECT_EQ(await(1).at(0).result, 6);
  EXPECT_EQ(std::string(memory.data(), 6), text);
}

// The completion comes while the thread sleeps in epoll, by the work of another thread.
TEST_F(UringTest, ACompletionWakesASleepingLoop) {
  const Fd event(::eventfd(0, EFD_CLOEXEC));
  std::uint64_t value = 0;
  io_uring_prep_read(ring_->next_request(), event.get(), &value, sizeof value, 0);
  ASSERT_EQ(ring_->submit().value(), 1U);
  std::array<UringCompletion, 1> none;
  EXPECT_EQ(ring_->reap(none), 0U);
  std::thread later([&event] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::uint64_t seven = 7;
    EXPECT_EQ(::write(event.get(), &seven, sizeof seven), static_cast<ssize_t>(sizeof seven));
  });
  const auto done = await(1);
  later.join();
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].result, static_cast<int>(sizeof value));
  EXPECT_EQ(value, 7U);
}

TEST_F(UringTest, CompletionsBeyondOneReapStayReadable) {
  const Fd file(::memfd_create("uring-test", MFD_CLOEXEC));
  std::array<char, 8> memory{};
  for (unsigned i = 0; i < ring_->capacity(); ++i) {
    io_uring_sqe* request = ring_->next_request();
    ASSERT_NE(request, nullptr);
    io_uring_prep_read(request, file.get(), memory.data(), 1, 0);
  }
  EXPECT_EQ(ring_->next_request(), nullptr);
  EXPECT_EQ(ring_->submit().value(), ring_->capacity());
  EXPECT_EQ(await(ring_->capacity()).size(), ring_->capacity());  // four at a time
}

TEST_F(UringTest, AFailureIsTheResult) {
  char byte = 0;
  io_uring_prep_read(ring_->next_request(), -1, &byte, 1, 0);
  ASSERT_EQ(ring_->submit().value(), 1U);
  EXPECT_EQ(await(1).at(0).result, -EBADF);
}

TEST_F(UringTest, AMissingOperationIsSaid) {
  constexpr std::array<int, 1> kUnknown = {250};
  const Result<Uring> ring = Uring::create(8, kUnknown);
  ASSERT_FALSE(ring);
  EXPECT_EQ(ring.error().os_error, EOPNOTSUPP);
}

TEST(Uring, AnImpossibleSizeIsAnError) {
  EXPECT_FALSE(Uring::create(0, kOpcodes));
}

}  // namespace
}  // namespace aoekit::io
