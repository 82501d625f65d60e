// Both cores, joined by two networks that lose, copy, reorder and are cut, with targets that restart, change their
// disks' sizes or their disks: what the client was told must be what the disks hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <set>

#include "base/prng.h"
#include "initiator/core.h"
#include "target/target_core.h"
#include "wire/encode.h"

namespace aoekit::initiator {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kLans = 2;
constexpr Sectors kSize{4096};
constexpr std::array<wire::MacAddress, kLans> kClientMacs{wire::MacAddress{{2, 0, 0, 0, 1, 0x0a}},
                                                          wire::MacAddress{{2, 0, 0, 0, 2, 0x0a}}};

struct Weather {
  unsigned loss_percent = 0;
  unsigned answer_copy_percent = 0;
  Duration delay_max = microseconds(50);
};

// A target machine with a port on each network and one disk, which outlives it.
class Server {
 public:
  Server(std::uint8_t number, std::string serial) : number_(number), serial_(std::move(serial)) {
    disk_.resize(kSize.bytes());
    start(Instant{});
  }

  wire::AoeAddress address() const { return {number_, 1}; }
  wire::MacAddress mac(std::size_t lan) const {
    return {{2, 0, 0, static_cast<std::uint8_t>(number_), static_cast<std::uint8_t>(lan), 0x0b}};
  }
  bool is_running() const { return core_ != nullptr; }
  void stop() { core_.reset(); }
  void start(Instant now) {
    core_ = std::make_unique<target::TargetCore>(target::TargetLimits{.buffers = 64, .sectors_per_frame_max = 17});
    outbox_ = std::make_unique<target::Outbox>(core_->outbox_capacity());
    for (std::size_t lan = 0; lan < kLans; ++lan) {
      core_->add_port({.mac = mac(lan), .mtu_bytes = lan == 0 ? 9000U : 1500U});
    }
    target::ExportOptions options;
    options.address = address();
    options.size = Sectors{disk_.size() / kSectorBytes};
    options.identity.serial = serial_;
    options.identity.model = "a disk";
    options.identity.can_trim = true;
    options.buffer_count = 16;
    export_ = core_->add_export(options, now);
    core_->announce(export_, *outbox_);
  }
  void change_disk(std::string serial) { serial_ = std::move(serial); }
  void resize(Sectors size) {
    disk_.resize(size.bytes());
    core_->resize(export_, size, *outbox_);
  }

  void receive(std::size_t lan, ByteView frame, Instant now, Prng& prng) {
    core_->on_frame(target::PortId{static_cast<std::uint16_t>(lan)}, frame, now, *outbox_);
    serve(now, prng);
  }
  target::TargetCore& core() { return *core_; }
  target::Outbox& outbox() { return *outbox_; }
  const Bytes& disk() const { return disk_; }

 private:
  // The disk is done at once, but in no order.
  void serve(Instant now, Prng& prng) {
    while (!outbox_->ops.empty()) {
      std::vector<block::BlockCompletion> done;
      for (const target::ExportOp& started : outbox_->ops) {
        const auto begin = disk_.begin() + static_cast<std::ptrdiff_t>(started.op.range.first.byte_offset());
        const block::BlockOp& op = started.op;
        if (op.kind == block::OpKind::write) std::copy(op.data.begin(), op.data.end(), begin);
        if (op.kind == block::OpKind::read) std::copy_n(begin, op.data.size(), op.data.begin());
        if (op.kind == block::OpKind::trim) std::fill_n(begin, op.range.count.bytes(), std::uint8_t{0});
        done.push_back({op.cookie, block::BlockStatus::ok});
      }
      outbox_->ops.clear();
      for (std::size_t i = done.size(); i > 1; --i) std::swap(done[i - 1], done[prng.below(i)]);
      core_->on_block_done(done, now, *outbox_);
    }
  }

