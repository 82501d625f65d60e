// nbdkit-aoe-plugin: AoE disks for every NBD client. What nbdkit calls, in the order in which it calls it.
//
// Thread model: NBDKIT_THREAD_MODEL_PARALLEL. nbdkit's threads start requests at the client and wait for their ends;
// one more thread polls the client (network.h). Nothing is cached here, so all connections see the same disk, and a
// flush on one of them covers what was written over the others.
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#define NBDKIT_API_VERSION 2
#define THREAD_MODEL NBDKIT_THREAD_MODEL_PARALLEL
#include <nbdkit-plugin.h>

#include "base/version.h"
#include "frontend/nbdkit/connection.h"
#include "frontend/nbdkit/network.h"
#include "frontend/nbdkit/parameters.h"

namespace aoekit::nbd {
namespace {

// What QEMU and others send at most; longer requests would only make others wait.
constexpr std::uint32_t kBlockBytesMax = 32u << 20;

// nbdkit has no pointer of ours to hand back outside of connections.
Parameters parameters;
std::unique_ptr<Network> network;

// The errno values that NBD has; nbdkit would make EINVAL of the others, and a disk that does not answer is not that.
int nbd_errno(int os_error) {
  switch (os_error) {
    case EPERM: case EROFS: case EIO: case ENOMEM: case EINVAL: case ENOSPC: case EOVERFLOW: case EOPNOTSUPP:
    case ESHUTDOWN: return os_error;
    default: return EIO;
  }
}

int refuse(const Error& error) {
  nbdkit_error("%s", error.message.c_str());
  return -1;
}

int answer(const Outcome& outcome) {
  if (outcome.os_error == 0) return 0;
  // Clients try fast zeroes to find out; that is nothing to complain about.
  if (outcome.os_error == EOPNOTSUPP) {
    nbdkit_debug("%s", outcome.text.c_str());
  } else {
    nbdkit_error("%s", outcome.text.c_str());
  }
  nbdkit_set_error(nbd_errno(outcome.os_error));
  return -1;
}

// Runs a callback's body; exceptions (out of memory) end here.
template <class Value, class Body>
Value guarded(Value failed, Body body) {
  try {
    return body();
  } catch (const std::exception& exception) {
    nbdkit_error("%s", exception.what());
    nbdkit_set_error(ENOMEM);
    return failed;
  }
}

Connection& connection(void* handle) { return *static_cast<Connection*>(handle); }

// ---- Before serving ----

int on_config(const char* key, const char* value) {
  return guarded(-1, [&] {
    const Status set = parameters.set(key, value);
    return set ? 0 : refuse(set.error());
  });
}

int on_config_complete() {
  return guarded(-1, [] {
    const Status checked = parameters.check();
    return checked ? 0 : refuse(checked.error());
  });
}

void on_event(const aoe_event& event) {
  const auto disk = parameters.disk();
  const bool ours = !disk || *disk == DiskName{event.shelf, event.slot};
  const bool bad = event.kind == AOE_EVENT_DOWN || event.kind == AOE_EVENT_CONFLICT;
  if (ours && bad) {
    nbdkit_error("%s", event.text);
  } else {
    nbdkit_debug("%s", event.text);
  }
}

// Opens the interfaces, and the disk once, while the errors are still seen by whoever starts nbdkit.
int on_get_ready() {
  return guarded(-1, [] {
    network = std::make_unique<Network>();
    if (const Status started = network->start(parameters, &on_event); !started) return refuse(started.error());
    const auto disk = parameters.disk();
    if (!disk) return 0;
    const auto opened = Connection::open(*network, *disk, AOE_OPEN_READ_ONLY, parameters.find_seconds());
    if (opened) {
      nbdkit_debug("%s: %s", disk->to_string().c_str(), describe((*opened)->status()).c_str());
    } else if (parameters.wait_forever()) {
      nbdkit_error("%s; clients will wait for it", opened.error().message.c_str());
    } else {
      return refuse(opened.error());
    }
    return 0;
  });
}

// Without a connection, as in the polling thread, a nap fails only when nbdkit is to stop.
bool is_stopping() { return nbdkit_nanosleep(0, 1) == -1; }

int on_after_fork() {
  return guarded(-1, [] {
    const Status started = network->start_thread(&is_stopping);
    return started ? 0 : refuse(started.error());
  });
}

void on_cleanup() { network.reset(); }

void on_dump_plugin() { std::printf("aoekit_version=%s\n", kVersion); }

// ---- Choosing a disk ----

int on_list_exports(int, int, nbdkit_exports* exports) {
  return guarded(-1, [&] {
    const auto disks = network->disks();
    if (!disks) return refuse(disks.error());
    const auto wanted = parameters.disk();
    for (const aoe_disk_status& disk : *disks) {
      const DiskName name{disk.shelf, disk.slot};
      if (wanted && name != *wanted) continue;
      if (nbdkit_add_export(exports, name.to_string().c_str(), describe(disk).c_str()) == -1) return -1;
    }
    return 0;
  });
}

// Only where the command line names the disk: which one is found first or alone is not for a client to stumble upon.
const char* on_default_export(int, int) {
  return guarded(static_cast<const char*>(nullptr), [] {
    const auto disk = parameters.disk();
    return disk ? nbdkit_strdup_intern(disk->to_string().c_str()) : nullptr;
  });
}

Result<DiskName> chosen_disk(const std::string& export_name) {
  const auto served = parameters.disk();
  if (export_name.empty()) {
    if (served) return *served;
    return fail("the client named no export: it must name a disk, like nbd://localhost/e1.2");
  }
  const auto name = parse_export_name(export_name);
  if (name && served && *name != *served) {
    return fail("there is no export '{}' here: only {} is served", export_name, served->to_string());
  }
  return name;
}

void* on_open(int readonly) {
  return guarded(static_cast<void*>(nullptr), [&]() -> void* {
    const char* export_name = nbdkit_export_name();
    if (export_name == nullptr) return nullptr;
    const auto name = chosen_disk(export_name);
    if (!name) return refuse(name.error()), nullptr;
    const std::uint32_t flags = readonly != 0 ? AOE_OPEN_READ_ONLY : 0;
    while (true) {
      // In short turns, so that nbdkit can be stopped meanwhile.
      const std::uint32_t seconds = parameters.wait_forever() ? 1 : parameters.find_seconds();
      auto opened = Connection::open(*network, *name, flags, seconds);
      if (opened) return opened->release();
      if (!parameters.wait_forever()) return refuse(opened.error()), nullptr;
      if (nbdkit_nanosleep(0, 1) == -1) return nullptr;
    }
  });
}

void on_close(void* handle) { delete &connection(handle); }

// ---- What the disk can do ----

std::int64_t on_get_size(void* handle) { return static_cast<std::int64_t>(connection(handle).status().size_bytes); }

const char* on_export_description(void* handle) {
  return guarded(static_cast<const char*>(nullptr),
                 [&] { return nbdkit_strdup_intern(describe(connection(handle).status()).c_str()); });
}

int on_block_size(void* handle, std::uint32_t* minimum, std::uint32_t* preferred, std::uint32_t* maximum) {
  *minimum = AOE_SECTOR_BYTES;
  *preferred = connection(handle).abilities().preferred_block_bytes;
  *maximum = kBlockBytesMax;
  return 0;
}

int on_can_flush(void* handle) { return connection(handle).abilities().flush ? 1 : 0; }

int on_can_trim(void* handle) { return connection(handle).abilities().trim ? 1 : 0; }

// Always better than nbdkit's own way, which has the zeros in memory; and whether it is fast is known at once.
int on_can_zero(void*) { return 1; }
int on_can_fast_zero(void*) { return 1; }

int on_can_fua(void* handle) {
  switch (connection(handle).abilities().fua) {
    case Fua::none: return NBDKIT_FUA_NONE;
    case Fua::by_flush: return NBDKIT_FUA_EMULATE;
    case Fua::native: return NBDKIT_FUA_NATIVE;
  }
  return -1;
}

int on_is_rotational(void* handle) { return connection(handle).status().rotation_rate > 1 ? 1 : 0; }

// Safe, because there is no cache on this side, and FLUSH CACHE is the whole disk's: see the top of this file.
int on_can_multi_conn(void*) { return 1; }

// ATA cannot be asked which sectors are trimmed, so everything counts as data.
int on_can_extents(void*) { return 0; }

int on_can_cache(void*) { return NBDKIT_CACHE_NONE; }

// ---- Requests ----

// Clients are told the smallest block; some do not listen.
std::optional<Outcome> check_whole_sectors(std::uint32_t count, std::uint64_t offset) {
  if (count % AOE_SECTOR_BYTES == 0 && offset % AOE_SECTOR_BYTES == 0) return std::nullopt;
  return Outcome{EINVAL, fmt::format("{} bytes at {} are not whole sectors of {} bytes; for clients that need this: "
                                     "nbdkit --filter=blocksize aoe ... minblock={}",
                                     count, offset, AOE_SECTOR_BYTES, AOE_SECTOR_BYTES)};
}

int on_pread(void* handle, void* buffer, std::uint32_t count, std::uint64_t offset, std::uint32_t) {
  return guarded(-1, [&] {
    if (const auto wrong = check_whole_sectors(count, offset)) return answer(*wrong);
    return answer(connection(handle).read({static_cast<std::uint8_t*>(buffer), count}, offset));
  });
}

int on_pwrite(void* handle, const void* buffer, std::uint32_t count, std::uint64_t offset, std::uint32_t flags) {
  return guarded(-1, [&] {
    if (const auto wrong = check_whole_sectors(count, offset)) return answer(*wrong);
    return answer(connection(handle).write({static_cast<const std::uint8_t*>(buffer), count}, offset,
                                           (flags & NBDKIT_FLAG_FUA) != 0 ? AOE_FUA : 0));
  });
}

int on_flush(void* handle, std::uint32_t) {
  return guarded(-1, [&] { return answer(connection(handle).flush()); });
}

int on_trim(void* handle, std::uint32_t count, std::uint64_t offset, std::uint32_t flags) {
  return guarded(-1, [&] {
    if (const auto wrong = check_whole_sectors(count, offset)) return answer(*wrong);
    const Outcome outcome = connection(handle).trim(count, offset);
    if (outcome.os_error == 0 && (flags & NBDKIT_FLAG_FUA) != 0) return answer(connection(handle).flush());
    return answer(outcome);
  });
}

int on_zero(void* handle, std::uint32_t count, std::uint64_t offset, std::uint32_t flags) {
  return guarded(-1, [&] {
    if (const auto wrong = check_whole_sectors(count, offset)) return answer(*wrong);
    return answer(connection(handle).zero(count, offset,
                                          {.may_trim = (flags & NBDKIT_FLAG_MAY_TRIM) != 0,
                                           .fua = (flags & NBDKIT_FLAG_FUA) != 0,
                                           .fast = (flags & NBDKIT_FLAG_FAST_ZERO) != 0}));
  });
}

nbdkit_plugin make_plugin() {
  nbdkit_plugin made{};
  made.name = "aoe";
  made.longname = "ATA over Ethernet disks";
  made.version = kVersion;
  made.description = "Serves disks that AoE targets export on the Ethernet, without the kernel's aoe module.";
  made.magic_config_key = "address";
  made.config_help =
      "[address=]aoe://IF/SHELF.SLOT  The disk, and perhaps the interfaces to reach it by.\n"
      "shelf=SHELF slot=SLOT          The same in two parts. Without a disk, all are exported as e<SHELF>.<SLOT>.\n"
      "interface=IF[,IF...]           Only these interfaces (default: all).\n"
      "dead-seconds=SECONDS           Requests to a silent disk fail after this time (default: 180).\n"
      "wait-forever=yes               They wait instead, and so do clients for a disk that is not found.\n"
      "find-seconds=SECONDS           How long to look for the disk, at the start and for a client (default: 5).";
  made.config = &on_config;
  made.config_complete = &on_config_complete;
  made.get_ready = &on_get_ready;
  made.after_fork = &on_after_fork;
  made.cleanup = &on_cleanup;
  made.unload = &on_cleanup;
  made.dump_plugin = &on_dump_plugin;
  made.list_exports = &on_list_exports;
  made.default_export = &on_default_export;
  made.open = &on_open;
  made.close = &on_close;
  made.get_size = &on_get_size;
  made.export_description = &on_export_description;
  made.block_size = &on_block_size;
  made.can_flush = &on_can_flush;
  made.can_trim = &on_can_trim;
  made.can_zero = &on_can_zero;
  made.can_fast_zero = &on_can_fast_zero;
  made.can_fua = &on_can_fua;
  made.is_rotational = &on_is_rotational;
  made.can_multi_conn = &on_can_multi_conn;
  made.can_extents = &on_can_extents;
  made.can_cache = &on_can_cache;
  made.pread = &on_pread;
  made.pwrite = &on_pwrite;
  made.flush = &on_flush;
  made.trim = &on_trim;
  made.zero = &on_zero;
  return made;
}

nbdkit_plugin plugin = make_plugin();

}  // namespace
}  // namespace aoekit::nbd

NBDKIT_REGISTER_PLUGIN(aoekit::nbd::plugin)
