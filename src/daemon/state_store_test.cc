// The state store: what was acknowledged is there, whole, whatever happens; and what it says when it cannot be.
#include "daemon/state_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "base/prng.h"
#include "daemon/state_fixture.h"
#include "io/mailbox.h"

namespace aoekit::daemon {
namespace {

using ::testing::HasSubstr;

struct Kept {
  std::uint32_t number = 0;
  bool ok = false;
};

// A receiver of acknowledgements, as a shard is.
class Receiver {
 public:
  StateStore::Done done(std::uint32_t number) {
    return [this, number](const Status& status) { ASSERT_TRUE(box_->post({number, status.has_value()})); };
  }
  Kept next() {
    pollfd wait{box_->fd(), POLLIN, 0};
    std::array<Kept, 1> out{};
    EXPECT_EQ(::poll(&wait, 1, 30'000), 1);
    EXPECT_EQ(box_->collect(out), 1U);
    return out[0];
  }

 private:
  std::unique_ptr<io::Mailbox<Kept>> box_ = io::Mailbox<Kept>::create(2 * kStateChangesMax).value();
};

std::unique_ptr<StateStore> open_store(const std::string& path) {
  auto store = StateStore::open(path);
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

TEST(StateStore, KeepsWhatItAcknowledged) {
  const ScratchDirectory dir;
  Receiver receiver;
  {
    const auto store = open_store(dir / "state.db");
    EXPECT_TRUE(store->load().empty());
    EXPECT_EQ(store->find({1, 2}), target::PersistentState{});
    ASSERT_TRUE(store->store({1, 2}, state_of(7), receiver.done(1)));
    ASSERT_TRUE(store->store({1, 2}, state_of(8), receiver.done(2)));
    ASSERT_TRUE(store->store({65534, 254}, {}, receiver.done(3)));
    ASSERT_TRUE(store->store({1, 3}, state_of(9), receiver.done(4)));
    store->forget({1, 3}, receiver.done(5));
    for (std::uint32_t number = 1; number <= 5; ++number) {
      const Kept kept = receiver.next();
      EXPECT_EQ(kept.number, number);
      EXPECT_TRUE(kept.ok);
    }
    EXPECT_EQ(store->find({1, 2}), state_of(8));
  }
  const auto store = open_store(dir / "state.db");
  EXPECT_EQ(store->load(), (StateMap{{{1, 2}, state_of(8)}, {{65534, 254}, {}}}));
}

TEST(StateStore, KeepsTheLargestState) {
  const ScratchDirectory dir;
  target::PersistentState large{.config_string = std::string(wire::kConfigStringBytesMax, '\0')};
  for (std::size_t i = 0; i < wire::kMaskEntriesMax; ++i) large.mask.push_back(state_of(static_cast<std::uint32_t>(i)).mask[0]);
  large.reserved_for = large.mask;
  {
    Receiver receiver;
    const auto store = open_store(dir / "state.db");
    ASSERT_TRUE(store->store({0, 0}, large, receiver.done(1)));
    EXPECT_TRUE(receiver.next().ok);
  }
  EXPECT_EQ(open_store(dir / "state.db")->find({0, 0}), large);
}

TEST(StateStore, WritesEverythingAcceptedBeforeItEnds) {
  const ScratchDirectory dir;
  std::atomic<int> kept = 0;
  {
    const auto store = open_store(dir / "state.db");
    for (std::uint8_t slot = 0; slot < 200; ++slot) {
      ASSERT_TRUE(store->store({3, slot}, state_of(slot), [&kept](const Status& status) { kept += status ? 1 : 0; }));
    }
  }
  EXPECT_EQ(kept, 200);
  EXPECT_EQ(open_store(dir / "state.db")->load().size(), 200U);
}

TEST(StateStore, WhatIsToBeForgottenIsNotFoundAnyMore) {
  const ScratchDirectory dir;
  Receiver receiver;
  const auto store = open_store(dir / "state.db");
  ASSERT_TRUE(store->store({1, 2}, state_of(7), receiver.done(1)));
  EXPECT_TRUE(receiver.next().ok);
  // The commit thread is held up, with a change of the same address before it.
  std::atomic<bool> held = false;
  std::atomic<bool> release = false;
  ASSERT_TRUE(store->store({1, 2}, state_of(8), [&](const Status&) {
    held = true;
    while (!release) std::this_thread::yield();
  }));
  while (!held) std::this_thread::yield();
  EXPECT_EQ(store->find({1, 2}), state_of(8));
  const auto ignored = [](const Status&) {};
  for (std::size_t i = 1; i < kStateChangesMax; ++i) ASSERT_TRUE(store->store({1, 3}, state_of(9), ignored));
  ASSERT_TRUE(store->store({1, 2}, state_of(9), [](const Status&) {}));
  store->forget({1, 2}, receiver.done(2));
  EXPECT_EQ(store->find({1, 2}), target::PersistentState{}) << "at once, however many changes wait";
  release = true;
  EXPECT_TRUE(receiver.next().ok);
  EXPECT_EQ(store->find({1, 2}), target::PersistentState{});
  EXPECT_EQ(store->load(), (StateMap{{{1, 3}, state_of(9)}}));
}

// The commit thread is held up in a Done, so that what follows waits.
TEST(StateStore, RefusesWhenTooManyWait) {
  const ScratchDirectory dir;
  std::atomic<bool> held = false;
  std::atomic<bool> release = false;
  std::atomic<std::size_t> kept = 0;
  const auto count = [&kept](const Status& status) { kept += status ? 1U : 0U; };
  auto store = open_store(dir / "state.db");
  ASSERT_TRUE(store->store({0, 0}, {}, [&](const Status&) {
    held = true;
    while (!release) std::this_thread::yield();
  }));
  while (!held) std::this_thread::yield();
  for (std::size_t i = 0; i < kStateChangesMax; ++i) ASSERT_TRUE(store->store({0, 1}, state_of(1), count));
  const Status refused = store->store({0, 2}, state_of(2), count);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("state of e0.2: 1024 changes wait"));
  release = true;
  store.reset();
  EXPECT_EQ(kept, kStateChangesMax);
  EXPECT_EQ(open_store(dir / "state.db")->load(), (StateMap{{{0, 0}, {}}, {{0, 1}, state_of(1)}}));
}

TEST(StateStore, ManyThreadsStoreAtOnce) {
  constexpr std::uint32_t kThreads = 4;
  constexpr std::uint32_t kEach = 100;
  const ScratchDirectory dir;
  const auto store = open_store(dir / "state.db");
  std::vector<std::thread> threads;
  for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&store, thread] {
      Receiver receiver;
      for (std::uint32_t i = 0; i < kEach; ++i) {
        const wire::AoeAddress address{static_cast<std::uint16_t>(thread), static_cast<std::uint8_t>(i % 3)};
        ASSERT_TRUE(store->store(address, state_of(i), receiver.done(i)));
        if (i % 4 == 3) {
          for (int back = 0; back < 4; ++back) EXPECT_TRUE(receiver.next().ok);
          EXPECT_EQ(store->find(address), state_of(i));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const StateMap kept = store->load();
  ASSERT_EQ(kept.size(), 3 * kThreads);
  for (const auto& [address, state] : kept) EXPECT_EQ(state, state_of(kEach - 3 + (address.slot + 2U) % 3));
}

// Runs `body` in a child process; its exit status.
template <class Body>
int in_child(const Body& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Files may not grow for a while, as on a full disk. 0: all went as it should.
int store_without_room(const std::string& path) {
  if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 1;
  auto store = open_store(path);
  Receiver receiver;
  const auto try_store = [&](std::uint32_t number) {
    return store->store({5, 5}, state_of(number), receiver.done(number)) && receiver.next().ok;
  };
  if (!try_store(1)) return 2;
  rlimit limit{};
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0) return 3;
  const rlim_t before = std::exchange(limit.rlim_cur, 4096);
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 4;
  if (try_store(2) || try_store(3)) return 5;
  if (store->find({5, 5}) != state_of(1)) return 6;
  limit.rlim_cur = before;
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 7;
  if (!try_store(4)) return 8;
  store.reset();
  return open_store(path)->find({5, 5}) == state_of(4) ? 0 : 9;
}

TEST(StateStore, AFullDiskFailsTheStoreAndLosesNothing) {
  const ScratchDirectory dir;
  EXPECT_EQ(in_child([&] { return store_without_room(dir / "state.db"); }), 0) << "step that failed";
}

// Stores for ever, and writes the number of each state that was kept into the pipe.
[[noreturn]] void store_until_killed(const std::string& path, std::uint32_t number, int pipe) {
  const auto store = StateStore::open(path);
  if (!store) _exit(1);
  for (;; ++number) {
    const wire::AoeAddress address{9, static_cast<std::uint8_t>(number % 5)};
    const Status accepted = (*store)->store(address, state_of(number), [number, pipe](const Status& status) {
      if (!status || write(pipe, &number, sizeof number) != sizeof number) _exit(2);
    });
    if (!accepted) usleep(200);
    if (!accepted) --number;
  }
}

// What the child acknowledged until it was killed, at a random instant: the last number of each address.
std::map<wire::AoeAddress, std::uint32_t> kill_while_storing(const std::string& path, std::uint32_t first, Prng& prng) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) store_until_killed(path, first, ends[1]);
  close(ends[1]);
  usleep(static_cast<useconds_t>(prng.below(60'000)));
  EXPECT_EQ(kill(child, SIGKILL), 0);
  std::map<wire::AoeAddress, std::uint32_t> last;
  for (std::uint32_t number = 0; read(ends[0], &number, sizeof number) == sizeof number;) {
    last[{9, static_cast<std::uint8_t>(number % 5)}] = number;
  }
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  return last;
}

TEST(StateStore, SurvivesKillAtAnyInstant) {
  constexpr int kRounds = 50;
  const ScratchDirectory dir;
  Prng prng(static_cast<std::uint64_t>(getpid()));
  std::map<wire::AoeAddress, std::uint32_t> acknowledged;
  std::uint32_t next = 1;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& [address, number] : kill_while_storing(dir / "state.db", next, prng)) acknowledged[address] = number;
    const auto store = open_store(dir / "state.db");
    ASSERT_TRUE(store);
    const StateMap kept = store->load();
    for (const auto& [address, number] : acknowledged) ASSERT_TRUE(kept.contains(address)) << address.to_string();
    for (const auto& [address, state] : kept) {
      const std::uint32_t number = number_of(state);
      ASSERT_EQ(state, state_of(number)) << "not whole: " << address.to_string();
      ASSERT_GE(number, acknowledged[address]) << address.to_string();
      next = std::max(next, number + 1);
    }
  }
  EXPECT_GT(next, 100U) << "so little was stored that the test shows nothing";
}

}  // namespace
}  // namespace aoekit::daemon
