// A turn: events into the core, its operations to the disks and its frames to the ports in batches, completions back.
#include "daemon/server.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "io/clock.h"

namespace aoekit::daemon {
namespace {

// Then signals and the control socket get their turn.
constexpr Duration kServingMax = std::chrono::milliseconds(5);

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
  auto source = loop_.add(port.port->fd(), io::Interest::read, [this, index](io::Ready) {
    ports_[index].expected = true;
    serve(kLargest);
  });
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

void Server::serve(Portion portion) {
  const Instant end = io::monotonic_now() + kServingMax;
  bool awake = false;
  do {
    if (serve_turn(awake ? kAwake : portion)) {
      portion = {std::min(2 * portion.answers, kLargest.answers), std::min(2 * portion.requests, kLargest.requests)};
    } else if (serve_awake()) {
      awake = true;
    } else {
      return;
    }
  } while (io::monotonic_now() < end);
}

bool Server::serve_turn(Portion portion) {
  const bool answered = answer_completed(portion.answers);
  const bool asked = take_requests(portion.requests);
  return answered || asked;
}

bool Server::serve_awake() {
  io::BusyWait& wait = core_.idle() ? wait_for_requests_ : wait_for_disks_;
  const Duration longest = wait.next();
  if (longest == Duration::zero()) return false;
  Instant end = io::monotonic_now() + longest;
  if (const auto deadline = core_.next_deadline()) end = std::min(end, *deadline);
  do {
    for (Port& port : ports_) port.expected = true;
    if (serve_turn(kAwake)) {
      wait.succeeded();
      return true;
    }
  } while (io::monotonic_now() < end);
  wait.failed();
  return false;
}

bool Server::take_requests(std::size_t while_busy) {
  bool any = false;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    // Who was answered asks again soon; of the others the loop tells.
    if (!std::exchange(ports_[i].expected, false) || ports_[i].port == nullptr) continue;
    const std::span<const ByteView> frames = ports_[i].port->receive();
    if (frames.empty()) continue;
    any = true;
    ports_[i].expected = true;
    const Instant now = io::monotonic_now();
    const std::size_t portion = core_.idle() ? kFramesPerTurn : while_busy;
    std::size_t in_portion = 0;
    for (const ByteView frame : frames) {
      core_.on_frame({static_cast<std::uint16_t>(i)}, frame, now, outbox_);
      if (++in_portion % portion == 0) settle();
    }
    settle();
  }
  return any;
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
    ports_[id.value].expected = true;
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
