// The worker pool: every accepted job runs once, side by side with others, and before the pool is gone.
#include "io/worker_pool.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <latch>
#include <vector>

namespace aoekit::io {
namespace {

void count_up(void* context) { ++*static_cast<std::atomic<int>*>(context); }

// A job that holds its worker until it is let go.
struct Gate {
  std::latch entered{1};
  std::latch open{1};
  static void pass(void* context) {
    auto* gate = static_cast<Gate*>(context);
    gate->entered.count_down();
    gate->open.wait();
  }
};

TEST(WorkerPool, RunsEveryAcceptedJobBeforeItIsGone) {
  std::atomic<int> runs = 0;
  {
    const auto pool = WorkerPool::create({.threads = 3, .queue_capacity = 1000}).value();
    const std::vector<Job> jobs(500, Job{&count_up, &runs});
    EXPECT_EQ(pool->submit(jobs), 500U);
    EXPECT_EQ(pool->submit(std::span(jobs).first(1)), 1U);
  }
  EXPECT_EQ(runs, 501);
}

TEST(WorkerPool, AcceptsNoMoreThanItsQueueHolds) {
  Gate gate;
  std::atomic<int> runs = 0;
  {
    const auto pool = WorkerPool::create({.threads = 1, .queue_capacity = 2}).value();
    const Job blocker{&Gate::pass, &gate};
    ASSERT_EQ(pool->submit({&blocker, 1}), 1U);
    gate.entered.wait();
    const std::vector<Job> jobs(5, Job{&count_up, &runs});
    EXPECT_EQ(pool->submit(jobs), 2U);
    EXPECT_EQ(pool->submit(jobs), 0U);
    gate.open.count_down();
  }
  EXPECT_EQ(runs, 2);
}

TEST(WorkerPool, JobsRunSideBySide) {
  std::array<Gate, 3> gates;
  const auto pool = WorkerPool::create({.threads = 3, .queue_capacity = 3}).value();
  std::vector<Job> jobs;
  for (Gate& gate : gates) jobs.push_back({&Gate::pass, &gate});
  ASSERT_EQ(pool->submit(jobs), 3U);
  for (Gate& gate : gates) gate.entered.wait();  // hangs unless all three are inside together
  for (Gate& gate : gates) gate.open.count_down();
}

TEST(WorkerPool, WorkersLeaveSignalsToTheMainThread) {
  struct Seen {
    sigset_t mask{};
    static void look(void* context) { ::pthread_sigmask(SIG_SETMASK, nullptr, &static_cast<Seen*>(context)->mask); }
  } seen;
  {
    const auto pool = WorkerPool::create({.threads = 1, .queue_capacity = 1}).value();
    const Job job{&Seen::look, &seen};
    ASSERT_EQ(pool->submit({&job, 1}), 1U);
  }
  EXPECT_EQ(::sigismember(&seen.mask, SIGTERM), 1);
  sigset_t own{};
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &own), 0);
  EXPECT_EQ(::sigismember(&own, SIGTERM), 0);
}

}  // namespace
}  // namespace aoekit::io
