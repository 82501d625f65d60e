// The engine against real target cores over a switch in memory, with its own thread and with the caller's.
#include "client/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <numeric>
#include <string>

#include "client/world_fixture.h"

namespace aoekit::client {
namespace {

constexpr wire::AoeAddress kAddress{1, 2};
constexpr Sectors kSize{4000};
constexpr Duration kLong = std::chrono::seconds(120);

// What became of requests; callbacks come from one thread at a time, but the test reads from another.
struct Log {
  static void done(void* user, std::int64_t cookie, int error, const char* text) {
    auto& log = *static_cast<Log*>(user);
    const std::lock_guard lock(log.mutex);
    log.cookies.push_back(cookie);
    log.errors.push_back(error);
    log.texts.emplace_back(text == nullptr ? "" : text);
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return errors.size();
  }
  std::mutex mutex;
  std::vector<std::int64_t> cookies;
  std::vector<int> errors;
  std::vector<std::string> texts;
};

class EngineTest : public ::testing::TestWithParam<ThreadMode> {
 protected:
  EngineTest() : target_port_(world_.add_port("t0", 1)) {
    target_ = std::make_unique<TestTarget>(*target_port_, export_options("disk"));
  }

  static target::ExportOptions export_options(const char* serial) {
    target::ExportOptions options;
    options.address = kAddress;
    options.size = kSize;
    options.identity.serial = serial;
    options.identity.model = "aoekit test";
    options.identity.can_trim = true;
    options.identity.has_write_cache = true;
    return options;
  }

  void start_engine(std::size_t requests = 64, std::optional<Duration> dead_after = std::nullopt) {
    std::vector<std::unique_ptr<net::SharedPort>> ports;
    ports.push_back(world_.add_port("c0", 0x10));
    ports.push_back(world_.add_port("c1", 0x11));
    auto network = std::make_unique<TestNetwork>(std::move(ports));
    network_ = network.get();
    EngineOptions options;
    options.core.limits.requests = requests;
    options.core.dead_after = dead_after;
    options.core.discovery.probe_interval = std::chrono::milliseconds(200);
    options.thread = GetParam();
    options.on_event = [this](const initiator::DeviceEvent& event, const std::string& interface) {
      const std::lock_guard lock(events_mutex_);
      events_.push_back({event, interface});
    };
    engine_ = Engine::start(std::move(options), std::move(network)).value();
    target_->start();
  }
  std::unique_ptr<OpenDisk> open() {
    EXPECT_TRUE(engine_->find_disk(kAddress, io::monotonic_now() + kLong));
    auto disk = engine_->open(kAddress);
    EXPECT_TRUE(disk.has_value()) << disk.error().message;
    return std::move(*disk);
  }
  std::int64_t submit(OpenDisk& disk, block::OpKind kind, SectorRange range, MutableBytes data) {
    const auto cookie = engine_->submit(disk, {.kind = kind, .range = range, .data = data, .done = &Log::done,
                                               .user = &log_});
    return cookie ? *cookie : -cookie.error().os_error;
  }
  void wait_for(std::size_t count) {
    ASSERT_TRUE(engine_->wait_until(io::monotonic_now() + kLong, [&] { return log_.count() >= count; }));
  }
  bool event_comes(initiator::DeviceEventKind kind) {
    return engine_->wait_until(io::monotonic_now() + kLong, [&] {
      const std::lock_guard lock(events_mutex_);
      return std::any_of(events_.begin(), events_.end(), [&](const auto& one) { return one.first.kind == kind; });
    });
  }

  bool paths_up(const OpenDisk& disk, std::ptrdiff_t count) {
    const Instant deadline = io::monotonic_now() + kLong;
    while (io::monotonic_now() < deadline) {
      const DiskReport report = engine_->report(disk);
      const auto is_up = [](const auto& path) { return path.state == initiator::PathState::up; };
      if (std::count_if(report.paths.begin(), report.paths.end(), is_up) == count) return true;
      engine_->wait_until(io::monotonic_now() + std::chrono::milliseconds(10), [] { return false; });
    }
    return false;
  }