  std::uint8_t number_;
  std::string serial_;
  Bytes disk_;
  std::unique_ptr<target::TargetCore> core_;
  std::unique_ptr<target::Outbox> outbox_;
  target::ExportId export_;
};

// The networks and the machines; one step is the next arrival or timer.
class World {
 public:
  World(std::uint64_t seed, const Weather& weather, std::size_t servers, std::optional<Duration> dead_after)
      : prng_(seed), weather_(weather), core_(options(seed, dead_after), now_), outbox_(core_.outbox_capacity()) {
    for (std::size_t i = 0; i < servers; ++i) {
      servers_.push_back(std::make_unique<Server>(static_cast<std::uint8_t>(i + 1), "disk-" + std::to_string(i)));
      send_from(*servers_.back());
    }
    for (std::size_t lan = 0; lan < kLans; ++lan) {
      core_.add_port({.mac = kClientMacs[lan], .mtu_bytes = 9000}, now_, outbox_);
    }
    send();
    run_until(now_ + seconds(10));
    for (const auto& server : servers_) {
      core_.open(core_.find(server->address()).value());
      EXPECT_EQ(core_.device_status(device(*server)).path_count, kLans);
    }
  }

  InitiatorCore& core() { return core_; }
  Outbox& outbox() { return outbox_; }
  Instant now() const { return now_; }
  Prng& prng() { return prng_; }
  std::size_t server_count() const { return servers_.size(); }
  Server& server(std::size_t i) { return *servers_[i]; }
  DeviceId device(const Server& server) const { return core_.find(server.address()).value(); }
  void cut(std::size_t lan, bool is_cut) { cut_[lan] = is_cut; }

  void send() {
    for (const TxFrame& frame : outbox_.frames) transmit(frame.port.value, std::nullopt, frame.bytes);
    core_.recycle(outbox_);
  }
  void send_from(Server& server) {
    for (const target::TxFrame& frame : server.outbox().frames) transmit(frame.port.value, &server, frame.bytes);
    server.core().recycle(server.outbox());
  }
  void run_until(Instant end) {
    while (step(end)) continue;
    now_ = end;
  }
  // The next thing that happens up to `end`; false: nothing does.
  bool step(Instant end) {
    std::optional<Instant> next = core_.next_deadline();
    if (!network_.empty()) next = std::min(next.value_or(network_.begin()->first), network_.begin()->first);
    if (!next || *next > end) return false;
    now_ = std::max(now_, *next);
    if (!network_.empty() && network_.begin()->first <= now_) {
      const auto arriving = network_.extract(network_.begin());
      arrive(arriving.mapped());
    } else {
      core_.on_timer(now_, outbox_);
    }
    send();
    return true;
  }

 private:
  struct InFlight {
    std::size_t lan = 0;
    Server* to = nullptr;  // null: the initiator
    Bytes bytes;
  };

  static InitiatorOptions options(std::uint64_t seed, std::optional<Duration> dead_after) {
    InitiatorOptions options;
    options.limits = {.requests = 16, .frames = 64, .sectors_per_frame_max = 17, .devices = 8};
    options.dead_after = dead_after;
    options.tag_seed = static_cast<std::uint32_t>(seed);
    return options;
  }

  void arrive(const InFlight& frame) {
    if (cut_[frame.lan]) return;
    if (frame.to == nullptr) {
      core_.on_frame(PortId{static_cast<std::uint16_t>(frame.lan)}, frame.bytes, now_, outbox_);
    } else if (frame.to->is_running()) {
      frame.to->receive(frame.lan, frame.bytes, now_, prng_);
      send_from(*frame.to);
    }
  }

  void transmit(std::size_t lan, std::optional<Server*> from, ByteView frame) {
    const wire::MacAddress destination = wire::MacAddress::from_bytes(frame);
    if (!from) {
      for (const auto& server : servers_) {
        if (destination.is_broadcast() || destination == server->mac(lan)) fly(lan, server.get(), frame, 1);
      }
    } else if (destination.is_broadcast() || destination == kClientMacs[lan]) {
      fly(lan, nullptr, frame, prng_.below(100) < weather_.answer_copy_percent ? 2 : 1);
    }
  }
  void fly(std::size_t lan, Server* to, ByteView frame, int copies) {
    for (int i = 0; i < copies; ++i) {
      if (prng_.below(100) < weather_.loss_percent) continue;
      const auto range_ns = static_cast<std::uint64_t>(weather_.delay_max.count());
      const Duration delay{static_cast<std::int64_t>(prng_.below(range_ns))};
      network_.emplace(now_ + microseconds(5) + delay, InFlight{lan, to, Bytes(frame.begin(), frame.end())});
    }
  }

