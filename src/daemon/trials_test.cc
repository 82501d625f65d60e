// Trials of exports over a switch in memory, with a neighbour that may have the address already.
#include "daemon/trials.h"

#include <gtest/gtest.h>
#include <linux/if_arp.h>

#include <array>
#include <mutex>

#include "backend/memory_device.h"
#include "daemon/address_probe.h"
#include "io/clock.h"
#include "net/shared_port.h"
#include "wire/encode.h"

namespace aoekit::daemon {
namespace {

using control::Answer;
using control::Code;

constexpr wire::MacAddress kOurs{{2, 0, 0, 0, 0, 1}};
constexpr wire::MacAddress kNeighbour{{2, 0, 0, 0, 0, 0x99}};

class TrialsTest : public ::testing::Test {
 protected:
  TrialsTest() {
    interfaces_.on_link({net::LinkEvent::Kind::changed, {"t0", 7, ARPHRD_ETHER, kOurs, 1500, true}});
    trials_ = Trials::create({loop_, interfaces_, [this](const config::ExportConfig& config, Instant) {
                                return open(config);
                              },
                              [this](const std::string&) -> Result<std::unique_ptr<net::FramePort>> {
                                return port({{2, 0, 0, 0, 0, 0x55}});
                              }})
                  .value();
  }

  std::unique_ptr<net::SharedPort> port(wire::MacAddress mac) {
    const std::lock_guard lock(mutex_);
    return std::make_unique<net::SharedPort>(mutex_, **fabric_.add_port({"t0", mac, 1500, true}));
  }
  OpenedDisk open(const config::ExportConfig& config) {
    if (config.path == "missing") return tl::unexpected(OpenFailure{OpenFailure::Kind::missing, "it is missing"});
    if (config.path == "mounted") return tl::unexpected(OpenFailure{OpenFailure::Kind::refused, "it is mounted"});
    if (config.path == "hangs") std::lock_guard wait(hangs_);
    return DiskMaker([](backend::FileEngine&) -> std::unique_ptr<block::BlockDevice> {
      return backend::MemoryDevice::create({.size = Sectors{64}, .queue_depth = 256}).value();
    });
  }
  void start(const std::string& path, std::vector<std::string> ask_on) {
    config::ExportConfig config;
    config.address = {1, 1};
    config.path = path;
    trials_->start(config, std::move(ask_on), [this](Answer<DiskMaker> disk) { answers_.push_back(std::move(disk)); });
  }
  // Answers as e1.1 from `mac`, whenever somebody asks.
  void be_neighbour(wire::MacAddress mac) {
    for (const ByteView frame : neighbour_->receive()) {
      if (responder_in(frame)) continue;
      wire::Header header;
      header.destination = {{2, 0, 0, 0, 0, 0x55}};
      header.source = mac;
      header.flags = wire::kFlagResponse;
      header.address = {1, 1};
      header.command = static_cast<std::uint8_t>(wire::Command::config);
      std::array<std::uint8_t, wire::kMinFrameBytes> memory;
      const ByteView answer = wire::encode(memory, header, wire::ConfigBody{});
      neighbour_->send({&answer, 1});
    }
  }
  void run_until_answered(std::size_t count) {
    const Instant end = io::monotonic_now() + std::chrono::seconds(60);
    while (answers_.size() < count) {
      ASSERT_LT(io::monotonic_now(), end);
      if (answers_as_) be_neighbour(*answers_as_);
      ASSERT_TRUE(loop_.run_once(io::monotonic_now() + std::chrono::milliseconds(5)).has_value());
    }
  }

  std::mutex mutex_;
  net::MemorySwitch fabric_;
  io::EventLoop loop_ = io::EventLoop::create().value();
  std::unique_ptr<net::SharedPort> neighbour_ = port(kNeighbour);
  std::optional<wire::MacAddress> answers_as_;
  Shards shards_;
  Interfaces interfaces_{shards_, [this](const std::string&, std::size_t, std::size_t) { return port(kOurs); }};
  std::vector<Answer<DiskMaker>> answers_;
  std::mutex hangs_;
  std::unique_ptr<Trials> trials_;
  std::unique_lock<std::mutex> blocked_{hangs_, std::defer_lock};  // unlocked first: the trials wait for their disks
};

TEST_F(TrialsTest, AFreeDiskAtAFreeAddress) {
  start("disk", {"t0"});
  run_until_answered(1);
  ASSERT_TRUE(answers_[0]) << answers_[0].error().message;
  EXPECT_TRUE(*answers_[0]) << "with the disk";
}

TEST_F(TrialsTest, ADiskThatCannotBeHad) {
  start("missing", {"t0"});
  run_until_answered(1);
  start("mounted", {"t0"});
  run_until_answered(2);
  EXPECT_EQ(answers_[0].error().code, Code::failed);
  EXPECT_EQ(answers_[0].error().message, "it is missing");
  EXPECT_EQ(answers_[1].error().code, Code::in_use);
}

TEST_F(TrialsTest, AnAddressThatAnotherTargetHas) {
  answers_as_ = kNeighbour;
  start("disk", {"t0"});
  run_until_answered(1);
  ASSERT_FALSE(answers_[0]);
  EXPECT_EQ(answers_[0].error().code, Code::in_use);
  EXPECT_EQ(answers_[0].error().message.find("e1.1 is already served on t0 by 02:00:00:00:00:99"), 0U);
  start("disk", {});
  run_until_answered(2);
  EXPECT_TRUE(answers_[1]) << "nobody was to be asked";
}

TEST_F(TrialsTest, OurOwnAnswersDoNotCount) {
  answers_as_ = kOurs;
  start("disk", {"t0"});
  run_until_answered(1);
  EXPECT_TRUE(answers_[0]);
}

TEST_F(TrialsTest, ADiskThatHangsHoldsUpNobody) {
  blocked_.lock();
  start("hangs", {});
  start("disk", {"t0"});
  run_until_answered(1);
  EXPECT_TRUE(answers_[0]);
  blocked_.unlock();
  run_until_answered(2);
  EXPECT_TRUE(answers_[1]);
}

TEST_F(TrialsTest, TooManyAreRefused) {
  blocked_.lock();
  for (std::size_t i = 0; i < Trials::kMax; ++i) start("hangs", {});
  EXPECT_TRUE(answers_.empty());
  start("disk", {});
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].error().code, Code::failed);
  blocked_.unlock();
  run_until_answered(1 + Trials::kMax);
  start("disk", {});
  run_until_answered(2 + Trials::kMax);
  EXPECT_TRUE(answers_.back());
}

TEST_F(TrialsTest, ThoseUnderWayEndWithThem) {
  start("disk", {"t0"});
  start("hangs", {});
  trials_.reset();
  EXPECT_TRUE(answers_.empty());
}

}  // namespace
}  // namespace aoekit::daemon
