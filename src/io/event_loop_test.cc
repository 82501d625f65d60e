// The event loop: readiness, deadlines, and sources that come and go inside callbacks.
#include "io/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "io/wakeup.h"

namespace aoekit::io {
namespace {

using std::chrono::milliseconds;

class EventLoopTest : public testing::Test {
 protected:
  std::size_t turn() { return loop_.run_once(monotonic_now()).value(); }
  EventLoop loop_ = EventLoop::create().value();
  Wakeup first_ = Wakeup::create().value();
  Wakeup second_ = Wakeup::create().value();
};

TEST_F(EventLoopTest, ReportsReadinessUntilItIsDealtWith) {
  int calls = 0;
  ASSERT_TRUE(loop_.add(first_.fd(), Interest::read, [&](Ready ready) {
    EXPECT_TRUE(ready.readable);
    EXPECT_FALSE(ready.writable);
    ++calls;
  }));
  EXPECT_EQ(turn(), 0U);
  first_.light();
  EXPECT_EQ(turn(), 1U);
  EXPECT_EQ(turn(), 1U);
  first_.put_out();
  EXPECT_EQ(turn(), 0U);
  EXPECT_EQ(calls, 2);
}

TEST_F(EventLoopTest, ModifyChangesWhatIsReported) {
  Ready seen;
  const Result<SourceId> id = loop_.add(first_.fd(), Interest::none, [&](Ready ready) { seen = ready; });
  ASSERT_TRUE(id);
  first_.light();
  EXPECT_EQ(turn(), 0U);
  ASSERT_TRUE(loop_.modify(*id, Interest::read_write));
  EXPECT_EQ(turn(), 1U);
  EXPECT_TRUE(seen.readable);
  EXPECT_TRUE(seen.writable);
}

TEST_F(EventLoopTest, HangUpIsReportedUnasked) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const Fd mine(pair[0]);
  Ready seen;
  ASSERT_TRUE(loop_.add(mine.get(), Interest::none, [&](Ready ready) { seen = ready; }));
  Fd other(pair[1]);
  other.reset();
  EXPECT_EQ(turn(), 1U);
  EXPECT_TRUE(seen.hung_up);
}

TEST_F(EventLoopTest, WaitsForTheDeadlineAndNotMuchLonger) {
  const Instant start = monotonic_now();
  EXPECT_EQ(loop_.run_once(start + milliseconds(20)).value(), 0U);
  const Duration waited = monotonic_now() - start;
  EXPECT_GE(waited, milliseconds(19));
  EXPECT_LT(waited, milliseconds(2000));
}

TEST_F(EventLoopTest, WaitsWithoutDeadlineForASource) {
  ASSERT_TRUE(loop_.add(first_.fd(), Interest::read, [](Ready) {}));
  first_.light();
  EXPECT_EQ(loop_.run_once(std::nullopt).value(), 1U);
}

TEST_F(EventLoopTest, ASourceMayRemoveItself) {
  int calls = 0;
  SourceId id;
  // The string dies with the callback: address sanitizer sees a callback that is destroyed while it runs.
  const std::string text(100, 'x');
  id = loop_.add(first_.fd(), Interest::read, [&calls, &id, text, this](Ready) {
              loop_.remove(id);
              calls += static_cast<int>(text.size());
            }).value();
  first_.light();
  EXPECT_EQ(turn(), 1U);
  EXPECT_EQ(turn(), 0U);
  EXPECT_EQ(calls, 100);
}

TEST_F(EventLoopTest, ARemovedSourceIsNotCalledInTheSameTurn) {
  std::vector<SourceId> ids;
  int calls = 0;
  const auto remove_both = [&](Ready) {
    ++calls;
    loop_.remove(ids[0]);
    loop_.remove(ids[1]);
  };
  ids.push_back(loop_.add(first_.fd(), Interest::read, remove_both).value());
  ids.push_back(loop_.add(second_.fd(), Interest::read, remove_both).value());
  first_.light();
  second_.light();
  EXPECT_EQ(turn(), 1U);
  EXPECT_EQ(calls, 1);
}

TEST_F(EventLoopTest, ASourceAddedInACallbackDoesNotInheritAnOldEvent) {
  std::vector<SourceId> ids;
  int late_calls = 0;
  const auto replace = [&](Ready) {
    loop_.remove(ids[0]);
    loop_.remove(ids[1]);
    for (int i = 0; i < 100; ++i) {  // enough to make the table of sources grow
      const Fd copy(::dup(first_.fd()));
      const Result<SourceId> id = loop_.add(copy.get(), Interest::none, [&](Ready) { ++late_calls; });
      ASSERT_TRUE(id);
      ids.push_back(*id);
      loop_.remove(*id);
    }
  };
  ids.push_back(loop_.add(first_.fd(), Interest::read, replace).value());
  ids.push_back(loop_.add(second_.fd(), Interest::read, replace).value());
  first_.light();
  second_.light();
  EXPECT_EQ(turn(), 1U);
  EXPECT_EQ(turn(), 0U);
  EXPECT_EQ(late_calls, 0);
}

TEST_F(EventLoopTest, AnOldIdIsIgnored) {
  const SourceId old = loop_.add(first_.fd(), Interest::read, [](Ready) {}).value();
  loop_.remove(old);
  int calls = 0;
  const SourceId now = loop_.add(first_.fd(), Interest::read, [&](Ready) { ++calls; }).value();
  EXPECT_EQ(now.slot, old.slot);
  loop_.remove(old);
  first_.light();
  EXPECT_EQ(turn(), 1U);
  EXPECT_EQ(calls, 1);
}

TEST_F(EventLoopTest, RemovingAfterTheFdWasClosedIsFine) {
  Fd own(::epoll_create1(EPOLL_CLOEXEC));
  const SourceId id = loop_.add(own.get(), Interest::read, [](Ready) {}).value();
  own.reset();
  loop_.remove(id);
  EXPECT_EQ(turn(), 0U);
}

TEST_F(EventLoopTest, ARegularFileIsRefused) {
  const Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(file.valid());
  const Result<SourceId> id = loop_.add(file.get(), Interest::read, [](Ready) {});
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().os_error, EPERM);
  const Result<SourceId> next = loop_.add(first_.fd(), Interest::read, [](Ready) {});
  EXPECT_TRUE(next);
}

}  // namespace
}  // namespace aoekit::io