  TestWorld world_;
  std::unique_ptr<net::SharedPort> target_port_;
  std::unique_ptr<TestTarget> target_;
  std::mutex events_mutex_;
  std::vector<std::pair<initiator::DeviceEvent, std::string>> events_;
  Log log_;
  TestNetwork* network_ = nullptr;
  std::unique_ptr<Engine> engine_;
};

TEST_P(EngineTest, FindsADiskAndWritesAndReadsIt) {
  start_engine();
  auto disk = open();
  EXPECT_EQ(engine_->size(*disk), kSize);
  std::vector<std::uint8_t> data(100 * kSectorBytes), back(data.size());
  std::iota(data.begin(), data.end(), std::uint8_t{5});
  EXPECT_GT(submit(*disk, block::OpKind::write, {{7}, {100}}, data), 0);
  wait_for(1);
  EXPECT_GT(submit(*disk, block::OpKind::read, {{7}, {100}}, back), 0);
  EXPECT_GT(submit(*disk, block::OpKind::flush, {}, {}), 0);
  wait_for(3);
  EXPECT_EQ(log_.errors, (std::vector<int>{0, 0, 0}));
  EXPECT_EQ(back, data);
  EXPECT_EQ(target_->flushes(), 1U);
  EXPECT_TRUE(event_comes(initiator::DeviceEventKind::appeared));
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, AWriteWithoutDataWritesZeros) {
  start_engine();
  auto disk = open();
  std::vector<std::uint8_t> data(kSize.bytes(), 0xff);
  submit(*disk, block::OpKind::write, {{0}, kSize}, data);
  wait_for(1);
  submit(*disk, block::OpKind::write, {{10}, {3000}}, {});
  wait_for(2);
  EXPECT_EQ(log_.errors, (std::vector<int>{0, 0}));
  const auto content = target_->content();
  EXPECT_EQ(std::count(content.begin(), content.end(), 0), 3000 * static_cast<std::ptrdiff_t>(kSectorBytes));
  EXPECT_EQ(content[10 * kSectorBytes - 1], 0xff);
  EXPECT_EQ(content[3010 * kSectorBytes], 0xff);
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, ManyRequestsThroughLossAllEndOnce) {
  start_engine(32);
  auto disk = open();
  world_.lose_every(23);
  std::vector<std::uint8_t> data(kSize.bytes());
  std::iota(data.begin(), data.end(), std::uint8_t{1});
  constexpr std::uint64_t kStep = 50;
  std::vector<std::int64_t> cookies;
  for (std::uint64_t first = 0; first < kSize.count; first += kStep) {
    std::int64_t cookie = -EAGAIN;
    while (cookie == -EAGAIN) {
      engine_->wait_for_room();
      cookie = submit(*disk, block::OpKind::write, {{first}, {kStep}},
                      MutableBytes(data).subspan(first * kSectorBytes, kStep * kSectorBytes));
    }
    ASSERT_GT(cookie, 0);
    cookies.push_back(cookie);
  }
  wait_for(cookies.size());
  world_.lose_every(0);
  std::sort(log_.cookies.begin(), log_.cookies.end());
  EXPECT_EQ(log_.cookies, cookies);
  EXPECT_EQ(std::count(log_.errors.begin(), log_.errors.end(), 0), std::ssize(cookies));
  EXPECT_EQ(target_->content(), data);
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, RefusesWithoutCallingBack) {
  start_engine(1);
  auto disk = open();
  std::vector<std::uint8_t> data(2 * kSectorBytes);
  EXPECT_EQ(submit(*disk, block::OpKind::read, {{kSize.count - 1}, {2}}, data), -ENOSPC);
  target_->set_silent(true);
  EXPECT_GT(submit(*disk, block::OpKind::read, {{0}, {2}}, data), 0);
  EXPECT_EQ(submit(*disk, block::OpKind::read, {{4}, {2}}, data), -EAGAIN);
  EXPECT_EQ(log_.count(), 0U);
  target_->set_silent(false);
  wait_for(1);
  EXPECT_EQ(log_.errors, (std::vector<int>{0}));
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, ADiskErrorIsToldWithItsPlace) {
  start_engine();
  auto disk = open();
  target_->set_bad({{30}, {1}});
  std::vector<std::uint8_t> data(kSectorBytes);
  submit(*disk, block::OpKind::read, {{30}, {1}}, data);
  wait_for(1);
  EXPECT_EQ(log_.errors, (std::vector<int>{-EIO}));
  EXPECT_NE(log_.texts[0].find("e1.2: reading sector 30: "), std::string::npos) << log_.texts[0];
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, ASilentDiskFailsItsRequestsAndComesBack) {
  start_engine(64, std::chrono::seconds(1));
  auto disk = open();
  std::vector<std::uint8_t> data(kSectorBytes);
  target_->set_silent(true);
  submit(*disk, block::OpKind::read, {{0}, {1}}, data);
  wait_for(1);
  EXPECT_EQ(log_.errors, (std::vector<int>{-EIO}));
  EXPECT_TRUE(event_comes(initiator::DeviceEventKind::down));
  EXPECT_EQ(submit(*disk, block::OpKind::read, {{0}, {1}}, data), -EIO);
  target_->set_silent(false);
  EXPECT_TRUE(event_comes(initiator::DeviceEventKind::up));
  EXPECT_GT(submit(*disk, block::OpKind::read, {{0}, {1}}, data), 0);
  wait_for(2);
  EXPECT_EQ(log_.errors[1], 0);
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, ANewSizeIsNoticed) {
  start_engine();
  auto disk = open();
  target_->resize(Sectors{5000});
  EXPECT_TRUE(event_comes(initiator::DeviceEventKind::resized));
  EXPECT_EQ(engine_->size(*disk), Sectors{5000});
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, AnInterfaceThatGoesDownHandsOverToTheOther) {
  start_engine();
  auto disk = open();
  ASSERT_TRUE(paths_up(*disk, 2));
  auto down = TestWorld::info("c0", 0x10);
  down.up = false;
  network_->change(0, down);
  ASSERT_TRUE(paths_up(*disk, 1));
  std::vector<std::uint8_t> data(kSectorBytes);
  for (std::uint64_t i = 0; i < 20; ++i) submit(*disk, block::OpKind::write, {{i}, {1}}, data);
  wait_for(20);
  EXPECT_EQ(std::count(log_.errors.begin(), log_.errors.end(), 0), 20);
  const DiskReport report = engine_->report(*disk);
  ASSERT_EQ(report.paths.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const bool is_down = report.interfaces[i] == "c0";
    EXPECT_EQ(report.paths[i].state == initiator::PathState::down, is_down);
  }
  network_->change(0, TestWorld::info("c0", 0x10));
  EXPECT_TRUE(paths_up(*disk, 2));
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, ListsAndForgets) {
  start_engine();
  auto disk = open();
  const auto all = engine_->list();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].status.address, kAddress);
  EXPECT_EQ(all[0].status.page.serial, "disk");
  EXPECT_EQ(all[0].status.open_count, 1U);
  EXPECT_EQ(engine_->forget(wire::kEverybody, Engine::Forget::up_too), 0U) << "it is open";
  engine_->close(std::move(disk));
  EXPECT_EQ(engine_->forget(wire::kEverybody, Engine::Forget::down_only), 0U) << "it is up";
  EXPECT_EQ(engine_->forget(wire::kEverybody, Engine::Forget::up_too), 1U);
  EXPECT_TRUE(event_comes(initiator::DeviceEventKind::forgotten));
}