  Prng prng_;
  Weather weather_;
  Instant now_{};
  std::vector<std::unique_ptr<Server>> servers_;
  InitiatorCore core_;
  Outbox outbox_;
  std::array<bool, kLans> cut_{};
  std::multimap<Instant, InFlight> network_;
};

// A client of all disks: random operations in submission order; reads must see the writes before them.
class Client {
 public:
  explicit Client(World& world) : world_(world) {
    for (std::size_t i = 0; i < world.server_count(); ++i) models_.emplace_back(kSize.bytes());
  }

  // Submits as long as there is room.
  void submit_some() {
    while (world_.core().room() > 0) {
      const std::size_t disk = world_.prng().below(models_.size());
      Operation& operation = unfinished_[next_];
      operation = make(disk);
      block::BlockOp op{.cookie = next_,
                        .kind = operation.kind,
                        .durability = operation.durability,
                        .range = operation.range,
                        .data = operation.memory};
      ++next_;
      const auto id = world_.core().submit(world_.device(world_.server(disk)), op, world_.now(), world_.outbox());
      ASSERT_TRUE(id.has_value()) << id.error().message;
    }
    world_.send();
  }
  void take_completions() {
    std::array<Completion, 8> completions;
    const std::size_t count = world_.core().drain(completions);
    for (std::size_t i = 0; i < count; ++i) {
      const Completion& completion = completions[i];
      ASSERT_EQ(completion.outcome, Outcome::ok) << explain(completion);
      const auto operation = unfinished_.extract(completion.cookie);
      ASSERT_FALSE(operation.empty()) << "finished twice";
      ++finished_;
      if (operation.mapped().kind == block::OpKind::read) {
        ASSERT_EQ(operation.mapped().memory, operation.mapped().expected) << "operation " << completion.cookie;
      }
    }
  }
  void run(Duration time) {
    const Instant end = world_.now() + time;
    do {
      submit_some();
      if (testing::Test::HasFatalFailure()) return;
      take_completions();
    } while (!testing::Test::HasFatalFailure() && world_.step(end));
    world_.run_until(end);
  }
  // To the last completion; then the disks must be as they were written.
  void finish() {
    for (int i = 0; i < 1'000'000 && !unfinished_.empty(); ++i) {
      world_.step(Instant::max());
      take_completions();
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_TRUE(unfinished_.empty()) << "nothing happens any more";
    for (std::size_t i = 0; i < models_.size(); ++i) EXPECT_TRUE(models_[i] == world_.server(i).disk()) << "disk " << i;
  }
  std::size_t finished() const { return finished_; }

 private:
  struct Operation {
    block::OpKind kind = block::OpKind::read;
    block::Durability durability = block::Durability::cached;
    SectorRange range;
    Bytes memory;
    Bytes expected;  // reads
  };

  Operation make(std::size_t disk) {
    Prng& prng = world_.prng();
    Operation operation;
    const std::uint64_t count = 1 + prng.below(20);
    operation.range = {{prng.below(kSize.count - count)}, {count}};
    const auto place = models_[disk].begin() + static_cast<std::ptrdiff_t>(operation.range.first.byte_offset());
    const std::size_t bytes = operation.range.count.bytes();
    const std::uint64_t dice = prng.below(20);
    if (dice == 0) {
      operation.kind = block::OpKind::flush;
      operation.range = {};
    } else if (dice == 1) {
      operation.kind = block::OpKind::trim;
      std::fill_n(place, bytes, std::uint8_t{0});
    } else if (dice < 10) {
      operation.kind = block::OpKind::write;
      if (dice == 2) operation.durability = block::Durability::stable;
      operation.memory.resize(bytes);
      for (auto& byte : operation.memory) byte = static_cast<std::uint8_t>(prng.next());
      std::copy(operation.memory.begin(), operation.memory.end(), place);
    } else {
      operation.memory.resize(bytes);
      operation.expected.assign(place, place + static_cast<std::ptrdiff_t>(bytes));
    }
    return operation;
  }

  World& world_;
  std::vector<Bytes> models_;
  std::map<std::uint64_t, Operation> unfinished_;
  std::uint64_t next_ = 0;
  std::size_t finished_ = 0;
};

TEST(Failover, GoodWeatherUsesBothNetworksAndNeedsNoCopy) {
  World world(1, {}, 2, seconds(180));
  Client client(world);
  client.run(milliseconds(200));
  client.finish();
  EXPECT_GT(client.finished(), 1000U);
  EXPECT_EQ(world.core().counters().retransmitted, 0U);
  EXPECT_EQ(world.core().counters().unknown_tag, 0U);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t path = 0; path < kLans; ++path) {
      EXPECT_GT(world.core().path_status(world.device(world.server(i)), path).frames_sent, 100U);
    }
  }
}

