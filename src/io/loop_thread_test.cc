// Jobs from other threads run on the loop's thread, in order, between the events of its sources.
#include "io/loop_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "io/wakeup.h"

namespace aoekit::io {
namespace {

TEST(LoopThread, CallsRunOnTheThreadAndBringBackTheirResult) {
  auto thread = LoopThread::start("test").value();
  const std::thread::id id = thread->call([] { return std::this_thread::get_id(); });
  EXPECT_NE(id, std::this_thread::get_id());
  EXPECT_EQ(*thread->call([] { return std::make_unique<int>(7); }), 7) << "moved out, not copied";
}

TEST(LoopThread, JobsRunInTheOrderOfPosting) {
  std::vector<int> order;
  auto thread = LoopThread::start("test").value();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(thread->post([&order, i] { order.push_back(i); }));
  thread->call([] {});
  ASSERT_EQ(order.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(LoopThread, AThreadThatIsBusyTakesSoManyJobsAndNoMore) {
  auto thread = LoopThread::start("test").value();
  std::promise<void> go;
  std::promise<void> busy;
  ASSERT_TRUE(thread->post([&] {
    busy.set_value();
    go.get_future().wait();
  }));
  busy.get_future().wait();
  int done = 0;
  for (std::size_t i = 0; i < LoopThread::kJobsMax; ++i) ASSERT_TRUE(thread->post([&done] { ++done; }));
  EXPECT_FALSE(thread->post([&done] { ++done; }));
  go.set_value();
  EXPECT_EQ(thread->call([&done] { return done; }), static_cast<int>(LoopThread::kJobsMax)) << "waits for its turn";
}

TEST(LoopThread, WhatWasAcceptedIsDoneBeforeTheEnd) {
  std::atomic<int> done = 0;
  {
    auto thread = LoopThread::start("test").value();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(thread->post([&done] { ++done; }));
  }
  EXPECT_EQ(done, 50);
}

TEST(LoopThread, SourcesAndJobsTakeTurns) {
  auto thread = LoopThread::start("test").value();
  auto lamp = Wakeup::create().value();
  std::promise<void> seen;
  const SourceId id = thread->call([&] {
    return thread->loop()
        .add(lamp.fd(), Interest::read,
             [&](Ready) {
               lamp.put_out();
               seen.set_value();
             })
        .value();
  });
  lamp.light();
  seen.get_future().wait();
  thread->call([&] { thread->loop().remove(id); });
}

}  // namespace
}  // namespace aoekit::io
