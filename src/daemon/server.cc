// A turn: events into the core, its operations to the disks and its frames to the ports in batches, completions back.
#include "daemon/server.h"

#include "base/check.h"
#include "io/clock.h"

namespace aoekit::daemon {
namespace {

// Then disks and signals get their turn.
constexpr std::size_t kBatchesPerWakeUp = 16;

// What a port has received lies where it is until it is asked for more, and what is read leaves before the disk is
// asked for more.
target::TargetLimits with_loans(target::TargetLimits limits) {
  limits.frame_life = target::FrameLife::turn;
  limits.read_loans = target::ReadLoans::accepted;
  return limits;
}

target::PortOptions options_of(const net::FramePort& port) { return {port.info().mac, port.info().mtu_bytes}; }

}  // namespace

Server::Server(io::EventLoop& loop, const target::TargetLimits& limits)
    : loop_(loop),
      core_(with_loans(limits)),
      outbox_(core_.outbox_capacity()),
      in_hand_(core_.outbox_capacity()),
      ops_(core_.outbox_capacity()),
      frames_(core_.outbox_capacity()) {}

Server::~Server() {
  for (const Port& port : ports_) {
    if (port.source) loop_.remove(*port.source);
  }
  for (const CompletionSource& source : completion_sources_) loop_.remove(source.source);
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
  if (id.value >= ports_.size()) ports_.resize(id.value + std::size_t{1});
  Port& added = ports_[id.value];
  AOEKIT_CHECK(added.port == nullptr);
  added.port = &port;
  added.was_up = port.info().up;
  added.announced = options;
  if (const Status status = watch(added, id.value); !status) {
    remove_port(id);
    return tl::unexpected(status.error());
  }
  // The stations behind it have not heard of the exports yet.
  if (added.was_up) core_.update_port(id, options, outbox_);
  settle();
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

void Server::remove_port(target::PortId id) {
  Port& port = ports_[id.value];
  if (port.source) loop_.remove(*port.source);
  port = {};
  core_.remove_port(id);
  settle();
}

void Server::on_port_readable(std::size_t index) {
  net::FramePort& port = *ports_[index].port;
  const target::PortId id{static_cast<std::uint16_t>(index)};
  std::span<const ByteView> frames = port.receive();
  for (std::size_t batch = 1; !frames.empty(); ++batch) {
    take_frames(id, frames, core_.idle() ? kFramesPerTurn : kFramesPerDiskTurn);
    if (batch == kBatchesPerWakeUp) break;
    frames = receive_more(port);
  }
}

void Server::take_frames(target::PortId id, std::span<const ByteView> frames, std::size_t portion) {
  const Instant now = io::monotonic_now();
  std::size_t in_portion = 0;
  for (const ByteView frame : frames) {
    core_.on_frame(id, frame, now, outbox_);
    if (++in_portion % portion == 0) settle();
  }
  settle();
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

void Server::on_time() {
  timer_->clear();
  settle();
}

void Server::settle() {
  do {
    do {
      while (has_work()) {
        std::swap(outbox_, in_hand_);
        send_frames();
        start_operations();
        store_states();
        core_.recycle(in_hand_);
      }
    } while (keep_time());
    advance_end();
  } while (has_work());
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
  return !outbox_.frames.empty();
}

void Server::start_operations() {
  // Operations of one disk follow each other when they came in one batch; each run of them is one submission.
  for (std::size_t i = 0; i < in_hand_.ops.size();) {
    const target::ExportId id = in_hand_.ops[i].device;
    for (; i < in_hand_.ops.size() && in_hand_.ops[i].device == id; ++i) ops_.push_back(in_hand_.ops[i].op);
    block::BlockDevice& device = *disks_[id.value].device;
    device.submit(ops_.view());
    // What the page cache answers is complete already: collect it now instead of after another wait. Not more: the
    // answers to all that a disk has done meanwhile would keep the next requests from it.
    reap(device, ops_.size());
    ops_.clear();
  }
}

void Server::send_frames() {
  for (std::size_t i = 0; i < in_hand_.frames.size();) {
    const target::PortId id = in_hand_.frames[i].port;
    for (; i < in_hand_.frames.size() && in_hand_.frames[i].port == id; ++i) {
      frames_.push_back({in_hand_.frames[i].bytes, in_hand_.frames[i].data});
    }
    ports_[id.value].answered = true;
    ports_[id.value].port->send_split(frames_.view());
    frames_.clear();
  }
}

void Server::store_states() {
  for (const target::StateWrite& write : in_hand_.states) {
    store_(write.cookie, core_.exported(write.device).address, core_.state_to_store(write.cookie));
  }
}

void Server::state_stored(std::uint32_t cookie, target::Stored stored) {
  core_.on_state_stored(cookie, stored, io::monotonic_now(), outbox_);
  settle();
}

}  // namespace aoekit::daemon