// Delays above the timeout make copies that arrive after their originals were answered.
TEST(Failover, LossCopiesAndLateCopiesUndoNothing) {
  std::uint64_t quarantined = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed, {.loss_percent = 5, .answer_copy_percent = 10, .delay_max = milliseconds(60)}, 2, std::nullopt);
    Client client(world);
    client.run(seconds(20));
    client.finish();
    if (testing::Test::HasFailure()) return;
    EXPECT_GT(world.core().counters().retransmitted, 10U);
    quarantined += world.core().counters().quarantined;
  }
  EXPECT_GT(quarantined, 20U);
}

TEST(Failover, CutNetworksAreSurvivedAndUsedAgain) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed, {.loss_percent = 1, .answer_copy_percent = 1, .delay_max = milliseconds(2)}, 2, std::nullopt);
    Client client(world);
    for (int round = 0; round < 4; ++round) {
      const std::size_t lan = world.prng().below(kLans);
      const std::size_t before = client.finished();
      world.cut(lan, true);
      client.run(seconds(1));
      EXPECT_GT(client.finished(), before + 50) << "work goes on by the other network";
      if (world.prng().below(2) == 0) client.run(seconds(6));
      world.cut(lan, false);
      client.run(seconds(3));
      if (testing::Test::HasFailure()) return;
      const auto sent_there = [&] {
        return world.core().path_status(world.device(world.server(0)), lan).frames_sent;
      };
      const std::uint64_t sent_before = sent_there();
      client.run(seconds(1));
      EXPECT_GT(sent_there(), sent_before + 50) << "the network is used again";
    }
    client.finish();
  }
}

TEST(Failover, PortsThatGoDownAndUpLoseNothing) {
  World world(3, {.loss_percent = 1, .answer_copy_percent = 0, .delay_max = microseconds(300)}, 2, std::nullopt);
  Client client(world);
  for (int round = 0; round < 20; ++round) {
    const std::size_t lan = world.prng().below(kLans);
    PortOptions port{.mac = kClientMacs[lan], .mtu_bytes = 9000, .up = false};
    world.core().update_port(PortId{static_cast<std::uint16_t>(lan)}, port, world.now(), world.outbox());
    client.run(milliseconds(100));
    port.up = true;
    port.mtu_bytes = world.prng().below(2) == 0 ? 1500 : 9000;
    world.core().update_port(PortId{static_cast<std::uint16_t>(lan)}, port, world.now(), world.outbox());
    client.run(milliseconds(100));
    if (testing::Test::HasFailure()) return;
  }
  client.finish();
}

