// The loop that joins core, disks and ports, over a switch in memory: serving, stopping, disks that fail and vanish.
#include "daemon/server.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <set>
#include <vector>

#include "backend/faulty_device.h"
#include "backend/file_engine.h"
#include "backend/memory_device.h"
#include "daemon/address_probe.h"
#include "io/clock.h"
#include "io/wakeup.h"
#include "net/memory_switch.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::daemon {
namespace {

constexpr wire::MacAddress kTarget{{2, 0, 0, 0, 0, 1}};
constexpr wire::MacAddress kClient{{2, 0, 0, 0, 0, 2}};

// A disk whose size and presence the test decides.
class ChangingDisk final : public block::BlockDevice {
 public:
  explicit ChangingDisk(std::unique_ptr<block::BlockDevice> disk) : disk_(std::move(disk)) {}
  const block::DeviceInfo& info() const override { return disk_->info(); }
  std::size_t max_in_flight() const override { return disk_->max_in_flight(); }
  void submit(std::span<const block::BlockOp> ops) override { disk_->submit(ops); }
  std::size_t reap(std::span<block::BlockCompletion> out) override { return disk_->reap(out); }
  int completion_fd() const override { return disk_->completion_fd(); }
  Result<Sectors> refresh_size() override { return size_; }
  const char* engine() const override { return disk_->engine(); }

  void set(Result<Sectors> size) { size_ = std::move(size); }

 private:
  std::unique_ptr<block::BlockDevice> disk_;
  Result<Sectors> size_ = Sectors{1000};
};

// A disk that is done with what it got when it has been looked at so often, and tells nobody.
class SecretiveDisk final : public block::BlockDevice {
 public:
  explicit SecretiveDisk(std::size_t looks) : looks_(looks) {}
  const block::DeviceInfo& info() const override { return disk_->info(); }
  std::size_t max_in_flight() const override { return disk_->max_in_flight(); }
  void submit(std::span<const block::BlockOp> ops) override { disk_->submit(ops); }
  std::size_t reap(std::span<block::BlockCompletion> out) override {
    if (looks_ > 0) --looks_;
    return looks_ > 0 ? 0 : disk_->reap(out);
  }
  int completion_fd() const override { return never_.fd(); }
  Result<Sectors> refresh_size() override { return disk_->refresh_size(); }
  const char* engine() const override { return disk_->engine(); }

 private:
  std::unique_ptr<block::BlockDevice> disk_ = *backend::MemoryDevice::create({.size = Sectors{1000}});
  io::Wakeup never_ = *io::Wakeup::create();
  std::size_t looks_;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest()
      : loop_(io::EventLoop::create().value()),
        target_port_(*fabric_.add_port({"t0", kTarget, 9000, true})),
        client_port_(*fabric_.add_port({"c0", kClient, 9000, true})),
        server_(std::make_unique<Server>(loop_, target::TargetLimits{64, 17})) {}

  void export_disk(std::vector<backend::Fault> faults = {}) {
    auto memory = backend::MemoryDevice::create({.size = Sectors{1000}});
    auto faulty = backend::FaultyDevice::create(std::move(*memory), std::move(faults));
    faulty_ = faulty->get();
    disk_ = std::make_unique<ChangingDisk>(std::move(*faulty));
    export_whole(*disk_);
  }

  void export_whole(block::BlockDevice& disk) {
    port_id_ = *server_->add_port(*target_port_);
    target::ExportOptions options;
    options.address = {1, 2};
    options.size = Sectors{1000};
    options.identity.has_write_cache = true;
    ASSERT_TRUE(server_->add_export(disk, options).has_value());
  }

  void send_ata(std::uint8_t opcode, std::uint8_t count, ByteView data = {}, std::uint8_t lba = 0) {
    wire::Header header;
    header.destination = kTarget;
    header.source = kClient;
    header.address = {1, 2};
    header.tag = ++tag_;
    wire::AtaBody body;
    body.count = count;
    body.command_or_status = opcode;
    body.lba[0] = lba;
    body.data = data;
    std::vector<std::uint8_t> memory(10000);
    const ByteView frame = wire::encode(memory, header, body);
    client_port_->send({&frame, 1});
  }

  // Runs the loop until it has nothing to do and returns the frames that reached the client.
  std::vector<wire::Header> turn() {
    while (*loop_.run_once(io::monotonic_now()) > 0) {}
    std::vector<wire::Header> headers;
    statuses_.clear();
    for (const ByteView frame : client_port_->receive()) {
      headers.push_back(*wire::decode_header(frame));
      const auto body = wire::decode_body(headers.back(), frame);
      if (const auto* ata = std::get_if<wire::AtaBody>(&*body)) statuses_.push_back(ata->command_or_status);
    }
    return headers;
  }

