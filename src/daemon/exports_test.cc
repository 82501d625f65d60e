// Exports on their way through real shards, over a switch in memory: served, changed, removed, refused, waited for.
#include "daemon/exports.h"

#include <gtest/gtest.h>
#include <linux/if_arp.h>
#include <poll.h>

#include <future>
#include <mutex>
#include <set>

#include "backend/memory_device.h"
#include "daemon/address_probe.h"
#include "daemon/state_fixture.h"
#include "io/clock.h"
#include "net/shared_port.h"

namespace aoekit::daemon {
namespace {

constexpr wire::MacAddress kClient{{2, 0, 0, 0, 0, 0x99}};

class ExportsTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kShards = 2;

  ExportsTest() : loop_(io::EventLoop::create().value()), client_(new_port(kClient)) {
    for (std::size_t i = 0; i < kShards; ++i) {
      Shard::Options options;
      options.name = "test";
      options.limits = {64, 17};
      shards_.push_back(Shard::start(options).value());
      watch(shards_.back()->news_fd(), [this, i] {
        shards_[i]->heard();
        exports_->on_shard_news(i);
      });
    }
    opener_ = DiskOpener::create([this](const config::ExportConfig& config, Instant) { return open(config); }, 2).value();
    survey_ = AddressSurvey::create(loop_, [this](const std::string&) { return survey_port(); }).value();
    sizes_ = backend::SizeWatch::create().value();
    interfaces_ = std::make_unique<Interfaces>(
        shards_, [this](const std::string&, std::size_t shard, std::size_t) -> Result<std::unique_ptr<net::FramePort>> {
          return new_port({{2, 0, 0, 0, 0, static_cast<std::uint8_t>(shard + 1)}});
        });
    exports_ = std::make_unique<Exports>(
        Exports::Parts{shards_, *interfaces_, *opener_, *survey_, *sizes_, store_.get()});
    watch(opener_->fd(), [this] { exports_->on_opened(); });
    exports_->set_default_interfaces({"t*"});
    interfaces_->want({{"t*"}});
    interfaces_->on_link({net::LinkEvent::Kind::changed, {"t0", 7, ARPHRD_ETHER, {{2, 0, 0, 0, 0, 1}}, 1500, true}});
    exports_->on_interfaces_changed();
  }
  ~ExportsTest() override { shards_.clear(); }

  void watch(int fd, std::function<void()> call) {
    ASSERT_TRUE(loop_.add(fd, io::Interest::read, [call = std::move(call)](io::Ready) { call(); }).has_value());
  }
  std::unique_ptr<net::SharedPort> new_port(wire::MacAddress mac) {
    const std::lock_guard lock(mutex_);
    return std::make_unique<net::SharedPort>(mutex_, **fabric_.add_port({"t0", mac, 1500, true}));
  }
  Result<std::unique_ptr<net::FramePort>> survey_port() { return new_port({{2, 0, 0, 0, 0, 0x55}}); }

  OpenedDisk open(const config::ExportConfig& config) {
    const std::lock_guard lock(paths_mutex_);
    if (config.path == "mounted") return tl::unexpected(OpenFailure{OpenFailure::Kind::refused, "it is mounted"});
    if (missing_.contains(config.path)) return tl::unexpected(OpenFailure{OpenFailure::Kind::missing, "it is missing"});
    return DiskMaker([](backend::FileEngine&) -> std::unique_ptr<block::BlockDevice> {
      return backend::MemoryDevice::create({.size = Sectors{64}, .queue_depth = 256}).value();
    });
  }
  void set_missing(const std::string& path, bool missing) {
    const std::lock_guard lock(paths_mutex_);
    if (missing) missing_.insert(path);
    if (!missing) missing_.erase(path);
  }

