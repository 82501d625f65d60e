// The server's loop in virtual time: frames and completions in batches, effects carried out until none are left.
#include "sim/target_node.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "sim/checkers/frame_rules.h"
#include "wire/decode.h"

namespace aoekit::sim {
namespace {

constexpr std::size_t kFramesPerTurn = 16;
constexpr Duration kWakeUp = microseconds(3);
constexpr std::uint64_t kSyncCookie = UINT64_MAX;

}  // namespace

TargetNode::TargetNode(World& world, Network& network, const Options& options)
    : world_(world), network_(network), options_(options), stream_(world.stream(options.name)) {}

void TargetNode::add_nic(SwitchId at, wire::MacAddress mac, std::uint32_t mtu_bytes) {
  const std::size_t index = nics_.size();
  nics_.push_back(network_.add_nic(at, fmt::format("{}.{}", options_.name, index), mac, mtu_bytes,
                                   [this, index](const Frame& frame) { receive(index, frame); }));
}

void TargetNode::add_export(const target::ExportOptions& options, SimDisk& disk) {
  exports_.push_back({options, &disk});
}

void TargetNode::start() {
  AOEKIT_CHECK(core_ == nullptr);
  world_.say("{}: started", options_.name);
  ++life_;
  target::TargetLimits limits;
  limits.buffers = options_.buffers;
  limits.sectors_per_frame_max = 17;
  limits.writes_remembered = options_.writes_remembered;
  limits.frame_life = target::FrameLife::turn;
  limits.read_loans = target::ReadLoans::accepted;
  core_ = std::make_unique<target::TargetCore>(limits);
  outbox_ = std::make_unique<target::Outbox>(core_->outbox_capacity());
  for (const NicId nic : nics_) core_->add_port({network_.mac(nic), network_.mtu(nic)});
  for (const Exported& exported : exports_) {
    target::ExportOptions options = exported.options;
    options.size = exported.disk->size();
    const target::ExportId id = core_->add_export(options, world_.now());
    core_->announce(id, *outbox_);
    settle();
  }
}

void TargetNode::crash(Crash crash) {
  world_.say("{}: {}", options_.name, crash == Crash::power_cut ? "the power goes" : "the process is killed");
  for (const Exported& exported : exports_) exported.disk->crash(crash);
  ++life_;
  if (core_) add_counters(past_, core_->counters());
  core_.reset();
  outbox_.reset();
  received_.clear();
  done_.clear();
  lent_.clear();
  stopped_ = nullptr;
  turn_scheduled_ = syncing_ = false;
  timer_at_.reset();
  syncs_pending_ = 0;
}

void TargetNode::stop(std::function<void()> stopped) {
  world_.say("{}: is told to stop", options_.name);
  core_->stop_accepting();
  stopped_ = std::move(stopped);
  schedule_turn(kWakeUp);
}

void TargetNode::set_mtu(std::size_t nic, std::uint32_t mtu_bytes) {
  world_.say("{}: MTU of NIC {} is {} now", options_.name, nic, mtu_bytes);
  network_.set_mtu(nics_[nic], mtu_bytes);
  if (!core_) return;
  core_->update_port(target::PortId{static_cast<std::uint16_t>(nic)}, {network_.mac(nics_[nic]), mtu_bytes}, *outbox_);
  settle();
}

void TargetNode::resize(std::size_t index, Sectors size, Duration later) {
  world_.say("{}: disk {} has {} sectors now", options_.name, index, size.count);
  exports_[index].disk->resize(size);
  world_.after(later, [this, index] {
    if (!core_) return;
    core_->resize(target::ExportId{static_cast<std::uint32_t>(index)}, exports_[index].disk->size(), *outbox_);
    settle();
  });
}

void TargetNode::set_available(std::size_t index, std::uint64_t available) {
  world_.say("{}: disk {} is {}", options_.name, index, available != 0 ? "back" : "gone");
  if (core_) core_->set_available(target::ExportId{static_cast<std::uint32_t>(index)}, available != 0);
}

void TargetNode::receive(std::size_t nic, const Frame& frame) {
  if (!core_) return;
  if (received_.size() >= options_.receive_queue) {
    ++overruns_;
    world_.say("{}: receive queue full, a frame is lost", options_.name);
    return;
  }
  received_.push_back({nic, frame});
  schedule_turn(kWakeUp);
}

void TargetNode::schedule_turn(Duration delay) {
  if (turn_scheduled_) return;
  turn_scheduled_ = true;
  world_.after(delay, [this, life = life_] {
    if (life == life_) turn();
  });
}

void TargetNode::turn() {
  turn_scheduled_ = false;
  if (!done_.empty()) {
    const auto done = std::exchange(done_, {});
    const auto lent = std::exchange(lent_, {});
    core_->on_block_done(done, world_.now(), *outbox_);
    settle();
  }
  std::size_t count = 0;
  for (; count < kFramesPerTurn && !received_.empty(); ++count) {
    const Received next = received_.front();
    received_.pop_front();
    handle(next);
  }
  settle();
  in_turn_.clear();
  if (!received_.empty()) schedule_turn(options_.frame_cost * static_cast<std::int64_t>(count));
  advance_stop();
}

void TargetNode::handle(const Received& received) {
  Received now = received;
  const auto header = wire::decode_header(now.frame->bytes);
  const wire::MacAddress source = header ? header->source : wire::MacAddress{};
  // The canary: who shares the target with others gets next to nothing while they are at work.
  const bool is_first = source == options_.first_client;
  if (header && !is_first) others_at_ = world_.now();
  if (options_.bug == NodeBug::starves_first_client && is_first && header->command == 0 &&
      world_.now() - others_at_ < milliseconds(1) && stream_.percent(97)) {
    return;
  }
  std::vector<target::StationList> masks, holders;
  for (std::size_t i = 0; i < exports_.size(); ++i) {
    const target::Export& exported = core_->exported(target::ExportId{static_cast<std::uint32_t>(i)});
    masks.push_back(exported.mask);
    holders.push_back(exported.reserved_for);
    // The canaries: the stranger's frame is taken for that of a station that may.
    const bool masked = !exported.mask.empty() && !target::contains(exported.mask, source);
    const bool reserved = !exported.reserved_for.empty() && !target::contains(exported.reserved_for, source);
    const wire::MacAddress* instead = nullptr;
    if (options_.bug == NodeBug::ignores_mask && masked) instead = exported.mask.data();
    if (options_.bug == NodeBug::ignores_reservation && reserved) instead = exported.reserved_for.data();
    if (instead == nullptr || now.frame->bytes.size() < wire::kHeaderBytes) continue;
    FrameOnItsWay forged = *now.frame;
    std::ranges::copy(instead->bytes, forged.bytes.begin() + wire::kMacBytes);
    now.frame = std::make_shared<const FrameOnItsWay>(std::move(forged));
  }
  const std::size_t frames_before = outbox_->frames.size();
  const std::size_t in_progress_before = core_->requests_in_progress();
  in_turn_.push_back(now.frame);
  core_->on_frame(target::PortId{static_cast<std::uint16_t>(now.nic)}, now.frame->bytes, world_.now(), *outbox_);
  check_isolation(received, frames_before, in_progress_before, masks, holders);
}

// Held against the core from outside, with what its lists were when the frame arrived.
void TargetNode::check_isolation(const Received& received, std::size_t frames_before, std::size_t in_progress_before,
                                 std::span<const target::StationList> masks,
                                 std::span<const target::StationList> holders) {
  const auto header = wire::decode_header(received.frame->bytes);
  if (!header) return;
  const bool took_work = core_->requests_in_progress() > in_progress_before;
  std::size_t may_answer = 0;
  std::size_t may_work = 0;
  for (std::size_t i = 0; i < exports_.size(); ++i) {
    if (!header->address.addresses(exports_[i].options.address)) continue;
    const bool seen = masks[i].empty() || target::contains(masks[i], header->source);
    const bool served = seen && (holders[i].empty() || target::contains(holders[i], header->source));
    may_answer += seen ? 1 : 0;
    may_work += served ? 1 : 0;
  }
  if (may_answer == 0 && (outbox_->frames.size() > frames_before || took_work)) {
    world_.fail("isolation", fmt::format("{}: a station that is masked out ({}) was answered or served", options_.name,
                                         header->source.to_string()));
  } else if (may_work == 0 && took_work) {
    world_.fail("isolation", fmt::format("{}: a station that is reserved out ({}) got at the disk", options_.name,
                                         header->source.to_string()));
  }
}

void TargetNode::settle() {
  while (!outbox_->frames.empty() || !outbox_->ops.empty()) {
    for (const target::TxFrame& frame : outbox_->frames) transmit(frame);
    for (const target::ExportOp& started : outbox_->ops) {
      // The canary: a sync is taken for done when it begins.
      if (options_.bug == NodeBug::acks_before_commit && started.op.kind == block::OpKind::flush) {
        exports_[started.device.value].disk->submit(started.op, [](const auto&) {});
        done_.push_back({started.op.cookie, block::BlockStatus::ok});
        schedule_turn(kWakeUp);
        continue;
      }
      const auto done = [this, life = life_, op = started.op](const block::BlockCompletion& completion) {
        if (life != life_) return;
        done_.push_back(completion);
        lend(op, done_.back());
        schedule_turn(kWakeUp);
      };
      exports_[started.device.value].disk->submit(started.op, done);
    }
    core_->recycle(*outbox_);
  }
  schedule_timer();
}

void TargetNode::schedule_timer() {
  const std::optional<Instant> deadline = core_->next_deadline();
  if (!deadline || (timer_at_ && *timer_at_ <= *deadline)) return;
  timer_at_ = std::max(*deadline, world_.now());
  world_.at(*timer_at_, [this, life = life_, when = *timer_at_] {
    if (life != life_ || timer_at_ != when) return;
    timer_at_.reset();
    core_->on_timer(world_.now(), *outbox_);
    settle();
  });
}

void TargetNode::lend(const block::BlockOp& op, block::BlockCompletion& completion) {
  if (!op.may_lend || completion.status != block::BlockStatus::ok) return;
  completion.lent = lent_.emplace_back(op.data.begin(), op.data.end());
  std::ranges::fill(op.data, std::uint8_t{0xa5});  // nobody is to look there
}

void TargetNode::transmit(const target::TxFrame& frame) {
  std::vector<std::uint8_t> whole(frame.bytes.begin(), frame.bytes.end());
  whole.insert(whole.end(), frame.data.begin(), frame.data.end());
  // The canary.
  if (options_.bug == NodeBug::dirty_padding && whole.size() == wire::kMinFrameBytes) whole.back() = 1;
  if (const std::string broken = broken_frame_rule(whole); !broken.empty()) {
    world_.fail("encoding", fmt::format("{}: {}", options_.name, broken));
  }
  network_.send(nics_[frame.port.value], whole);
}

void TargetNode::advance_stop() {
  if (!stopped_ || syncing_ || !core_->idle()) return;
  syncing_ = true;
  syncs_pending_ = exports_.size();
  for (const Exported& exported : exports_) {
    block::BlockOp sync;
    sync.cookie = kSyncCookie;
    sync.kind = block::OpKind::flush;
    exported.disk->submit(sync, [this, life = life_](const block::BlockCompletion&) {
      if (life != life_ || --syncs_pending_ != 0) return;
      world_.say("{}: stopped", options_.name);
      add_counters(past_, core_->counters());
      ++life_;
      core_.reset();
      outbox_.reset();
      received_.clear();
      syncing_ = turn_scheduled_ = false;
      timer_at_.reset();
      const auto stopped = std::move(stopped_);
      stopped_ = nullptr;
      stopped();
    });
  }
}

void add_counters(target::TargetCounters& sum, const target::TargetCounters& more) {
  for (const target::CounterName& counter : target::kTargetCounterNames) sum.*counter.member += more.*counter.member;
}

}  // namespace aoekit::sim
