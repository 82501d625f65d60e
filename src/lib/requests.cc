// aoe_aio_...: from bytes and flags to requests of the engine; and the synchronous calls on top of them.
#include <condition_variable>
#include <mutex>
#include <string>

#include "io/clock.h"
#include "lib/handles.h"

namespace aoekit::lib {
namespace {

constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 62;

// What all requests on a range have in common. A negative errno value, or 0.
int check_range(std::uint64_t bytes, std::uint64_t offset) {
  if (bytes % AOE_SECTOR_BYTES != 0 || offset % AOE_SECTOR_BYTES != 0) {
    return failed(EINVAL, fmt::format("{} bytes at {} are not whole sectors of {} bytes", bytes, offset,
                                      AOE_SECTOR_BYTES));
  }
  if (offset > kOffsetMax || bytes > kOffsetMax) {
    return failed(ENOSPC, fmt::format("{} bytes at {} are past the end of any disk", bytes, offset));
  }
  return 0;
}

int check_writable(const aoe_disk& disk) {
  return disk.read_only ? failed(EROFS, "the disk was opened for reading only") : 0;
}

SectorRange range_of(std::uint64_t bytes, std::uint64_t offset) {
  return {{offset / kSectorBytes}, {bytes / kSectorBytes}};
}

std::int64_t submit(aoe_disk& disk, const client::Request& request) {
  return guarded([&]() -> std::int64_t {
    const auto cookie = disk.client->engine->submit(*disk.open, request);
    return cookie ? *cookie : failed(cookie.error());
  });
}

// A request whose end a caller waits for.
class Waiter {
 public:
  static void done(void* user, std::int64_t, int error, const char* text) {
    auto& waiter = *static_cast<Waiter*>(user);
    const std::lock_guard lock(waiter.mutex_);
    waiter.done_ = true;
    waiter.error_ = error;
    if (text != nullptr) waiter.text_ = text;
    // With the lock held: afterwards the waiter may be gone.
    waiter.changed_.notify_one();
  }

  int wait(aoe_client& client) {
    if (client.thread == client::ThreadMode::caller) {
      client.engine->wait_until(std::nullopt, [this] {
        const std::lock_guard lock(mutex_);
        return done_;
      });
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
    return error_ == 0 ? 0 : failed(-error_, text_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  int error_ = 0;
  std::string text_;
};

// Starts a request, waiting for room if need be, and waits for its end.
template <class Start>
int run(aoe_disk& disk, Start start) {
  return guarded([&] {
    Waiter waiter;
    std::int64_t started = start(&Waiter::done, &waiter);
    while (started == -EAGAIN) {
      disk.client->engine->wait_for_room();
      started = start(&Waiter::done, &waiter);
    }
    if (started < 0) return static_cast<int>(started);
    disk.client->engine->send_held();
    return waiter.wait(*disk.client);
  });
}

}  // namespace
}  // namespace aoekit::lib

using namespace aoekit;

extern "C" {

int64_t aoe_aio_read(aoe_disk* disk, void* buffer, size_t bytes, uint64_t offset, aoe_callback done, void* user) {
  if (const int wrong = lib::check_range(bytes, offset); wrong != 0) return wrong;
  return lib::submit(*disk, {.kind = block::OpKind::read,
                             .range = lib::range_of(bytes, offset),
                             .data = {static_cast<std::uint8_t*>(buffer), bytes},
                             .done = done,
                             .user = user});
}

int64_t aoe_aio_write(aoe_disk* disk, const void* buffer, size_t bytes, uint64_t offset, uint32_t flags,
                      aoe_callback done, void* user) {
  if ((flags & ~AOE_FUA) != 0) return lib::failed(EINVAL, fmt::format("unknown flags 0x{:x} of a write", flags));
  if (const int wrong = lib::check_range(bytes, offset); wrong != 0) return wrong;
  if (const int wrong = lib::check_writable(*disk); wrong != 0) return wrong;
  // Never written to.
  auto* data = const_cast<std::uint8_t*>(static_cast<const std::uint8_t*>(buffer));
  return lib::submit(*disk, {.kind = block::OpKind::write,
                             .durability = (flags & AOE_FUA) != 0 ? block::Durability::stable
                                                                  : block::Durability::cached,
                             .range = lib::range_of(bytes, offset),
                             .data = {data, bytes},
                             .done = done,
                             .user = user});
}

int64_t aoe_aio_flush(aoe_disk* disk, aoe_callback done, void* user) {
  return lib::submit(*disk, {.kind = block::OpKind::flush, .done = done, .user = user});
}

int64_t aoe_aio_trim(aoe_disk* disk, uint64_t bytes, uint64_t offset, aoe_callback done, void* user) {
  if (const int wrong = lib::check_range(bytes, offset); wrong != 0) return wrong;
  if (const int wrong = lib::check_writable(*disk); wrong != 0) return wrong;
  return lib::submit(
      *disk, {.kind = block::OpKind::trim, .range = lib::range_of(bytes, offset), .done = done, .user = user});
}

int64_t aoe_aio_zero(aoe_disk* disk, uint64_t bytes, uint64_t offset, uint32_t flags, aoe_callback done, void* user) {
  if ((flags & ~(AOE_FUA | AOE_MAY_TRIM)) != 0) {
    return lib::failed(EINVAL, fmt::format("unknown flags 0x{:x} of a zero request", flags));
  }
  if (const int wrong = lib::check_range(bytes, offset); wrong != 0) return wrong;
  if (const int wrong = lib::check_writable(*disk); wrong != 0) return wrong;
  // A trim has no FUA: whoever wants zeros on stable storage gets them written.
  const bool may_trim = (flags & AOE_MAY_TRIM) != 0 && (flags & AOE_FUA) == 0;
  const bool trim = may_trim && disk->client->engine->trim_zeroes(*disk->open);
  return lib::submit(*disk, {.kind = trim ? block::OpKind::trim : block::OpKind::write,
                             .durability = (flags & AOE_FUA) != 0 ? block::Durability::stable
                                                                  : block::Durability::cached,
                             .range = lib::range_of(bytes, offset),
                             .done = done,
                             .user = user});
}

int aoe_read(aoe_disk* disk, void* buffer, size_t bytes, uint64_t offset) {
  return lib::run(*disk, [&](aoe_callback done, void* user) {
    return aoe_aio_read(disk, buffer, bytes, offset, done, user);
  });
}

int aoe_write(aoe_disk* disk, const void* buffer, size_t bytes, uint64_t offset, uint32_t flags) {
  return lib::run(*disk, [&](aoe_callback done, void* user) {
    return aoe_aio_write(disk, buffer, bytes, offset, flags, done, user);
  });
}

int aoe_flush(aoe_disk* disk) {
  return lib::run(*disk, [&](aoe_callback done, void* user) { return aoe_aio_flush(disk, done, user); });
}

int aoe_trim(aoe_disk* disk, uint64_t bytes, uint64_t offset) {
  return lib::run(*disk, [&](aoe_callback done, void* user) {
    return aoe_aio_trim(disk, bytes, offset, done, user);
  });
}

int aoe_zero(aoe_disk* disk, uint64_t bytes, uint64_t offset, uint32_t flags) {
  return lib::run(*disk, [&](aoe_callback done, void* user) {
    return aoe_aio_zero(disk, bytes, offset, flags, done, user);
  });
}

}  // extern "C"
