// The loop around the core: send what it says, wait no longer than it says, give it what came.
#include "cli/remote_disk.h"

#include <algorithm>
#include <cerrno>
#include <random>

#include "cli/ata_client.h"
#include "io/clock.h"
#include "wire/constants.h"
#include "wire/decode.h"

namespace aoekit::cli {
namespace {

constexpr std::size_t kRequestsMax = 16;
constexpr std::size_t kFramesMax = 512;
constexpr Duration kIdleWait = std::chrono::seconds(1);

}  // namespace

Result<RemoteDisk> RemoteDisk::open(Station& station, const Target& target, Duration give_up_after) {
  const auto page = identify(station, target, {});
  if (!page) return tl::unexpected(page.error());
  const std::uint32_t mtu_bytes = station.port(target.port).mtu_bytes;
  const std::uint32_t sectors = std::min(target.sectors_per_frame, wire::sectors_that_fit(mtu_bytes));
  if (sectors == 0) {
    return fail("the MTU of {} is {}: too small for one sector a frame (at least 534 bytes)", target.interface,
                mtu_bytes);
  }
  RemoteDisk disk(station, target, *page, sectors);
  if (const Status started = disk.start_core(give_up_after); !started) return tl::unexpected(started.error());
  return disk;
}

RemoteDisk::RemoteDisk(Station& station, const Target& target, const ata::IdentifyPage& page,
                       std::uint32_t sectors_per_frame)
    : station_(&station), target_(target), page_(page), sectors_per_frame_(sectors_per_frame) {}

Status RemoteDisk::start_core(Duration give_up_after) {
  initiator::InitiatorOptions options;
  options.limits.requests = kRequestsMax;
  // One disk gets half of the frames.
  options.limits.frames = 2 * std::clamp<std::size_t>(target_.buffer_count, 1, kFramesMax);
  options.limits.sectors_per_frame_max = sectors_per_frame_;
  options.limits.devices = 1;
  options.dead_after = give_up_after;
  options.tag_seed = std::random_device{}();
  const Instant start = io::monotonic_now();
  core_ = std::make_unique<initiator::InitiatorCore>(options, start);
  outbox_ = std::make_unique<initiator::Outbox>(core_->outbox_capacity());
  const net::PortInfo& port = station_->port(target_.port);
  port_ = core_->add_port({.mac = port.mac, .mtu_bytes = port.mtu_bytes}, start, *outbox_);
  send_outbox();
  while (true) {
    const auto found = core_->find(target_.address);
    if (found && core_->device_status(*found).state == initiator::DeviceState::up) {
      device_ = *found;
      core_->open(device_);
      return {};
    }
    if (io::monotonic_now() - start >= give_up_after) {
      return fail("{}: no answer any more from {}", target_.address.to_string(), target_.mac.to_string());
    }
    if (const Status turned = turn(start + give_up_after); !turned) return turned;
  }
}

// Waits for frames or the core's next deadline, not beyond `until`, and works on what came.
Status RemoteDisk::turn(Instant until) {
  const Instant deadline = std::min(core_->next_deadline().value_or(until), until);
  const Waited waited = station_->wait_until(deadline);
  if (waited == Waited::interrupted) return tl::unexpected(Error{"interrupted", EINTR});
  if (waited == Waited::ready) receive();
  core_->on_timer(io::monotonic_now(), *outbox_);
  send_outbox();
  return {};
}

Status RemoteDisk::submit(const block::BlockOp& op) {
  const auto id = core_->submit(device_, op, io::monotonic_now(), *outbox_);
  send_outbox();
  if (!id) return tl::unexpected(id.error());
  return {};
}

Result<initiator::Completion> RemoteDisk::wait() {
  while (true) {
    initiator::Completion completion;
    if (core_->drain({&completion, 1}) == 1) return completion;
    if (const Status turned = turn(io::monotonic_now() + kIdleWait); !turned) return tl::unexpected(turned.error());
  }
}

void RemoteDisk::receive() {
  const Instant now = io::monotonic_now();
  for (const ArrivalView& view : station_->receive()) {
    // Only from the target that was chosen: others may have another disk at the same address.
    const auto header = wire::decode_header(view.bytes);
    if (view.port != target_.port || !header || header->source != target_.mac) continue;
    core_->on_frame(port_, view.bytes, now, *outbox_);
  }
}

void RemoteDisk::send_outbox() {
  batch_.clear();
  for (const initiator::TxFrame& frame : outbox_->frames) batch_.push_back(frame.bytes);
  if (!batch_.empty()) station_->send(target_.port, batch_);
  core_->recycle(*outbox_);
}

Error RemoteDisk::explain(const initiator::Completion& completion) {
  if (completion.outcome == initiator::Outcome::aoe_error &&
      completion.code == static_cast<std::uint8_t>(wire::AoeError::target_reserved)) {
    return explain_aoe_error(*station_, target_, completion.code, {});
  }
  Error error{fmt::format("{}: {}", target_.address.to_string(), initiator::explain(completion))};
  if (completion.outcome == initiator::Outcome::no_answer) error.os_error = ETIMEDOUT;
  return error;
}

}  // namespace aoekit::cli