  io::EventLoop loop_;
  net::MemorySwitch fabric_;
  net::MemoryPort* target_port_;
  net::MemoryPort* client_port_;
  std::unique_ptr<ChangingDisk> disk_;
  backend::FaultyDevice* faulty_ = nullptr;
  std::unique_ptr<Server> server_;
  target::PortId port_id_;
  std::uint32_t tag_ = 0;
  std::vector<std::uint8_t> statuses_;
};

TEST_F(ServerTest, AnnouncesAndServes) {
  export_disk();
  EXPECT_EQ(turn().size(), 1U) << "the announcement";
  send_ata(0x24, 2);
  EXPECT_EQ(turn().size(), 1U);
  EXPECT_EQ(statuses_, (std::vector<std::uint8_t>{0x40}));
}

// Answers leave from the file's own memory, but before anything that came later can change it.
TEST_F(ServerTest, WhatLiesInMemoryIsAnsweredAsItWasWhenItWasRead) {
  std::string path = "/dev/shm/aoekit-test-XXXXXX";
  const Fd file(::mkstemp(path.data()));
  ASSERT_TRUE(file.valid());
  const std::vector<std::uint8_t> old_data(1000 * kSectorBytes, 1), new_data(8 * kSectorBytes, 2);
  ASSERT_EQ(::write(file.get(), old_data.data(), old_data.size()), static_cast<ssize_t>(old_data.size()));
  auto engine = backend::FileEngine::create({.engine = backend::Engine::threads});
  ASSERT_TRUE(engine);
  auto disk = engine->open({.path = path});
  ASSERT_TRUE(disk) << disk.error().message;
  ::unlink(path.c_str());
  export_whole(**disk);
  turn();
  for (std::size_t round = 0; round < 2; ++round) {
    send_ata(0x24, 8);
    send_ata(0x34, 8, round == 0 ? ByteView(new_data) : ByteView(old_data).first(new_data.size()));
    send_ata(0x24, 8);
    while (*loop_.run_once(io::monotonic_now()) > 0) {}
    std::vector<int> first_bytes;
    for (const ByteView frame : client_port_->receive()) {
      const auto body = std::get<wire::AtaBody>(*wire::decode_body(*wire::decode_header(frame), frame));
      const bool is_read = body.data.size() == 8 * kSectorBytes;
      if (is_read) {
        EXPECT_EQ(std::ranges::count(body.data, body.data[0]), 8 * kSectorBytes);
      }
      first_bytes.push_back(is_read ? body.data[0] : 0);
    }
    EXPECT_EQ(first_bytes, (round == 0 ? std::vector<int>{1, 0, 2} : std::vector<int>{2, 0, 1}));
  }
  server_.reset();
}

TEST_F(ServerTest, StopFinishesWhatWasAcceptedAndThenSyncs) {
  export_disk();
  turn();
  faulty_->hold();
  const std::vector<std::uint8_t> data(512, 7);
  send_ata(0x34, 1, data);
  EXPECT_TRUE(turn().empty());
  server_->stop();
  send_ata(0x24, 1);
  EXPECT_TRUE(turn().empty()) << "nothing new is taken";
  EXPECT_FALSE(server_->finished());
  ASSERT_EQ(faulty_->held().size(), 1U);
  faulty_->release(faulty_->held()[0].cookie);
  EXPECT_EQ(turn().size(), 1U) << "the answer to the write";
  ASSERT_EQ(faulty_->held().size(), 1U);
  EXPECT_EQ(faulty_->held()[0].kind, block::OpKind::flush);
  EXPECT_FALSE(server_->finished());
  faulty_->pass();
  turn();
  EXPECT_TRUE(server_->finished());
  EXPECT_EQ(server_->failed_syncs(), 0U);
}

// With a request that its disk is never done with.
class ServerWaitsTest : public ServerTest {
 protected:
  void expect_that_it_comes_back() {
    SecretiveDisk disk(std::numeric_limits<std::size_t>::max());
    export_whole(disk);
    turn();
    send_ata(0x24, 1);
    EXPECT_TRUE(turn().empty());
    EXPECT_FALSE(server_->core().idle());
    server_.reset();
  }
};

TEST_F(ServerWaitsTest, NotForRequestsWhileADiskWorks) {
  server_->set_busy_wait(std::chrono::hours(1));
  expect_that_it_comes_back();
}

TEST_F(ServerWaitsTest, NotForEverForADisk) {
  server_->set_disk_busy_wait(std::chrono::microseconds(10));
  expect_that_it_comes_back();
}

TEST_F(ServerTest, ADiskIsWaitedForAwake) {
  server_->set_disk_busy_wait(std::chrono::hours(1));
  SecretiveDisk disk(1000);
  export_whole(disk);
  turn();
  send_ata(0x24, 1);
  EXPECT_EQ(turn().size(), 1U);
  EXPECT_EQ(statuses_, (std::vector<std::uint8_t>{0x40}));
  EXPECT_TRUE(server_->core().idle());
  server_.reset();
}

// What a disk has done all at once is answered in portions, between which it gets what clients ask next.
TEST_F(ServerTest, AllThatADiskDoesAtOnceIsAnsweredAndWhatIsAskedMeanwhileIsDone) {
  export_disk();
  turn();
  faulty_->hold();
  constexpr std::size_t kFirst = 30, kNext = 20;
  for (std::size_t i = 0; i < kFirst; ++i) send_ata(0x20, 1);
  EXPECT_TRUE(turn().empty());
  ASSERT_EQ(faulty_->held().size(), kFirst);
  faulty_->pass();
  const std::vector<std::uint8_t> data(512, 7);
  for (std::size_t i = 0; i < kNext; ++i) send_ata(0x30, 1, data, static_cast<std::uint8_t>(i));
  std::set<std::uint32_t> answered;
  for (int turns = 0; turns < 10; ++turns) {
    for (const wire::Header& header : turn()) answered.insert(header.tag);
    for (const std::uint8_t status : statuses_) EXPECT_EQ(status, 0x40);
  }
  EXPECT_EQ(answered.size(), kFirst + kNext);
  EXPECT_TRUE(server_->core().idle());
}

TEST_F(ServerTest, AFailedLastSyncIsTold) {
  export_disk({{.kind = block::OpKind::flush}});
  server_->stop();
  turn();
  EXPECT_TRUE(server_->finished());
  EXPECT_EQ(server_->failed_syncs(), 1U);
}

TEST_F(ServerTest, ANewSizeIsAnnouncedOnce) {
  export_disk();
  turn();
  server_->check_sizes();
  EXPECT_TRUE(turn().empty());
  disk_->set(Sectors{500});
  server_->check_sizes();
  EXPECT_EQ(turn().size(), 1U);
  EXPECT_EQ(server_->core().exported({0}).disk.size, Sectors{500});
}

TEST_F(ServerTest, ADiskThatIsGoneIsWaitedFor) {
  export_disk();
  turn();
  disk_->set(fail_errno(ENXIO, "gone"));
  server_->check_sizes();
  send_ata(0x24, 1);
  const auto refused = turn();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].error, 3);
  disk_->set(Sectors{1000});
  server_->check_sizes();
  send_ata(0x24, 1);
  turn();
  EXPECT_EQ(statuses_, (std::vector<std::uint8_t>{0x40}));
}