TEST(Failover, TargetsMayRestartUnderLoad) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed, {.loss_percent = 2, .answer_copy_percent = 2, .delay_max = microseconds(500)}, 2, std::nullopt);
    Client client(world);
    for (int round = 0; round < 5; ++round) {
      Server& server = world.server(world.prng().below(2));
      server.stop();
      client.run(milliseconds(static_cast<std::int64_t>(world.prng().below(15'000))));
      server.start(world.now());
      world.send_from(server);
      const std::size_t before = client.finished();
      client.run(seconds(4));
      EXPECT_GT(client.finished(), before + 100);
      if (testing::Test::HasFailure()) return;
    }
    client.finish();
  }
}

TEST(Failover, AfterDeadAfterRequestsFailAndTheDiskComesBackByItself) {
  World world(4, {}, 1, seconds(30));
  Server& server = world.server(0);
  const DeviceId device = world.device(server);
  server.stop();
  Bytes memory(kSectorBytes);
  const block::BlockOp op{.cookie = 1,
                          .kind = block::OpKind::read,
                          .durability = block::Durability::cached,
                          .range = {{7}, {1}},
                          .data = memory};
  const Instant start = world.now();
  ASSERT_TRUE(world.core().submit(device, op, world.now(), world.outbox()));
  world.send();
  Completion completion;
  while (world.core().drain({&completion, 1}) == 0) ASSERT_TRUE(world.step(start + seconds(40)));
  EXPECT_EQ(world.now() - start, seconds(30));
  EXPECT_EQ(completion.outcome, Outcome::no_answer);
  EXPECT_EQ(world.core().submit(device, op, world.now(), world.outbox()).error().os_error, EIO);
  world.run_until(world.now() + std::chrono::hours(1));
  EXPECT_EQ(world.core().device_status(device).state, DeviceState::down);
  server.start(world.now());  // its announcement is lost
  world.run_until(world.now() + seconds(3));
  EXPECT_EQ(world.core().device_status(device).state, DeviceState::up);
  ASSERT_TRUE(world.core().submit(device, op, world.now(), world.outbox()));
  world.send();
  while (world.core().drain({&completion, 1}) == 0) ASSERT_TRUE(world.step(Instant::max()));
  EXPECT_EQ(completion.outcome, Outcome::ok);
}

TEST(Failover, ResizeReservationAndReplacementAreNoticedAtOnce) {
  World world(5, {}, 1, seconds(180));
  Server& server = world.server(0);
  const DeviceId device = world.device(server);
  server.resize(Sectors{5000});
  world.send_from(server);
  world.run_until(world.now() + seconds(2));
  EXPECT_EQ(world.core().device_size(device), Sectors{5000});

  // Another station reserves the disk.
  constexpr wire::MacAddress kOther{{2, 0, 0, 0, 9, 9}};
  wire::Header header;
  header.destination = server.mac(0);
  header.source = kOther;
  header.address = server.address();
  header.command = static_cast<std::uint8_t>(wire::Command::reserve);
  wire::ReserveBody body;
  body.op = static_cast<std::uint8_t>(wire::ReserveOp::set);
  body.macs = kOther.bytes;
  Bytes reserve(wire::kMinFrameBytes);
  static_cast<void>(wire::encode(reserve, header, body));
  server.receive(0, reserve, world.now(), world.prng());
  world.send_from(server);
  Bytes memory(kSectorBytes);
  const block::BlockOp op{.cookie = 1,
                          .kind = block::OpKind::write,
                          .durability = block::Durability::cached,
                          .range = {{7}, {1}},
                          .data = memory};
  ASSERT_TRUE(world.core().submit(device, op, world.now(), world.outbox()));
  world.send();
  Completion completion;
  while (world.core().drain({&completion, 1}) == 0) ASSERT_TRUE(world.step(world.now() + seconds(1)));
  EXPECT_EQ(explain(completion), "writing sector 7: the disk is reserved by " + kOther.to_string());

  // The machine comes back with another disk.
  server.stop();
  server.change_disk("another");
  server.start(world.now());
  world.send_from(server);
  world.run_until(world.now() + seconds(3));
  EXPECT_EQ(world.core().device_status(device).state, DeviceState::replaced);
  EXPECT_EQ(world.core().submit(device, op, world.now(), world.outbox()).error().os_error, EIO);
  world.core().close(device);
  world.run_until(world.now() + seconds(3));
  EXPECT_EQ(world.core().device_status(device).state, DeviceState::up);
  EXPECT_EQ(world.core().device_status(device).page.serial, "another");
}

}  // namespace
}  // namespace aoekit::initiator