TEST_P(EngineTest, NobodyThere) {
  start_engine();
  EXPECT_FALSE(engine_->find_disk({7, 7}, io::monotonic_now() + std::chrono::milliseconds(20)));
  const auto disk = engine_->open({7, 7});
  ASSERT_FALSE(disk.has_value());
  EXPECT_EQ(disk.error().os_error, ENODEV);
}

TEST_P(EngineTest, UnfinishedRequestsAreCancelledAtTheEnd) {
  start_engine();
  auto disk = open();
  target_->set_silent(true);
  std::vector<std::uint8_t> data(kSectorBytes);
  submit(*disk, block::OpKind::read, {{0}, {1}}, data);
  engine_.reset();
  EXPECT_EQ(log_.errors, (std::vector<int>{-ECANCELED}));
}

// While answers come one after the other the ports are looked at unasked; then the kernel has to tell of them again.
TEST_P(EngineTest, HearsAfterMuchWorkAndAfterSilence) {
  start_engine();
  auto disk = open();
  std::vector<std::uint8_t> data(kSectorBytes);
  for (std::size_t count = 1; count <= 500; ++count) {
    submit(*disk, block::OpKind::read, {{count}, {1}}, data);
    wait_for(count);
    if (count % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(std::count(log_.errors.begin(), log_.errors.end(), 0), 500);
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, TheDescriptorTellsOfEveryAnswer) {
  if (GetParam() == ThreadMode::own) GTEST_SKIP() << "nobody waits for it then";
  start_engine();
  auto disk = open();
  std::vector<std::uint8_t> data(kSectorBytes);
  for (std::size_t count = 1; count <= 500; ++count) {
    submit(*disk, block::OpKind::read, {{count}, {1}}, data);
    while (log_.count() < count) {
      pollfd entry{engine_->fd(), POLLIN, 0};
      ASSERT_EQ(::poll(&entry, 1, 60'000), 1) << "after " << count;
      engine_->poll(Instant{});
    }
  }
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, WhatIsHeldLeavesTogether) {
  start_engine();
  auto disk = open();
  ASSERT_TRUE(paths_up(*disk, 2));
  const auto frames_sent = [&] {
    return network_->port(0).counters().frames_sent + network_->port(1).counters().frames_sent;
  };
  std::vector<std::uint8_t> data(5 * kSectorBytes);
  const std::uint64_t before = frames_sent();
  engine_->hold();
  engine_->hold();
  for (std::uint64_t i = 0; i < 5; ++i) {
    submit(*disk, block::OpKind::read, {{i}, {1}}, MutableBytes(data).subspan(i * kSectorBytes, kSectorBytes));
  }
  engine_->release();
  // The engine's own thread may have had something to send meanwhile.
  if (GetParam() == ThreadMode::caller) {
    EXPECT_EQ(frames_sent(), before);
  }
  engine_->release();
  EXPECT_GE(frames_sent(), before + 5);
  wait_for(5);
  engine_->close(std::move(disk));
}

TEST_P(EngineTest, WhoeverWaitsHoldsNothingBack) {
  start_engine();
  auto disk = open();
  std::vector<std::uint8_t> data(kSectorBytes);
  engine_->hold();
  submit(*disk, block::OpKind::read, {{0}, {1}}, data);
  wait_for(1);
  submit(*disk, block::OpKind::read, {{0}, {1}}, data);
  engine_->close(std::move(disk));  // waits, too
  EXPECT_EQ(log_.count(), 2U);
  engine_->release();
}

// While one thread keeps its frames back, others do not.
TEST_P(EngineTest, OneThreadHoldsNothingOfAnother) {
  start_engine();
  auto disk = open();
  engine_->hold();
  std::thread other([&] {
    std::vector<std::uint8_t> data(kSectorBytes);
    engine_->hold();
    submit(*disk, block::OpKind::read, {{0}, {1}}, data);
    wait_for(1);
    engine_->release();
  });
  other.join();
  engine_->release();
  engine_->close(std::move(disk));
}

// Each callback starts the next request; several threads do so side by side, on one disk.
struct Chain {
  Engine* engine = nullptr;
  OpenDisk* disk = nullptr;
  std::uint64_t sector = 0;
  int left = 0;
  std::atomic<int>* failures = nullptr;
  std::atomic<int>* running = nullptr;
  std::vector<std::uint8_t> data;

  void next() {
    const block::OpKind kind = left % 2 == 0 ? block::OpKind::write : block::OpKind::read;
    --left;
    if (!engine->submit(*disk, {.kind = kind, .range = {{sector}, {data.size() / kSectorBytes}}, .data = data,
                                .done = &Chain::done, .user = this})) {
      ++*failures;
      --*running;
    }
  }
  static void done(void* user, std::int64_t, int error, const char*) {
    auto& chain = *static_cast<Chain*>(user);
    if (error != 0) ++*chain.failures;
    if (chain.left == 0) {
      --*chain.running;
    } else {
      chain.next();
    }
  }
};

TEST_P(EngineTest, ThreadsAndCallbacksSubmitSideBySide) {
  start_engine();
  auto disk = open();
  std::atomic<int> failures = 0, running = 0;
  std::vector<std::unique_ptr<Chain>> chains;
  for (std::uint64_t i = 0; i < 8; ++i) {
    chains.push_back(std::make_unique<Chain>(Chain{engine_.get(), disk.get(), i * 40, 60, &failures, &running,
                                                   std::vector<std::uint8_t>(kSectorBytes * 30)}));
    ++running;
  }
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      chains[t * 2]->next();
      chains[t * 2 + 1]->next();
      // With ThreadMode::caller they take turns as leaders.
      engine_->wait_until(std::nullopt, [&] { return running == 0; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  engine_->close(std::move(disk));
}

INSTANTIATE_TEST_SUITE_P(Threads, EngineTest, ::testing::Values(ThreadMode::own, ThreadMode::caller),
                         [](const auto& mode) { return mode.param == ThreadMode::own ? "own" : "caller"; });

}  // namespace
}  // namespace aoekit::client
