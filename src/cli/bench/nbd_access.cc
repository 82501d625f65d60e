// Callbacks run within nbd_aio_...().
#include "cli/bench/nbd_access.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/clock.h"

namespace aoekit::bench {
namespace {

// Requests of a disk that has gone end when whoever serves it gives up.
constexpr Duration kEndPatience = std::chrono::seconds(3);

Error last_error(const std::string& uri) {
  return Error{fmt::format("{}: {}", uri, nbd_get_error()), nbd_get_errno()};
}

int tell(void* user, int* error) {
  auto& job = *static_cast<Job*>(user);
  const std::string text = *error == 0 ? "" : fmt::format("the NBD server says: {}", std::strerror(*error));
  job.listener->ended(job, *error, text);
  return 1;  // libnbd is to forget it
}

}  // namespace

Result<std::unique_ptr<NbdAccess>> NbdAccess::open(const Options& options, const std::vector<std::string>& uris) {
  std::unique_ptr<NbdAccess> access(new NbdAccess);
  for (const std::string& uri : uris) {
    Disk disk{.uri = uri, .handle = {}, .size = {}};
    disk.handle.reset(nbd_create());
    nbd_handle* const handle = disk.handle.get();
    if (handle == nullptr || nbd_connect_uri(handle, uri.c_str()) != 0) return tl::unexpected(last_error(uri));
    const std::int64_t bytes = nbd_get_size(handle);
    if (bytes < 0) return tl::unexpected(last_error(uri));
    if (options.writes && nbd_is_read_only(handle) != 0) return fail("{}: it is read-only", uri);
    disk.size = Sectors{static_cast<std::uint64_t>(bytes) / kSectorBytes};
    access->disks_.push_back(std::move(disk));
  }
  return access;
}

Status NbdAccess::start(Job& job) {
  const Disk& disk = disks_[job.disk];
  const std::uint64_t offset = job.request.range.first.byte_offset();
  const nbd_completion_callback callback{.callback = tell, .user_data = &job, .free = nullptr};
  const std::int64_t cookie =
      job.request.kind == Kind::write
          ? nbd_aio_pwrite(disk.handle.get(), job.buffer.data(), job.buffer.size(), offset, callback, 0)
          : nbd_aio_pread(disk.handle.get(), job.buffer.data(), job.buffer.size(), offset, callback, 0);
  if (cookie < 0) return tl::unexpected(last_error(disk.uri));
  return {};
}

Status NbdAccess::poll(Sleep sleep) {
  fds_.clear();
  for (const Disk& disk : disks_) {
    const unsigned direction = nbd_aio_get_direction(disk.handle.get());
    const int events = ((direction & LIBNBD_AIO_DIRECTION_READ) != 0 ? POLLIN : 0) |
                       ((direction & LIBNBD_AIO_DIRECTION_WRITE) != 0 ? POLLOUT : 0);
    fds_.push_back({.fd = nbd_aio_get_fd(disk.handle.get()), .events = static_cast<short>(events), .revents = 0});
  }
  const Duration left =
      sleep.until == Instant{} ? Duration{} : std::max(sleep.until - io::monotonic_now(), Duration{});
  const timespec timeout{.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000),
                         .tv_nsec = static_cast<long>(left.count() % 1'000'000'000)};
  if (::ppoll(fds_.data(), fds_.size(), &timeout, nullptr) < 0) {
    if (errno == EINTR) return {};
    return fail_errno(errno, "cannot wait for answers");
  }
  for (std::size_t i = 0; i < disks_.size(); ++i) {
    nbd_handle* const handle = disks_[i].handle.get();
    int status = 0;
    const bool can_read = (fds_[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
    if (can_read && (nbd_aio_get_direction(handle) & LIBNBD_AIO_DIRECTION_READ) != 0) {
      status = nbd_aio_notify_read(handle);
    }
    // What was read may have let it write, or the other way round.
    const bool can_write = (fds_[i].revents & POLLOUT) != 0;
    if (status == 0 && can_write && (nbd_aio_get_direction(handle) & LIBNBD_AIO_DIRECTION_WRITE) != 0) {
      status = nbd_aio_notify_write(handle);
    }
    if (status != 0) return tl::unexpected(last_error(disks_[i].uri));
    if (nbd_aio_is_dead(handle) == 1 || nbd_aio_is_closed(handle) == 1) {
      return fail("{}: the server has ended the connection", disks_[i].uri);
    }
  }
  return {};
}

bool NbdAccess::end() {
  const auto is_busy = [](const Disk& disk) { return nbd_aio_in_flight(disk.handle.get()) > 0; };
  const Instant until = io::monotonic_now() + kEndPatience;
  while (std::any_of(disks_.begin(), disks_.end(), is_busy) && io::monotonic_now() < until) {
    if (!poll({until, false})) break;
  }
  for (const Disk& disk : disks_) {
    // Taking leave; a server that answers does not wait for long.
    if (nbd_aio_is_ready(disk.handle.get()) == 1 && !is_busy(disk)) nbd_shutdown(disk.handle.get(), 0);
  }
  disks_.clear();  // closing a connection lets go of its requests' memory
  return true;
}

}  // namespace aoekit::bench
