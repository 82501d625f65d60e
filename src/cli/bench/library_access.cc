// Callbacks run within aoe_client_poll().
#include "cli/bench/library_access.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "cli/bench/wait_for.h"
#include "io/clock.h"

namespace aoekit::bench {
namespace {

int whole_milliseconds_until(Instant until) {
  if (until == Instant{}) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - io::monotonic_now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

Error last_error(std::int64_t status) { return Error{aoe_error(), static_cast<int>(-status)}; }

void tell(void* user, std::int64_t, int error, const char* text) {
  auto& job = *static_cast<Job*>(user);
  job.listener->ended(job, -error, error == 0 ? "" : text);
}

}  // namespace

Result<std::unique_ptr<LibraryAccess>> LibraryAccess::open(const Options& options,
                                                           const std::vector<wire::AoeAddress>& addresses) {
  std::unique_ptr<LibraryAccess> access(new LibraryAccess);
  access->client_ = aoe_client_new();
  aoe_client* const client = access->client_;
  if (client == nullptr) return fail("no memory for a client");
  int status = aoe_client_set_interfaces(client, options.interfaces.c_str());
  if (status == 0) status = aoe_client_set_requests(client, options.requests);
  if (status == 0) status = aoe_client_set_thread(client, AOE_THREAD_CALLER);
  if (status == 0) status = aoe_client_set_dead_seconds(client, static_cast<std::uint32_t>(options.dead_seconds));
  if (status == 0) status = aoe_client_start(client);
  if (status < 0) return tl::unexpected(last_error(status));
  for (const wire::AoeAddress address : addresses) {
    LibraryDisk disk;
    status =
        aoe_disk_open(client, address.shelf, address.slot, options.open_flags, options.open_timeout_ms, &disk.disk);
    if (status < 0) return tl::unexpected(last_error(status));
    aoe_disk_status facts{};
    AOEKIT_CHECK(aoe_disk_get_status(disk.disk, &facts) == 0);
    disk.size_bytes = facts.size_bytes;
    disk.payload_bytes = facts.payload_bytes;
    access->disks_.push_back(disk);
  }
  return access;
}

void LibraryAccess::begin_batch() { AOEKIT_CHECK(aoe_batch_begin(client_) == 0); }
void LibraryAccess::end_batch() { AOEKIT_CHECK(aoe_batch_end(client_) == 0); }

Status LibraryAccess::start(Job& job) {
  aoe_disk* const disk = disks_[job.disk].disk;
  const std::uint64_t offset = job.request.range.first.byte_offset();
  const std::int64_t cookie = job.request.kind == Kind::write
                                  ? aoe_aio_write(disk, job.buffer.data(), job.buffer.size(), offset, 0, &tell, &job)
                                  : aoe_aio_read(disk, job.buffer.data(), job.buffer.size(), offset, &tell, &job);
  if (cookie < 0) return tl::unexpected(last_error(cookie));
  return {};
}

Status LibraryAccess::poll(Sleep sleep) {
  const int milliseconds = sleep.exactly ? 0 : whole_milliseconds_until(sleep.until);
  int finished = aoe_client_poll(client_, milliseconds);
  if (finished == 0 && sleep.exactly) {
    if (const Status status = wait_for(aoe_client_fd(client_), sleep.until); !status) return status;
    finished = aoe_client_poll(client_, 0);
  }
  if (finished < 0) return tl::unexpected(last_error(finished));
  return {};
}

// What is unfinished ends within.
bool LibraryAccess::end() {
  aoe_client_free(std::exchange(client_, nullptr));
  return true;
}

std::uint64_t LibraryAccess::frames_sent_again() const {
  std::uint64_t count = 0;
  for (const LibraryDisk& disk : disks_) {
    aoe_disk_status facts{};
    AOEKIT_CHECK(aoe_disk_get_status(disk.disk, &facts) == 0);
    for (unsigned i = 0; i < facts.path_count; ++i) count += facts.paths[i].frames_retransmitted;
  }
  return count;
}

}  // namespace aoekit::bench