  static config::ExportConfig said(std::uint8_t slot, const std::string& path) {
    config::ExportConfig config;
    config.address = {1, slot};
    config.path = path;
    return config;
  }
  static SharedExport shared(const config::ExportConfig& config) {
    return std::make_shared<const config::ExportConfig>(config);
  }
  static SharedExport config_of(std::uint8_t slot, const std::string& path) { return shared(said(slot, path)); }
  template <class Condition>
  void run_until(Condition condition) {
    const Instant end = io::monotonic_now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(io::monotonic_now(), end);
      exports_->on_time(io::monotonic_now());
      ASSERT_TRUE(loop_.run_once(io::monotonic_now() + std::chrono::milliseconds(5)).has_value());
    }
  }
  bool is(std::uint8_t slot, ExportEntry::Stage stage) const {
    const ExportEntry* const entry = exports_->find({1, slot});
    return entry != nullptr && entry->stage == stage;
  }
  void keep(wire::AoeAddress address, const target::PersistentState& state) {
    std::promise<bool> kept;
    ASSERT_TRUE(store_->store(address, state, [&](const Status& done) { kept.set_value(done.has_value()); }));
    ASSERT_TRUE(kept.get_future().get());
  }
  target::PersistentState state_at(std::uint8_t slot) {
    const ExportEntry& entry = *exports_->find({1, slot});
    return shards_[entry.shard]->snapshots({entry.added.id}).front().state;
  }
  // Which exports answer the client.
  std::set<wire::AoeAddress> heard() {
    std::set<wire::AoeAddress> addresses;
    while (!client_->receive().empty()) {}
    send_query(*client_, wire::kEverybody);
    pollfd wait{client_->fd(), POLLIN, 0};
    while (::poll(&wait, 1, 200) > 0) {
      for (const ByteView frame : client_->receive()) {
        if (const auto header = responder_in(frame)) addresses.insert(header->address);
      }
    }
    return addresses;
  }

  using Stage = ExportEntry::Stage;
  std::mutex mutex_;
  net::MemorySwitch fabric_;
  io::EventLoop loop_;
  std::unique_ptr<net::SharedPort> client_;
  std::mutex paths_mutex_;
  std::set<std::string> missing_;
  ScratchDirectory directory_;
  std::unique_ptr<StateStore> store_ = StateStore::open(directory_ / "state.db").value();
  Shards shards_;
  std::unique_ptr<DiskOpener> opener_;
  std::unique_ptr<AddressSurvey> survey_;
  std::unique_ptr<backend::SizeWatch> sizes_;
  std::unique_ptr<Interfaces> interfaces_;
  std::unique_ptr<Exports> exports_;
};

TEST_F(ExportsTest, AreServedByTheShardOfTheirAddress) {
  for (std::uint8_t slot = 0; slot < 5; ++slot) exports_->add(config_of(slot, "disk"));
  run_until([this] { return exports_->opening() == 0; });
  for (std::uint8_t slot = 0; slot < 5; ++slot) {
    EXPECT_TRUE(is(slot, Stage::serving));
    EXPECT_EQ(exports_->find({1, slot})->shard, slot % kShards);
  }
  EXPECT_EQ(heard().size(), 5U);
}

TEST_F(ExportsTest, OneThatIsRemovedAnswersNoMoreAndItsDiskIsClosed) {
  exports_->add(config_of(1, "disk"));
  exports_->add(config_of(2, "disk"));
  run_until([this] { return exports_->opening() == 0; });
  exports_->remove({1, 1}, Exports::State::forget);
  EXPECT_EQ(heard(), (std::set<wire::AoeAddress>{{1, 2}}));
  run_until([this] { return exports_->find({1, 1}) == nullptr; });
  exports_->add(config_of(1, "again"));
  run_until([this] { return is(1, Stage::serving); });
  EXPECT_EQ(heard().size(), 2U);
}

TEST_F(ExportsTest, WhatWasSetAtOneIsForgottenWhenItIsRemovedForGood) {
  keep({1, 1}, state_of(7));
  exports_->add(config_of(1, "disk"));
  run_until([this] { return is(1, Stage::serving); });
  EXPECT_EQ(state_at(1), state_of(7));
  exports_->remove({1, 1}, Exports::State::keep);
  exports_->add(config_of(1, "disk"));
  run_until([this] { return is(1, Stage::serving); });
  EXPECT_EQ(state_at(1), state_of(7)) << "it came back";
  exports_->remove({1, 1}, Exports::State::forget);
  exports_->add(config_of(1, "another"));
  EXPECT_TRUE(is(1, Stage::draining));
  run_until([this] { return is(1, Stage::serving); });
  EXPECT_EQ(state_at(1), target::PersistentState{}) << "another one";
}

