// The server's disks: exported, measured, removed and at last synced.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/log.h"
#include "daemon/server.h"
#include "io/clock.h"

namespace aoekit::daemon {
namespace {

// Then timers, signals and other disks get their turn.
constexpr std::size_t kTurnsPerWakeUp = 64;

bool is_gone(int os_error) { return block::status_from_errno(os_error) == block::BlockStatus::unavailable; }

}  // namespace

Result<target::ExportId> Server::add_export(block::BlockDevice& disk, const target::ExportOptions& options) {
  AOEKIT_CHECK(disk.max_in_flight() >= queue_depth());
  if (const Status status = watch(disk); !status) return tl::unexpected(status.error());
  const target::ExportId id = core_.add_export(options, io::monotonic_now());
  if (id.value >= disks_.size()) disks_.resize(id.value + std::size_t{1});
  disks_[id.value] = {&disk, true};
  core_.announce_soon(id);
  settle();
  return id;
}

void Server::update_export(target::ExportId id, const target::ExportOptions& options) {
  core_.update_export(id, options, outbox_);
  settle();
}

void Server::announce(target::ExportId id) {
  core_.announce(id, outbox_);
  settle();
}

void Server::announce_all() {
  for (std::size_t i = 0; i < disks_.size(); ++i) {
    if (disks_[i].device != nullptr) core_.announce_soon({static_cast<std::uint32_t>(i)});
  }
  settle();
}

void Server::remove_export(target::ExportId id) {
  core_.remove_export(id);
  removing_.push_back(id);
  settle();
}

Status Server::watch(block::BlockDevice& device) {
  const int fd = device.completion_fd();
  if (fd < 0) return {};
  for (CompletionSource& source : completion_sources_) {
    if (source.fd != fd) continue;
    source.disks.push_back(&device);
    return {};
  }
  const auto source = loop_.add(fd, io::Interest::read, [this, fd](io::Ready) { on_disk_done(fd); });
  if (!source) return tl::unexpected(source.error());
  completion_sources_.push_back({fd, *source, {&device}});
  return {};
}

void Server::unwatch(block::BlockDevice& device) {
  const auto source = std::ranges::find(completion_sources_, device.completion_fd(), &CompletionSource::fd);
  if (source == completion_sources_.end()) return;
  std::erase(source->disks, &device);
  if (!source->disks.empty()) return;
  loop_.remove(source->source);
  completion_sources_.erase(source);
}

void Server::on_disk_done(int fd) {
  // A disk that has woken us has nothing left to do, or soon: what it has done goes to the clients, and what they ask next
  // goes to the disk, in turns, so that all three work at the same time. The first of both leave in small portions.
  std::size_t portion = 1;
  for (std::size_t turn = 0; turn < kTurnsPerWakeUp; ++turn) {
    const bool answered = answer_completed(fd, portion);
    const bool asked = take_next_requests(portion);
    if (!answered && !asked) return;
    portion = std::min(2 * portion, kFramesPerDiskTurn);
  }
}

bool Server::answer_completed(int fd, std::size_t portion) {
  const auto source = std::ranges::find(completion_sources_, fd, &CompletionSource::fd);
  if (source == completion_sources_.end()) return false;
  std::array<block::BlockCompletion, kFramesPerDiskTurn> completions;
  const std::size_t count = source->disks.front()->reap(std::span(completions).first(portion));
  if (count == 0) return false;
  take_completions(std::span(completions).first(count));
  settle();
  return true;
}

bool Server::take_next_requests(std::size_t portion) {
  bool any = false;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    // Who was answered asks again soon; of the others the loop tells.
    if (!std::exchange(ports_[i].answered, false) || ports_[i].port == nullptr) continue;
    const std::span<const ByteView> frames = ports_[i].port->receive();
    if (frames.empty()) continue;
    any = true;
    take_frames({static_cast<std::uint16_t>(i)}, frames, portion);
  }
  return any;
}

