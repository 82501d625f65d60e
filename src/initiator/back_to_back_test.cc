// Both cores, joined by a network that loses, copies and reorders frames in virtual time: what the client was told must
// be what the disk holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/prng.h"
#include "initiator/core.h"
#include "target/target_core.h"

namespace aoekit::initiator {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr wire::MacAddress kClientMac{{2, 0, 0, 0, 0, 0x0a}};
constexpr wire::MacAddress kServerMac{{2, 0, 0, 0, 0, 0x0b}};
constexpr wire::AoeAddress kAddress{1, 2};
constexpr Sectors kSize{256};

struct Weather {
  unsigned loss_percent = 0;
  unsigned answer_copy_percent = 0;
  Duration delay_max = microseconds(50);
};

// Frames in flight and the two machines; one step is the next arrival or timer.
class World {
 public:
  World(std::uint64_t seed, const Weather& weather)
      : prng_(seed),
        weather_(weather),
        target_(target::TargetLimits{.buffers = 64, .sectors_per_frame_max = 2}),
        target_outbox_(target_.outbox_capacity()),
        disk_(kSize.bytes()),
        initiator_(options(seed), now_),
        initiator_outbox_(initiator_.outbox_capacity()) {
    target_port_ = target_.add_port({kServerMac, 1500});
    target::ExportOptions options;
    options.address = kAddress;
    options.size = kSize;
    target_.add_export(options, now_);
    port_ = initiator_.add_port({.mac = kClientMac}, now_, initiator_outbox_);
    send_from_initiator();
    while (!is_up()) advance();
    device_ = *initiator_.find(kAddress);
    initiator_.open(device_);
  }

  std::size_t room() const { return initiator_.room(); }
  void submit(const block::BlockOp& op) {
    ASSERT_TRUE(initiator_.submit(device_, op, now_, initiator_outbox_).has_value());
    send_from_initiator();
  }
  // Lets time go on until something is finished; empty when nothing can happen any more.
  std::vector<Completion> wait() {
    for (int step = 0; step < 100'000; ++step) {
      std::vector<Completion> completions(8);
      completions.resize(initiator_.drain(completions));
      if (!completions.empty() || !advance()) return completions;
    }
    return {};
  }
  ByteView disk() const { return disk_; }
  const InitiatorCounters& counters() const { return initiator_.counters(); }

 private:
  static InitiatorOptions options(std::uint64_t seed) {
    InitiatorOptions options;
    options.limits = {.requests = 8, .frames = 32, .sectors_per_frame_max = 2};
    options.tag_seed = static_cast<std::uint32_t>(seed);
    return options;
  }
  using Bytes = std::vector<std::uint8_t>;
  enum class Side { initiator, target };
  struct InFlight {
    Side to = Side::target;
    Bytes bytes;
  };

  bool is_up() const {
    const auto found = initiator_.find(kAddress);
    return found && initiator_.device_status(*found).state == DeviceState::up;
  }
  bool advance() {
    const auto deadline = initiator_.next_deadline();
    if (!network_.empty() && (!deadline || network_.begin()->first <= *deadline)) {
      const auto next = network_.extract(network_.begin());
      now_ = std::max(now_, next.key());
      arrive(next.mapped());
    } else {
      now_ = std::max(now_, *deadline);
      initiator_.on_timer(now_, initiator_outbox_);
    }
    send_from_initiator();
    return true;
  }

  void arrive(const InFlight& frame) {
    if (frame.to == Side::initiator) {
      initiator_.on_frame(port_, frame.bytes, now_, initiator_outbox_);
      return;
    }
    target_.on_frame(target_port_, frame.bytes, now_, target_outbox_);
    // The disk is done at once, but in no order.
    while (!target_outbox_.ops.empty()) {
      std::vector<block::BlockCompletion> done;
      for (const target::ExportOp& started : target_outbox_.ops) {
        serve(started.op);
        done.push_back({started.op.cookie, block::BlockStatus::ok});
      }
      std::reverse(done.begin(), done.end());
      send_from_target();
      target_.on_block_done(done, now_, target_outbox_);
    }
    send_from_target();
  }

  void serve(const block::BlockOp& op) {
    const auto begin = disk_.begin() + static_cast<std::ptrdiff_t>(op.range.first.byte_offset());
    if (op.kind == block::OpKind::write) std::copy(op.data.begin(), op.data.end(), begin);
    if (op.kind == block::OpKind::read) std::copy_n(begin, op.data.size(), op.data.begin());
  }