TEST_F(ExportsTest, OneThatWaitsForItsDiskIsForgottenToo) {
  keep({1, 1}, state_of(7));
  set_missing("late", true);
  exports_->add(config_of(1, "late"));
  run_until([this] { return is(1, Stage::waiting); });
  exports_->remove({1, 1}, Exports::State::forget);
  EXPECT_EQ(store_->find({1, 1}), target::PersistentState{});
}

TEST_F(ExportsTest, WhatTheFilesSayAnewIsKeptOnceUnlessItWasChanged) {
  exports_->add(config_of(1, "disk"));
  exports_->add(config_of(2, "disk"));
  const SharedExport same = config_of(1, "disk");
  const SharedExport other = config_of(2, "another");
  exports_->share(same);
  exports_->share(other);
  exports_->share(config_of(3, "nobody's"));
  EXPECT_EQ(exports_->find({1, 1})->config, same);
  EXPECT_EQ(exports_->find({1, 2})->config->path, "disk");
  EXPECT_EQ(exports_->find({1, 3}), nullptr);
}

TEST_F(ExportsTest, AnotherDiskTakesTheOldOnesPlaceAndOtherChangesNeedNone) {
  exports_->add(config_of(1, "old"));
  run_until([this] { return exports_->opening() == 0; });
  const DiskNumber first = exports_->find({1, 1})->added.number;
  config::ExportConfig changed = said(1, "old");
  changed.buffers = 7;
  exports_->change(shared(changed));
  EXPECT_TRUE(is(1, Stage::serving));
  EXPECT_EQ(exports_->find({1, 1})->added.number, first);
  changed.path = "new";
  exports_->change(shared(changed));
  EXPECT_TRUE(is(1, Stage::draining));
  run_until([this] { return is(1, Stage::serving); });
  EXPECT_NE(exports_->find({1, 1})->added.number, first);
  EXPECT_EQ(exports_->find({1, 1})->config->path, "new");
}

TEST_F(ExportsTest, AMissingDiskIsWaitedForAndOneInUseIsNot) {
  set_missing("late", true);
  exports_->add(config_of(1, "late"));
  exports_->add(config_of(2, "mounted"));
  run_until([this] { return exports_->opening() == 0; });
  EXPECT_TRUE(is(1, Stage::waiting));
  EXPECT_TRUE(is(2, Stage::refused));
  EXPECT_EQ(exports_->find({1, 2})->reason, "it is mounted");
  set_missing("late", false);
  run_until([this] { return is(1, Stage::serving); });
  EXPECT_TRUE(is(2, Stage::refused));
}

TEST_F(ExportsTest, ASurveyFindsWhoAnswersAlready) {
  exports_->add(config_of(1, "disk"));
  run_until([this] { return is(1, Stage::serving); });
  // The first one as another machine's: a second core that asks before it serves.
  std::optional<std::vector<Occupant>> found;
  survey_->start({"t0"}, {{1, 1}, {1, 2}}, std::chrono::milliseconds(300),
                 [&](std::vector<Occupant> occupants) { found = std::move(occupants); });
  run_until([&] { return found.has_value(); });
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().address, (wire::AoeAddress{1, 1}));
  EXPECT_EQ(found->front().mac, (wire::MacAddress{{2, 0, 0, 0, 0, 2}}));
}

TEST_F(ExportsTest, AnInterfaceThatGoesTakesNobodyWithIt) {
  exports_->add(config_of(1, "disk"));
  run_until([this] { return is(1, Stage::serving); });
  interfaces_->on_link({net::LinkEvent::Kind::gone, {"t0", 7, ARPHRD_ETHER, {{2, 0, 0, 0, 0, 1}}, 1500, false}});
  exports_->on_interfaces_changed();
  EXPECT_TRUE(heard().empty());
  interfaces_->on_link({net::LinkEvent::Kind::changed, {"t1", 8, ARPHRD_ETHER, {{2, 0, 0, 0, 0, 1}}, 1500, true}});
  exports_->on_interfaces_changed();
  EXPECT_EQ(heard().size(), 1U);
}

}  // namespace
}  // namespace aoekit::daemon
