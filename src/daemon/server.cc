// A turn: events into the core, its operations to the disks and its frames to the ports in batches, completions back.
#include "daemon/server.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/log.h"
#include "io/clock.h"

namespace aoekit::daemon {
namespace {

// Operations of the last sync are the server's own; the core's cookies are buffer numbers, far below.
constexpr std::uint64_t kSyncCookie = UINT64_MAX;

// Answers leave after so many requests, even of a longer batch: the initiator then works on them while we work on the
// rest, instead of both waiting for each other in turn.
constexpr std::size_t kFramesPerTurn = 16;
// Then disks and signals get their turn.
constexpr std::size_t kBatchesPerWakeUp = 16;

target::PortOptions options_of(const net::FramePort& port) { return {port.info().mac, port.info().mtu_bytes}; }

bool is_gone(int os_error) { return block::status_from_errno(os_error) == block::BlockStatus::unavailable; }

}  // namespace

Server::Server(io::EventLoop& loop, const target::TargetLimits& limits)
    : loop_(loop),
      core_(limits),
      outbox_(core_.outbox_capacity()),
      in_hand_(core_.outbox_capacity()),
      ops_(core_.outbox_capacity()),
      frames_(core_.outbox_capacity()) {}

Server::~Server() {
  for (const Port& port : ports_) {
    if (port.source) loop_.remove(*port.source);
  }
  for (const DiskSource& source : disk_sources_) loop_.remove(source.id);
  if (timer_) loop_.remove(timer_source_);
}

Result<target::PortId> Server::add_port(net::FramePort& port) {
  if (!timer_) {
    auto timer = io::Timer::create();
    if (!timer) return tl::unexpected(timer.error());
    const auto source = loop_.add(timer->fd(), io::Interest::read, [this](io::Ready) { on_time(); });
    if (!source) return tl::unexpected(source.error());
    timer_.emplace(std::move(*timer));
    timer_source_ = *source;
  }
  const target::PortOptions options = options_of(port);
  const target::PortId id = core_.add_port(options);
  AOEKIT_CHECK(id.value == ports_.size());
  ports_.push_back({&port, std::nullopt, port.info().up, options});
  if (const Status status = watch(ports_.back(), id.value); !status) return tl::unexpected(status.error());
  return id;
}

Status Server::watch(Port& port, std::size_t index) {
  if (port.source) loop_.remove(*port.source);
  port.source.reset();
  if (port.port->fd() < 0) return {};
  auto source =
      loop_.add(port.port->fd(), io::Interest::read, [this, index](io::Ready) { on_port_readable(index); });
  if (!source) return tl::unexpected(source.error());
  port.source = *source;
  return {};
}

Status Server::port_changed(target::PortId id) {
  Port& port = ports_[id.value];
  const target::PortOptions options = options_of(*port.port);
  const bool is_up = port.port->info().up;
  const bool differs = options.mac != port.announced.mac || options.mtu_bytes != port.announced.mtu_bytes;
  if (is_up && (differs || !port.was_up)) {
    core_.update_port(id, options, outbox_);
    port.announced = options;
  }
  port.was_up = is_up;
  if (Status status = watch(port, id.value); !status) return status;
  settle();
  return {};
}

Result<target::ExportId> Server::add_export(block::BlockDevice& disk, const target::ExportOptions& options) {
  AOEKIT_CHECK(disk.max_in_flight() >= ops_in_flight_max());
  const target::ExportId id = core_.add_export(options, io::monotonic_now());
  AOEKIT_CHECK(id.value == disks_.size());
  disks_.push_back({&disk, true});
  if (const Status status = watch(disk, disks_.size() - 1); !status) return tl::unexpected(status.error());
  core_.announce_soon(id);
  settle();
  return id;
}

Status Server::watch(const block::BlockDevice& disk, std::size_t index) {
  const int fd = disk.completion_fd();
  const auto is_same = [fd](const DiskSource& source) { return source.fd == fd; };
  // Disks of one engine share it, and each reaps what all of them have finished.
  if (fd < 0 || std::ranges::any_of(disk_sources_, is_same)) return {};
  const auto id = loop_.add(fd, io::Interest::read, [this, index](io::Ready) { on_disk_done(index); });
  if (!id) return tl::unexpected(id.error());
  disk_sources_.push_back({fd, *id});
  return {};
}

void Server::check_sizes() {
  for (std::size_t i = 0; i < disks_.size(); ++i) {
    Disk& disk = disks_[i];
    const target::ExportId id{static_cast<std::uint32_t>(i)};
    const auto size = disk.available ? disk.device->refresh_size() : disk.device->reopen();
    // One that is gone stays so until it has been opened again.
    const bool available = size || (disk.available && !is_gone(size.error().os_error));
    if (available != disk.available) {
      disk.available = available;
      core_.set_available(id, available);
      const std::string name = core_.exported(id).address.to_string();
      if (available) {
        log(LogLevel::notice, "{}: the disk is back", name);
      } else {
        log(LogLevel::error, "{}: the disk is gone ({}); requests wait for it", name, size.error().message);
      }
    }
    if (size && *size != core_.exported(id).disk.size) {
      log(LogLevel::notice, "{}: the disk has {} sectors now (before: {})", core_.exported(id).address.to_string(),
          size->count, core_.exported(id).disk.size.count);
      core_.resize(id, *size, outbox_);
    }
  }
  settle();
}

void Server::stop() {
  if (state_ != State::serving) return;
  core_.stop_accepting();
  state_ = State::draining;
  settle();  // what waits for a rate limit waits no longer
}

void Server::on_port_readable(std::size_t index) {
  net::FramePort& port = *ports_[index].port;
  const target::PortId id{static_cast<std::uint16_t>(index)};
  const Instant now = io::monotonic_now();
  std::span<const ByteView> frames = port.receive();
  for (std::size_t batch = 1; !frames.empty(); ++batch) {
    std::size_t in_turn = 0;
    for (const ByteView frame : frames) {
      core_.on_frame(id, frame, now, outbox_);
      if (++in_turn % kFramesPerTurn == 0) settle();
    }
    settle();
    if (batch == kBatchesPerWakeUp) break;
    frames = receive_more(port);
  }
}

std::span<const ByteView> Server::receive_more(net::FramePort& port) {
  // While answers go out more requests come in: asking for them at once is cheaper than waiting for the loop to say so.
  std::span<const ByteView> frames = port.receive();
  // A disk that works on something will be done soon, and only the loop hears of it.
  if (!frames.empty() || !core_.idle()) return frames;
  const Duration longest = busy_wait_.next();
  if (longest == Duration::zero()) return {};
  const Instant end = io::monotonic_now() + longest;
  do {
    frames = port.receive();
  } while (frames.empty() && io::monotonic_now() < end);
  if (frames.empty()) {
    busy_wait_.failed();
  } else {
    busy_wait_.succeeded();
  }
  return frames;
}

void Server::on_disk_done(std::size_t index) {
  reap(disks_[index]);
  settle();
}

void Server::on_time() {
  timer_->clear();
  settle();
}

void Server::settle() {
  do {
    while (!outbox_.frames.empty() || !outbox_.ops.empty()) {
      std::swap(outbox_, in_hand_);
      send_frames();
      start_operations();
      core_.recycle(in_hand_);
    }
  } while (keep_time());
  advance_stop();
}

bool Server::keep_time() {
  if (!timer_) return false;
  auto deadline = core_.next_deadline();
  if (deadline) {
    if (const Instant now = io::monotonic_now(); *deadline <= now) {
      core_.on_timer(now, outbox_);
      deadline = core_.next_deadline();
    }
  }
  timer_->set(deadline);
  return !outbox_.frames.empty() || !outbox_.ops.empty();
}

void Server::start_operations() {
  // Operations of one disk follow each other when they came in one batch; each run of them is one submission.
  for (std::size_t i = 0; i < in_hand_.ops.size();) {
    const target::ExportId id = in_hand_.ops[i].device;
    for (; i < in_hand_.ops.size() && in_hand_.ops[i].device == id; ++i) ops_.push_back(in_hand_.ops[i].op);
    disks_[id.value].device->submit(ops_.view());
    ops_.clear();
    // What the page cache answers is complete already: collect it now instead of after another wait.
    reap(disks_[id.value]);
  }
}

void Server::send_frames() {
  for (std::size_t i = 0; i < in_hand_.frames.size();) {
    const target::PortId id = in_hand_.frames[i].port;
    for (; i < in_hand_.frames.size() && in_hand_.frames[i].port == id; ++i) {
      frames_.push_back(in_hand_.frames[i].bytes);
    }
    ports_[id.value].port->send(frames_.view());
    frames_.clear();
  }
}

void Server::reap(Disk& disk) {
  std::array<block::BlockCompletion, 64> completions;
  std::size_t count = completions.size();
  while (count == completions.size()) {
    count = disk.device->reap(completions);
    if (state_ == State::syncing) {
      syncs_pending_ -= count;
      for (std::size_t i = 0; i < count; ++i) {
        if (completions[i].status != block::BlockStatus::ok) ++failed_syncs_;
      }
    } else {
      if (count == 0) return;
      core_.on_block_done(std::span(completions).first(count), io::monotonic_now(), outbox_);
    }
  }
}

void Server::advance_stop() {
  if (state_ == State::draining && core_.idle()) {
    state_ = State::syncing;
    for (Disk& disk : disks_) {
      if (disk.device->info().read_only) continue;
      block::BlockOp sync;
      sync.cookie = kSyncCookie;
      sync.kind = block::OpKind::flush;
      ++syncs_pending_;
      disk.device->submit({&sync, 1});
      reap(disk);
    }
  }
  if (state_ == State::syncing && syncs_pending_ == 0) state_ = State::finished;
}

}  // namespace aoekit::daemon
