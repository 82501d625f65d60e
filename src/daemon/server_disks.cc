// The server's disks: exported, measured, removed and at last synced.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/log.h"
#include "daemon/server.h"
#include "io/clock.h"

namespace aoekit::daemon {
namespace {

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
  const auto source = loop_.add(fd, io::Interest::read, [this](io::Ready) { serve(kFirst); });
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

bool Server::answer_completed(std::size_t at_most) {
  bool any = false;
  // What is answered may have been a disk's last, so that its source goes.
  for (std::size_t i = 0; i < completion_sources_.size(); ++i) {
    std::array<block::BlockCompletion, kLargest.answers> completions;
    const std::size_t count = completion_sources_[i].disks.front()->reap(std::span(completions).first(at_most));
    if (count == 0) continue;
    any = true;
    take_completions(std::span(completions).first(count));
    settle();
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