TEST_F(ServerTest, ANewMtuIsAnnounced) {
  export_disk();
  turn();
  target_port_->set_info({"t0", kTarget, 1500, true});
  ASSERT_TRUE(server_->port_changed(port_id_).has_value());
  EXPECT_EQ(turn().size(), 1U);
  ASSERT_TRUE(server_->port_changed(port_id_).has_value());
  EXPECT_TRUE(turn().empty()) << "no change, no announcement";
}

TEST_F(ServerTest, AnotherTargetAtTheAddressIsFoundAndAFreeAddressIsNot) {
  export_disk();
  turn();
  // The probe waits on the client's port; what it sends lies there for the server until the loop runs: answer first.
  const auto none = find_other_target(*client_port_, {1, 3}, std::chrono::milliseconds(3));
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->has_value());
  turn();
  static_cast<void>(find_other_target(*client_port_, {1, 2}, std::chrono::milliseconds(3)));
  while (*loop_.run_once(io::monotonic_now()) > 0) {}
  const auto found = find_other_target(*client_port_, {1, 2}, std::chrono::milliseconds(3));
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ(**found, kTarget);
}

TEST_F(ServerTest, ManyExportsAreAnnouncedAndAnswerInTheirOwnTime) {
  constexpr std::size_t kExports = 100;
  std::vector<std::unique_ptr<block::BlockDevice>> disks;
  port_id_ = *server_->add_port(*target_port_);
  for (std::size_t i = 0; i < kExports; ++i) {
    disks.push_back(*backend::MemoryDevice::create({.size = Sectors{8}}));
    target::ExportOptions options;
    options.address = {1, static_cast<std::uint8_t>(i)};
    options.size = Sectors{8};
    ASSERT_TRUE(server_->add_export(*disks.back(), options).has_value());
  }
  std::set<wire::AoeAddress> announced;
  std::set<wire::AoeAddress> answered;
  const auto run_until = [&](const std::set<wire::AoeAddress>& heard) {
    while (heard.size() < kExports) {
      // The server's own timer ends the wait; the deadline is for the case that it does not.
      ASSERT_GT(*loop_.run_once(io::monotonic_now() + std::chrono::seconds(30)), 0U) << heard.size() << " heard of";
      for (const ByteView frame : client_port_->receive()) {
        const wire::Header header = *wire::decode_header(frame);
        (header.destination.is_broadcast() ? announced : answered).insert(header.address);
      }
    }
  };
  run_until(announced);
  std::array<std::uint8_t, wire::kMinFrameBytes> memory{};
  wire::Header header;
  header.destination = wire::kBroadcastMac;
  header.source = kClient;
  header.address = wire::kEverybody;
  header.command = static_cast<std::uint8_t>(wire::Command::config);
  const ByteView query = wire::encode(memory, header, wire::ConfigBody{});
  client_port_->send({&query, 1});
  run_until(answered);
  EXPECT_EQ(server_->core().counters().dropped_no_buffer, 0U);
  server_.reset();
}

}  // namespace
}  // namespace aoekit::daemon
