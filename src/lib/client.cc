// aoe_client_...: settings, starting, polling, discovery.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "base/version.h"
#include "client/describe.h"
#include "client/interfaces.h"
#include "io/clock.h"
#include "lib/address_text.h"
#include "lib/handles.h"
#include "lib/status.h"

namespace aoekit::lib {
namespace {

constexpr std::uint32_t kRequestsMax = 4096;
constexpr std::uint32_t kBusyWaitUsMax = 1000;
constexpr std::uint64_t kDeadMsMax = std::uint64_t{10} * 365 * 86400 * 1000;

int failed_after_start() { return failed(EBUSY, "the client is started already: its settings come before"); }
int failed_before_start() { return failed(EINVAL, "the client is not started: call aoe_client_start() first"); }

aoe_event_kind kind_of(initiator::DeviceEventKind kind) {
  switch (kind) {
    case initiator::DeviceEventKind::appeared: return AOE_EVENT_APPEARED;
    case initiator::DeviceEventKind::up: return AOE_EVENT_UP;
    case initiator::DeviceEventKind::down: return AOE_EVENT_DOWN;
    case initiator::DeviceEventKind::resized: return AOE_EVENT_RESIZED;
    case initiator::DeviceEventKind::path_found:
    case initiator::DeviceEventKind::path_lost:
    case initiator::DeviceEventKind::path_up:
    case initiator::DeviceEventKind::path_small:
    case initiator::DeviceEventKind::overflow: return AOE_EVENT_PATHS;
    case initiator::DeviceEventKind::conflict:
    case initiator::DeviceEventKind::replaced: return AOE_EVENT_CONFLICT;
    case initiator::DeviceEventKind::forgotten: return AOE_EVENT_FORGOTTEN;
  }
  return AOE_EVENT_PATHS;
}

void tell(const aoe_client& client, const initiator::DeviceEvent& event, const std::string& interface) {
  const std::string text = client::describe(event, interface);
  const bool of_all = event.kind == initiator::DeviceEventKind::overflow;
  const wire::AoeAddress address = of_all ? wire::kEverybody : event.address;
  const aoe_event told{kind_of(event.kind), address.shelf, address.slot, text.c_str()};
  client.on_event(client.event_user, &told);
}

client::EngineOptions engine_options(aoe_client& client) {
  client::EngineOptions options;
  options.core.limits.requests = client.requests;
  options.core.tag_seed = std::random_device{}();
  options.core.dead_after = client.dead_after;
  options.thread = client.thread;
  options.busy_wait = client.busy_wait;
  if (client.on_event != nullptr) {
    options.on_event = [&client](const initiator::DeviceEvent& event, const std::string& interface) {
      tell(client, event, interface);
    };
  }
  return options;
}

int start(aoe_client& client) {
  if (client.engine) return failed_after_start();
  client::EngineOptions options = engine_options(client);
  auto network = client::InterfaceNetwork::open({.names = client.interfaces});
  if (!network) return failed(network.error());
  auto engine = client::Engine::start(std::move(options), std::move(*network));
  if (!engine) return failed(engine.error());
  client.engine = std::move(*engine);
  return 0;
}

int discover(aoe_client& client, wire::AoeAddress address, int timeout_ms) {
  if (!client.engine) return failed_before_start();
  client.engine->discover(address);
  if (timeout_ms <= 0) return 0;
  const Instant deadline = *deadline_in(timeout_ms);
  if (address.is_valid_target()) {
    client.engine->find_disk(address, deadline);
  } else {
    client.engine->wait_until(deadline, [] { return false; });
  }
  return 0;
}

}  // namespace

std::optional<Instant> deadline_in(int timeout_ms) {
  if (timeout_ms < 0) return std::nullopt;
  return io::monotonic_now() + std::chrono::milliseconds(timeout_ms);
}

}  // namespace aoekit::lib

using namespace aoekit;
using lib::failed;

