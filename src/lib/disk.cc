// aoe_disk_...: opening, closing, facts.
#include <cerrno>
#include <memory>

#include "io/clock.h"
#include "lib/address_text.h"
#include "lib/handles.h"
#include "lib/status.h"

namespace aoekit::lib {
namespace {

int open_disk(aoe_client& client, wire::AoeAddress address, std::uint32_t flags, int timeout_ms, aoe_disk** disk) {
  if (!client.engine) return failed(EINVAL, "the client is not started: call aoe_client_start() first");
  if ((flags & ~AOE_OPEN_READ_ONLY) != 0) return failed(EINVAL, fmt::format("unknown flags 0x{:x}", flags));
  if (!address.is_valid_target()) return failed(EINVAL, "one disk is opened at a time: wildcards are for discovery");
  auto handle = std::make_unique<aoe_disk>();
  client.engine->find_disk(address, deadline_in(timeout_ms).value_or(Instant::max()));
  auto opened = client.engine->open(address);
  if (!opened) return failed(opened.error());
  handle->client = &client;
  {
    const std::lock_guard lock(client.mutex);
    client.disks.insert(handle.get());
  }
  handle->open = std::move(*opened);
  handle->read_only = (flags & AOE_OPEN_READ_ONLY) != 0;
  *disk = handle.release();
  return 0;
}

int open_alone(const char* text, std::uint32_t flags, int timeout_ms, aoe_disk** disk) {
  auto parsed = parse_disk_address(text);
  if (!parsed) return failed(parsed.error());
  auto client = std::make_unique<aoe_client>();
  client->interfaces = std::move(parsed->interfaces);
  if (const int status = aoe_client_start(client.get()); status < 0) return status;
  const int status = open_disk(*client, parsed->address, flags, timeout_ms, disk);
  if (status < 0) return status;
  (*disk)->owns_client = true;
  static_cast<void>(client.release());
  return 0;
}

}  // namespace
}  // namespace aoekit::lib

using namespace aoekit;

extern "C" {

int aoe_disk_open(aoe_client* client, uint16_t shelf, uint8_t slot, uint32_t flags, int timeout_ms, aoe_disk** disk) {
  return lib::guarded([&] { return lib::open_disk(*client, {shelf, slot}, flags, timeout_ms, disk); });
}

int aoe_open(const char* address, uint32_t flags, int timeout_ms, aoe_disk** disk) {
  return lib::guarded([&] { return lib::open_alone(address, flags, timeout_ms, disk); });
}

void aoe_disk_close(aoe_disk* disk) {
  if (disk == nullptr) return;
  disk->client->engine->close(std::move(disk->open));
  {
    const std::lock_guard lock(disk->client->mutex);
    disk->client->disks.erase(disk);
  }
  if (disk->owns_client) aoe_client_free(disk->client);
  delete disk;
}

aoe_client* aoe_disk_client(aoe_disk* disk) { return disk->client; }

uint64_t aoe_disk_size(aoe_disk* disk) { return disk->client->engine->size(*disk->open).bytes(); }

int aoe_disk_get_status(aoe_disk* disk, aoe_disk_status* out) {
  return lib::guarded([&] {
    *out = lib::status_of(disk->client->engine->report(*disk->open));
    return 0;
  });
}

}  // extern "C"