  void send_from_initiator() {
    for (const TxFrame& frame : initiator_outbox_.frames) transmit(Side::target, frame.bytes);
    initiator_.recycle(initiator_outbox_);
  }
  void send_from_target() {
    for (const target::TxFrame& frame : target_outbox_.frames) transmit(Side::initiator, frame.bytes);
    target_.recycle(target_outbox_);
  }
  void transmit(Side to, ByteView frame) {
    const int copies = to == Side::initiator && prng_.below(100) < weather_.answer_copy_percent ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      if (prng_.below(100) < weather_.loss_percent) continue;
      const auto range_ns = static_cast<std::uint64_t>(weather_.delay_max.count());
      const Duration delay{static_cast<std::int64_t>(prng_.below(range_ns))};
      network_.emplace(now_ + microseconds(5) + delay, InFlight{to, Bytes(frame.begin(), frame.end())});
    }
  }

  Prng prng_;
  Weather weather_;
  Instant now_{};
  target::TargetCore target_;
  target::Outbox target_outbox_;
  target::PortId target_port_;
  Bytes disk_;
  InitiatorCore initiator_;
  Outbox initiator_outbox_;
  PortId port_;
  DeviceId device_;
  std::multimap<Instant, InFlight> network_;
};

// One operation of the client, alive until its completion.
struct ClientOp {
  block::BlockOp op;
  std::vector<std::uint8_t> memory;
  std::vector<std::uint8_t> expected;  // reads
};

// Random reads and writes in submission order; reads must see the writes before them.
void run_client(World& world, std::uint64_t seed, int operations) {
  Prng prng(seed);
  std::vector<std::uint8_t> model(kSize.bytes());
  std::map<std::uint64_t, ClientOp> unfinished;
  for (int i = 0; i < operations || !unfinished.empty();) {
    if (i < operations && world.room() > 0) {
      ClientOp& client = unfinished[static_cast<std::uint64_t>(i)];
      const std::uint64_t first = prng.below(kSize.count - 8);
      const std::uint64_t count = 1 + prng.below(8);
      client.memory.resize(count * kSectorBytes);
      client.op = {.cookie = static_cast<std::uint64_t>(i),
                   .kind = prng.below(2) == 0 ? block::OpKind::read : block::OpKind::write,
                   .durability = block::Durability::cached,
                   .range = {{first}, {count}},
                   .data = client.memory};
      const auto place = model.begin() + static_cast<std::ptrdiff_t>(first * kSectorBytes);
      if (client.op.kind == block::OpKind::write) {
        for (auto& byte : client.memory) byte = static_cast<std::uint8_t>(prng.next());
        std::copy(client.memory.begin(), client.memory.end(), place);
      } else {
        client.expected.assign(place, place + static_cast<std::ptrdiff_t>(client.memory.size()));
      }
      world.submit(client.op);
      ++i;
      continue;
    }
    const auto completions = world.wait();
    ASSERT_FALSE(completions.empty()) << "nothing happens any more";
    for (const Completion& completion : completions) {
      ASSERT_EQ(completion.outcome, Outcome::ok) << explain(completion);
      const ClientOp& client = unfinished.at(completion.cookie);
      if (client.op.kind == block::OpKind::read) {
        ASSERT_EQ(client.memory, client.expected) << "operation " << completion.cookie;
      }
      unfinished.erase(completion.cookie);
    }
  }
  EXPECT_TRUE(std::equal(model.begin(), model.end(), world.disk().begin())) << "the disk is not as it was written";
}

TEST(BackToBack, GoodWeatherNeedsNoCopy) {
  World world(1, {});
  run_client(world, 1, 500);
  EXPECT_EQ(world.counters().retransmitted, 0U);
  EXPECT_EQ(world.counters().unknown_tag, 0U);
}

TEST(BackToBack, ReorderingAloneNeedsNoCopy) {
  World world(2, {.loss_percent = 0, .answer_copy_percent = 0, .delay_max = milliseconds(5)});
  run_client(world, 2, 300);
  EXPECT_EQ(world.counters().retransmitted, 0U);
}

TEST(BackToBack, AnswersThatComeTwiceAreTakenOnce) {
  World world(3, {.loss_percent = 0, .answer_copy_percent = 50});
  run_client(world, 3, 300);
  EXPECT_GT(world.counters().unknown_tag, 50U);
}

TEST(BackToBack, LossAndReorderingAreSurvived) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed, {.loss_percent = 10, .answer_copy_percent = 10, .delay_max = microseconds(300)});
    run_client(world, seed, 200);
    EXPECT_GT(world.counters().retransmitted, 0U);
  }
}

}  // namespace
}  // namespace aoekit::initiator
