// The loop of src/client in virtual time: events in, frames out, completions to their owners.
#include "sim/clients/own_client.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "sim/checkers/frame_rules.h"
#include "wire/decode.h"

namespace aoekit::sim {
namespace {

constexpr std::size_t kRequests = 64;

}  // namespace

OwnClient::OwnClient(World& world, Network& network, std::string name, wire::AoeAddress address, const Options& options)
    : Client(world, network, std::move(name), address), options_(options) {}

void OwnClient::begin() {
  initiator::InitiatorOptions options;
  options.limits.requests = kRequests;
  options.limits.frames = 64;
  options.limits.devices = 8;
  options.limits.sectors_per_frame_max = 17;
  options.retransmit.copy_lifetime_one_path = options_.copy_lifetime;
  options.retransmit.copy_lifetime_several_paths = options_.copy_lifetime;
  options.dead_after = seconds(static_cast<std::int64_t>(options_.dead_seconds));
  // Another for each station, and the same after every crash, so that its tags come again.
  options.tag_seed = static_cast<std::uint32_t>(hash_of(bytes_of(name_)));
  core_ = std::make_unique<initiator::InitiatorCore>(options, world_.now());
  outbox_ = std::make_unique<initiator::Outbox>(core_->outbox_capacity());
  for (const NicId nic : nics_) core_->add_port({network_.mac(nic), network_.mtu(nic), true}, world_.now(), *outbox_);
  settle();
}

void OwnClient::end() {
  core_.reset();
  outbox_.reset();
  device_.reset();
  under_way_.clear();
  credit_.forget_all();
  timer_at_.reset();
}

bool OwnClient::is_ready() const { return device_.has_value() && core_->room() > 0; }

void OwnClient::submit(Io& io) {
  block::BlockOp op;
  op.cookie = io.id;
  op.kind = io.kind;
  op.durability = io.durability;
  op.range = io.range;
  op.data = io.data;
  under_way_[io.id] = &io;
  const auto id = core_->submit(*device_, op, world_.now(), *outbox_);
  if (!id) {
    world_.say("{}: {}", name_, id.error().message);
    io.is_refused = true;
    later(milliseconds(1), [this, cookie = io.id] {
      initiator::Completion refused;
      refused.cookie = cookie;
      refused.outcome = initiator::Outcome::aoe_error;
      deliver(refused);
    });
  }
  settle();
}

void OwnClient::look_again() {
  if (!running_) return;
  core_->discover(wire::kEverybody, world_.now(), *outbox_);
  settle();
}

void OwnClient::nic_changed(std::size_t nic) {
  if (!running_) return;
  core_->update_port(initiator::PortId{static_cast<std::uint16_t>(nic)},
                     {network_.mac(nics_[nic]), network_.mtu(nics_[nic]), true}, world_.now(), *outbox_);
  settle();
}

void OwnClient::receive(std::size_t nic, ByteView frame) {
  credit_.received(frame);
  const auto header = wire::decode_header(frame);
  std::vector<std::uint8_t> changed;
  if (options_.credit_factor != 1 && header && header->is_response() && header->command == 1 &&
      frame.size() >= wire::kConfigHeaderBytes) {
    // The canary: it reads a larger buffer count than was sent.
    changed.assign(frame.begin(), frame.end());
    changed[wire::kHeaderBytes + 1] = static_cast<std::uint8_t>(changed[wire::kHeaderBytes + 1] * options_.credit_factor);
    frame = changed;
  }
  core_->on_frame(initiator::PortId{static_cast<std::uint16_t>(nic)}, frame, world_.now(), *outbox_);
  settle();
}

void OwnClient::settle() {
  for (const initiator::TxFrame& frame : outbox_->frames) {
    if (const std::string broken = broken_frame_rule(frame.bytes); !broken.empty()) {
      world_.fail("encoding", fmt::format("{}: {}", name_, broken));
    }
    if (const std::string broken = credit_.sent(frame.bytes, world_.now()); !broken.empty()) {
      world_.fail("credit", fmt::format("{}: {}", name_, broken));
    }
    network_.send(nics_[frame.port.value], frame.bytes);
  }
  core_->recycle(*outbox_);
  std::array<initiator::DeviceEvent, 16> events;
  for (std::size_t count; (count = core_->drain_events(events)) > 0;) {
    for (const initiator::DeviceEvent& event : std::span(events).first(count)) {
      world_.say("{}: {} {}", name_, event.address.to_string(), to_string(event.kind));
    }
  }
  if (!device_) {
    const auto found = core_->find(address_);
    if (found && core_->device_status(*found).state == initiator::DeviceState::up) {
      device_ = found;
      core_->open(*device_);
      world_.say("{}: {} is usable", name_, address_.to_string());
    }
  }
  std::array<initiator::Completion, 16> completions;
  const std::uint64_t life_before = life();
  for (std::size_t count; (count = core_->drain(completions)) > 0;) {
    for (const initiator::Completion& completion : std::span(completions).first(count)) deliver(completion);
  }
  AOEKIT_CHECK(life() == life_before);
  schedule_timer();
}

void OwnClient::deliver(const initiator::Completion& completion) {
  const auto found = under_way_.find(completion.cookie);
  AOEKIT_CHECK(found != under_way_.end());
  Io* io = found->second;
  under_way_.erase(found);
  const auto done = std::move(io->done);
  switch (completion.outcome) {
    case initiator::Outcome::ok: return done(IoResult::ok);
    case initiator::Outcome::no_answer: return done(IoResult::unanswered);
    default: return done(IoResult::failed);
  }
}

void OwnClient::schedule_timer() {
  const std::optional<Instant> deadline = core_->next_deadline();
  if (!deadline || (timer_at_ && *timer_at_ <= *deadline)) return;
  timer_at_ = std::max(*deadline, world_.now());
  world_.at(*timer_at_, [this, life = life(), when = *timer_at_] {
    if (life != this->life() || timer_at_ != when) return;
    timer_at_.reset();
    core_->on_timer(world_.now(), *outbox_);
    settle();
  });
}

}  // namespace aoekit::sim
