// The loop around the core: send what it says, wait no longer than it says, give it what came.
#include "cli/remote_disk.h"

#include <algorithm>
#include <cerrno>
#include <random>

#include "cli/ata_client.h"
#include "io/clock.h"
#include "wire/constants.h"

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
  disk.start_core(give_up_after);
  return disk;
}

RemoteDisk::RemoteDisk(Station& station, const Target& target, const ata::IdentifyPage& page,
                       std::uint32_t sectors_per_frame)
    : station_(&station), target_(target), page_(page), sectors_per_frame_(sectors_per_frame) {}

void RemoteDisk::start_core(Duration give_up_after) {
  initiator::InitiatorOptions options;
  options.limits.requests = kRequestsMax;
  options.limits.frames = std::clamp<std::size_t>(target_.buffer_count, 1, kFramesMax);
  options.limits.sectors_per_frame_max = sectors_per_frame_;
  options.retransmit.give_up_after = give_up_after;
  options.tag_seed = std::random_device{}();
  core_ = std::make_unique<initiator::InitiatorCore>(options);
  outbox_ = std::make_unique<initiator::Outbox>(options.limits.frames);
  port_ = core_->add_port(station_->port(target_.port).mac);
  const auto width = [](bool wide) { return wide ? initiator::AddressWidth::lba48 : initiator::AddressWidth::lba28; };
  device_ = core_->add_device(
      {.address = target_.address,
       .size = page_.size,
       .width = width(page_.lba48_supported),
       .flush_width = width(page_.flush_ext_supported),
       .path = {port_, target_.mac, target_.buffer_count, sectors_per_frame_}});
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
    const Instant deadline = core_->next_deadline().value_or(io::monotonic_now() + kIdleWait);
    const Waited waited = station_->wait_until(deadline);
    if (waited == Waited::interrupted) return tl::unexpected(Error{"interrupted", EINTR});
    if (waited == Waited::ready) receive();
    core_->on_timer(io::monotonic_now(), *outbox_);
    send_outbox();
  }
}

void RemoteDisk::receive() {
  const Instant now = io::monotonic_now();
  for (const ArrivalView& view : station_->receive()) {
    if (view.port == target_.port) core_->on_frame(port_, view.bytes, now, *outbox_);
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