void Server::reap(block::BlockDevice& device, std::size_t started) {
  std::array<block::BlockCompletion, kFramesPerTurn> completions;
  while (started > 0) {
    const std::size_t count = device.reap(std::span(completions).first(std::min(started, completions.size())));
    if (count == 0) return;
    take_completions(std::span(completions).first(count));
    started -= count;
  }
}

void Server::take_completions(std::span<block::BlockCompletion> completions) {
  const auto first_of_ours = std::stable_partition(completions.begin(), completions.end(),
                                                   [](const auto& one) { return !DiskSyncs::is_ours(one); });
  const auto ours = completions.subspan(static_cast<std::size_t>(first_of_ours - completions.begin()));
  core_.on_block_done(completions.first(completions.size() - ours.size()), io::monotonic_now(), outbox_);
  for (const block::BlockCompletion& completion : ours) {
    release(syncs_.finish(completion));
  }
}

void Server::check_size(target::ExportId id) {
  Disk& disk = disks_[id.value];
  if (disk.device == nullptr || core_.is_removed(id)) return;
  const auto size = disk.available ? disk.device->refresh_size() : disk.device->reopen();
  // One that is gone stays so until it has been opened again.
  const bool available = size || (disk.available && !is_gone(size.error().os_error));
  const Instant now = io::monotonic_now();
  const std::string name = core_.exported(id).address.to_string();
  if (available != disk.available) {
    disk.available = available;
    core_.set_available(id, available);
    if (available) {
      log_limit_.write(name, now, LogLevel::notice, "{}: the disk is back", name);
    } else {
      log_limit_.write(name, now, LogLevel::error, "{}: the disk is gone ({}); requests wait for it", name,
                       size.error().message);
    }
  }
  if (size && *size != core_.exported(id).disk.size) {
    log_limit_.write(name, now, LogLevel::notice, "{}: the disk has {} sectors now (before: {})", name, size->count,
                     core_.exported(id).disk.size.count);
    core_.resize(id, *size, outbox_);
  }
  settle();
}

void Server::check_sizes() {
  for (std::size_t i = 0; i < disks_.size(); ++i) check_size({static_cast<std::uint32_t>(i)});
}

bool Server::release_holder(target::ExportId id) {
  const bool released = core_.release_holder(id);
  settle();
  return released;
}

void Server::collect_events() {
  std::array<target::TargetEvent, target::EventQueue::kCapacity> events;
  const std::size_t count = core_.take_events(std::span(events).first(events.size() - events_.size()));
  if (count == 0) return;
  events_.insert(events_.end(), events.begin(), events.begin() + static_cast<std::ptrdiff_t>(count));
  news_ = true;
}

void Server::release(block::BlockDevice& disk) {
  unwatch(disk);
  released_.push_back(&disk);
  news_ = true;
}

void Server::retire(target::ExportId id) {
  // The id may be given out again from now on.
  block::BlockDevice& disk = *std::exchange(disks_[id.value].device, nullptr);
  if (disk.info().read_only) {
    release(disk);
  } else {
    syncs_.add(disk);
  }
}

void Server::stop() {
  if (state_ != State::serving) return;
  core_.stop_accepting();
  state_ = State::draining;
  settle();
}

void Server::advance_end() {
  std::erase_if(removing_, [this](target::ExportId id) {
    if (!core_.is_removed(id)) return false;
    retire(id);
    return true;
  });
  if (state_ == State::draining && core_.idle() && removing_.empty()) {
    state_ = State::syncing;
    for (std::size_t i = 0; i < disks_.size(); ++i) {
      if (disks_[i].device != nullptr) retire({static_cast<std::uint32_t>(i)});
    }
  }
  while (block::BlockDevice* const disk = syncs_.start_next()) reap(*disk, 1);
  if (state_ == State::syncing && syncs_.idle()) {
    state_ = State::finished;
    news_ = true;
  }
  collect_events();
  if (std::exchange(news_, false) && on_news_) on_news_();
}

}  // namespace aoekit::daemon
