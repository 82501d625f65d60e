// Calls from the main thread become jobs on the shard's loop.
#include "daemon/shard.h"

#include <array>

#include "base/check.h"
#include "base/log.h"
#include "io/clock.h"

namespace aoekit::daemon {

Shard::Inside::Inside(io::EventLoop& event_loop, const Options& options)
    : loop(event_loop), server(loop, options.limits) {
  server.set_busy_wait(options.busy_wait);
  server.set_disk_busy_wait(options.disk_busy_wait);
}

Shard::Inside::~Inside() {
  if (stored) loop.remove(stored_source);
}

Status Shard::Inside::connect(StateStore& state_store) {
  auto mailbox = io::Mailbox<StoredState>::create(target::kStateWritesMax);
  if (!mailbox) return tl::unexpected(mailbox.error());
  stored = std::move(*mailbox);
  store = &state_store;
  const auto source = loop.add(stored->fd(), io::Interest::read, [this](io::Ready) {
    std::array<StoredState, target::kStateWritesMax> done;
    const std::size_t count = stored->collect(done);
    for (std::size_t i = 0; i < count; ++i) server.state_stored(done[i].cookie, done[i].stored);
  });
  if (!source) return tl::unexpected(source.error());
  stored_source = *source;
  server.set_store([this](std::uint32_t cookie, wire::AoeAddress address, const target::PersistentState& state) {
    const auto tell = [mailbox = stored.get(), cookie, address](const Status& status) {
      if (!status) log(LogLevel::error, "{}: a change is refused: {}", address.to_string(), status.error().message);
      // The core has no more changes under way than there is room for.
      AOEKIT_CHECK(mailbox->post({cookie, status ? target::Stored::kept : target::Stored::failed}));
    };
    if (const Status accepted = store->store(address, state, tell); !accepted) tell(accepted);
  });
  return {};
}

Result<std::unique_ptr<Shard>> Shard::start(const Options& options) {
  auto news = io::Wakeup::create();
  if (!news) return tl::unexpected(news.error());
  auto thread = io::LoopThread::start(options.name);
  if (!thread) return tl::unexpected(thread.error());
  std::unique_ptr<Shard> shard(new Shard(std::move(*news), std::move(*thread)));
  // Made by the thread that uses it: the disks' engine belongs to it, and its memory is touched first there.
  const Status made = shard->call([&]() -> Status {
    auto inside = std::make_unique<Inside>(shard->thread_->loop(), options);
    auto engine = backend::FileEngine::create({.queue_depth = inside->server.queue_depth()});
    if (!engine) return tl::unexpected(engine.error());
    inside->engine.emplace(std::move(*engine));
    if (options.store != nullptr) {
      if (Status status = inside->connect(*options.store); !status) return status;
    }
    inside->server.set_on_news([self = shard.get()] { self->news_.light(); });
    shard->inside_ = std::move(inside);
    return {};
  });
  if (!made) return tl::unexpected(made.error());
  return shard;
}

Shard::~Shard() {
  call([this] { inside_.reset(); });
}

Result<target::PortId> Shard::add_port(std::unique_ptr<net::FramePort> port) {
  return call([&]() -> Result<target::PortId> {
    const auto id = inside_->server.add_port(*port);
    if (!id) return id;
    if (id->value >= inside_->ports.size()) inside_->ports.resize(id->value + std::size_t{1});
    inside_->ports[id->value] = std::move(port);
    return id;
  });
}

void Shard::follow_port(target::PortId id) {
  call([&] {
    net::FramePort& port = *inside_->ports[id.value];
    // When it fails the interface is gone or cannot be served: the port's state says so.
    static_cast<void>(port.refresh());
    if (const Status status = inside_->server.port_changed(id); !status) {
      log(LogLevel::error, "{}: {}", port.info().name, status.error().message);
    }
  });
}

void Shard::remove_port(target::PortId id) {
  call([&] {
    inside_->server.remove_port(id);
    inside_->ports[id.value].reset();
  });
}

net::PortCounters Shard::port_counters(target::PortId id) {
  return call([&] { return inside_->ports[id.value]->counters(); });
}

Status Shard::set_addresses(target::PortId id, std::vector<wire::AoeAddress> addresses) {
  return call([&] { return inside_->ports[id.value]->set_addresses(std::move(addresses)); });
}

Result<AddedExport> Shard::add_export(const DiskMaker& maker, const Describe& describe) {
  return call([&]() -> Result<AddedExport> {
    std::unique_ptr<block::BlockDevice> disk = maker(*inside_->engine);
    const auto id = inside_->server.add_export(*disk, describe(disk->info()));
    if (!id) return tl::unexpected(id.error());
    AddedExport added{*id, ++inside_->last_number, disk->info(), disk->engine()};
    Disk& kept = inside_->disks[disk.get()];
    kept = {std::move(disk), added.number};
    return added;
  });
}

void Shard::update_export(target::ExportId id, const Describe& describe) {
  call([&] { inside_->server.update_export(id, describe(inside_->server.disk(id).info())); });
}

void Shard::remove_export(target::ExportId id) {
  call([&] { inside_->server.remove_export(id); });
}

std::vector<DiskNumber> Shard::closed_disks() {
  return call([&] {
    std::vector<DiskNumber> closed;
    for (const block::BlockDevice* const device : inside_->server.take_released()) {
      const auto found = inside_->disks.find(device);
      AOEKIT_CHECK(found != inside_->disks.end());
      closed.push_back(found->second.number);
      inside_->disks.erase(found);
    }
    return closed;
  });
}

void Shard::announce(target::ExportId id) {
  call([&] { inside_->server.announce(id); });
}

void Shard::check_size(target::ExportId id) {
  call([&] { inside_->server.check_size(id); });
}

std::vector<ExportSnapshot> Shard::snapshots(const std::vector<target::ExportId>& ids) {
  return call([&] {
    const target::TargetCore& core = inside_->server.core();
    const Instant now = io::monotonic_now();
    std::vector<ExportSnapshot> snapshots;
    for (const target::ExportId id : ids) {
      const target::Export& exported = core.exported(id);
      snapshots.push_back({exported.disk.size, exported.available, core.state_of(id), core.holder(id, now),
                           exported.last_used, core.requests_in_progress(id), exported.statistics});
    }
    return snapshots;
  });
}

Status Shard::change_state(target::ExportId id, target::PersistentState state, StateStore::Done done) {
  return call([&]() -> Status {
    const target::TargetCore& core = inside_->server.core();
    const std::string name = core.exported(id).address.to_string();
    if (core.is_state_pending(id)) return fail("a station is changing {} at this moment; try again", name);
    // In this order, and on this thread, so that the store hears of all changes in the order in which they are made.
    if (inside_->store != nullptr) {
      if (Status accepted = inside_->store->store(core.exported(id).address, state, std::move(done)); !accepted) {
        return accepted;
      }
    } else {
      done({});
    }
    inside_->server.set_state(id, std::move(state));
    return {};
  });
}

bool Shard::release_holder(target::ExportId id) {
  return call([&] { return inside_->server.release_holder(id); });
}

std::vector<std::pair<wire::AoeAddress, target::ClientRecord>> Shard::clients() {
  return call([this] {
    const target::TargetCore& core = inside_->server.core();
    std::vector<std::pair<wire::AoeAddress, target::ClientRecord>> clients;
    for (target::ClientRecord& record : core.clients()) {
      clients.emplace_back(core.exported(record.device).address, std::move(record));
    }
    return clients;
  });
}

std::vector<Shard::Event> Shard::take_events() {
  return call([this] {
    std::vector<Event> events;
    for (const target::TargetEvent& event : inside_->server.take_events()) {
      events.push_back({inside_->server.core().exported(event.device).address, event});
    }
    return events;
  });
}

void Shard::announce_all() {
  call([this] { inside_->server.announce_all(); });
}

void Shard::stop() {
  call([this] { inside_->server.stop(); });
}

bool Shard::finished() {
  return call([this] { return inside_->server.finished(); });
}

std::size_t Shard::failed_syncs() {
  return call([this] { return inside_->server.failed_syncs(); });
}

target::TargetCounters Shard::counters() {
  return call([this] { return inside_->server.core().counters(); });
}

std::size_t Shard::requests_in_progress() {
  return call([this] { return inside_->server.core().requests_in_progress(); });
}

bool Shard::was_alive() {
  const bool alive = alive_.exchange(false);
  // A full mailbox means that the last question was not answered either.
  if (alive && !thread_->post([this] { alive_ = true; })) return false;
  return alive;
}

}  // namespace aoekit::daemon