extern "C" {

const char* aoe_version(void) { return kVersion; }

const char* aoe_error(void) { return lib::last_error(); }

aoe_client* aoe_client_new(void) { return new (std::nothrow) aoe_client; }

int aoe_client_set_interfaces(aoe_client* client, const char* names) {
  return lib::guarded([&] {
    if (client->engine) return lib::failed_after_start();
    auto parsed = lib::parse_interfaces(names == nullptr ? "" : names);
    if (!parsed) return failed(parsed.error());
    client->interfaces = std::move(*parsed);
    return 0;
  });
}

int aoe_client_set_dead_seconds(aoe_client* client, uint32_t seconds) {
  if (client->engine) return lib::failed_after_start();
  if (seconds == AOE_FOREVER) {
    client->dead_after.reset();
    return 0;
  }
  return aoe_client_set_dead_ms(client, uint64_t{seconds} * 1000);
}

int aoe_client_set_dead_ms(aoe_client* client, uint64_t milliseconds) {
  if (client->engine) return lib::failed_after_start();
  if (milliseconds == 0 || milliseconds > lib::kDeadMsMax) {
    return failed(EINVAL, "the time after which a disk is dead must be between a millisecond and ten years");
  }
  client->dead_after = std::chrono::milliseconds(milliseconds);
  return 0;
}

int aoe_client_set_requests(aoe_client* client, uint32_t count) {
  if (client->engine) return lib::failed_after_start();
  if (count == 0 || count > lib::kRequestsMax) {
    return failed(EINVAL, fmt::format("{} requests at a time are not possible (1 to {})", count, lib::kRequestsMax));
  }
  client->requests = count;
  return 0;
}

int aoe_client_set_thread(aoe_client* client, enum aoe_thread thread) {
  if (client->engine) return lib::failed_after_start();
  switch (thread) {
    case AOE_THREAD_OWN: client->thread = client::ThreadMode::own; return 0;
    case AOE_THREAD_CALLER: client->thread = client::ThreadMode::caller; return 0;
  }
  return failed(EINVAL, "there is no such thread mode");
}

int aoe_client_set_busy_wait_us(aoe_client* client, uint32_t microseconds) {
  if (client->engine) return lib::failed_after_start();
  if (microseconds > lib::kBusyWaitUsMax) {
    return failed(EINVAL, fmt::format("a busy wait lasts {} microseconds at most", lib::kBusyWaitUsMax));
  }
  client->busy_wait = std::chrono::microseconds(microseconds);
  return 0;
}

int aoe_client_on_event(aoe_client* client, void (*callback)(void* user, const aoe_event* event), void* user) {
  if (client->engine) return lib::failed_after_start();
  client->on_event = callback;
  client->event_user = user;
  return 0;
}

int aoe_client_start(aoe_client* client) {
  return lib::guarded([&] { return lib::start(*client); });
}

void aoe_client_free(aoe_client* client) {
  if (client == nullptr) return;
  // Its callbacks may still look at their disks.
  client->engine.reset();
  for (aoe_disk* disk : client->disks) delete disk;
  delete client;
}

int aoe_client_fd(aoe_client* client) {
  if (!client->engine) return lib::failed_before_start();
  return client->engine->fd();
}

int aoe_client_poll(aoe_client* client, int timeout_ms) {
  if (!client->engine) return lib::failed_before_start();
  if (client->thread != client::ThreadMode::caller) {
    return failed(EINVAL, "aoe_client_poll() is for clients with AOE_THREAD_CALLER");
  }
  return lib::guarded([&] { return static_cast<int>(client->engine->poll(lib::deadline_in(timeout_ms))); });
}

int aoe_batch_begin(aoe_client* client) {
  if (!client->engine) return lib::failed_before_start();
  client->engine->hold();
  return 0;
}

int aoe_batch_end(aoe_client* client) {
  if (!client->engine) return lib::failed_before_start();
  return lib::guarded([&] {
    client->engine->release();
    return 0;
  });
}

int aoe_client_discover(aoe_client* client, uint16_t shelf, uint8_t slot, int timeout_ms) {
  return lib::guarded([&] { return lib::discover(*client, {shelf, slot}, timeout_ms); });
}

int aoe_client_list(aoe_client* client, aoe_disk_status* out, size_t count) {
  if (!client->engine) return lib::failed_before_start();
  return lib::guarded([&] {
    const auto disks = client->engine->list();
    for (std::size_t i = 0; i < std::min(count, disks.size()); ++i) out[i] = lib::status_of(disks[i]);
    return static_cast<int>(disks.size());
  });
}

int aoe_client_forget(aoe_client* client, uint16_t shelf, uint8_t slot, int up_too) {
  if (!client->engine) return lib::failed_before_start();
  using Forget = client::Engine::Forget;
  return lib::guarded([&] {
    return static_cast<int>(
        client->engine->forget({shelf, slot}, up_too != 0 ? Forget::up_too : Forget::down_only));
  });
}

int aoe_parse_address(const char* text, uint16_t* shelf, uint8_t* slot, char* interfaces, size_t interfaces_bytes) {
  return lib::guarded([&] {
    const auto parsed = lib::parse_disk_address(text);
    if (!parsed) return failed(parsed.error());
    std::string names;
    for (const std::string& name : parsed->interfaces) names += (names.empty() ? "" : ",") + name;
    if (interfaces != nullptr) {
      if (names.size() >= interfaces_bytes) {
        return failed(EINVAL, fmt::format("the interfaces' names need {} bytes", names.size() + 1));
      }
      std::memcpy(interfaces, names.c_str(), names.size() + 1);
    }
    *shelf = parsed->address.shelf;
    *slot = parsed->address.slot;
    return 0;
  });
}

}  // extern "C"
