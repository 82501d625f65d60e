// Requests of libaoekit, started as they are due; their callbacks run within aoe_client_poll().
#include "cli/bench/library_load.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/prng.h"
#include "cli/bench/wait_for.h"
#include "io/clock.h"

namespace aoekit::bench {
namespace {

int whole_milliseconds_until(Instant until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - io::monotonic_now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

Error last_error(std::int64_t status) { return Error{aoe_error(), static_cast<int>(-status)}; }

}  // namespace

Result<std::unique_ptr<LibraryClient>> LibraryClient::open(const Options& options,
                                                           const std::vector<wire::AoeAddress>& addresses) {
  std::unique_ptr<LibraryClient> client(new LibraryClient);
  client->client_ = aoe_client_new();
  aoe_client* const handle = client->client_;
  if (handle == nullptr) return fail("no memory for a client");
  int status = aoe_client_set_interfaces(handle, options.interfaces.c_str());
  if (status == 0) status = aoe_client_set_requests(handle, options.requests);
  if (status == 0) status = aoe_client_set_thread(handle, AOE_THREAD_CALLER);
  if (status == 0) status = aoe_client_set_dead_seconds(handle, static_cast<std::uint32_t>(options.dead_seconds));
  if (status == 0) status = aoe_client_start(handle);
  if (status < 0) return tl::unexpected(last_error(status));
  for (const wire::AoeAddress address : addresses) {
    LibraryDisk disk;
    status =
        aoe_disk_open(handle, address.shelf, address.slot, options.open_flags, options.open_timeout_ms, &disk.disk);
    if (status < 0) return tl::unexpected(last_error(status));
    aoe_disk_status facts{};
    AOEKIT_CHECK(aoe_disk_get_status(disk.disk, &facts) == 0);
    disk.size_bytes = facts.size_bytes;
    disk.payload_bytes = facts.payload_bytes;
    client->disks_.push_back(disk);
  }
  return client;
}

LibraryClient::~LibraryClient() { aoe_client_free(client_); }

LibraryLoad::LibraryLoad(std::unique_ptr<LibraryClient> client, std::vector<LibraryTarget> targets, Waiting waiting)
    : waiting_(waiting), client_(std::move(client)) {
  AOEKIT_CHECK(targets.size() == client_->disks().size());
  Prng prng(1);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    auto lane = std::make_unique<Lane>(Lane{std::move(targets[i]), client_->disks()[i].disk, {}, {}});
    for (std::size_t k = 0; k < lane->target.depth; ++k) {
      auto job = std::make_unique<Job>();
      job->owner = this;
      job->lane = lane.get();
      job->buffer.resize(lane->target.request_size.bytes());
      // What writes carry until a read brings something else.
      for (std::uint8_t& byte : job->buffer) byte = static_cast<std::uint8_t>(prng.next());
      lane->free_jobs.push_back(job.get());
      lane->jobs.push_back(std::move(job));
    }
    lanes_.push_back(std::move(lane));
  }
  sent_again_before_ = frames_sent_again();
}

LibraryLoad::~LibraryLoad() = default;

Status LibraryLoad::turn(Instant until) {
  if (const Status status = start_all_due(); !status) return status;
  const auto due = next_due();
  const bool may_sleep = waiting_ == Waiting::asleep;
  int finished = aoe_client_poll(client_->handle(), may_sleep && !due ? whole_milliseconds_until(until) : 0);
  if (finished == 0 && may_sleep && due) {
    // More exactly than in milliseconds.
    if (const Status status = wait_for(aoe_client_fd(client_->handle()), std::min(until, *due)); !status) return status;
    finished = aoe_client_poll(client_->handle(), 0);
  }
  if (finished < 0) return tl::unexpected(last_error(finished));
  // A disk that is down fails its requests at once: what would be measured is how fast we do that.
  if (!first_error_.empty() && tally_.errors == tally_.requests()) return tl::unexpected(Error{first_error_, 0});
  return {};
}

Status LibraryLoad::start_all_due() {
  const Instant now = io::monotonic_now();
  AOEKIT_CHECK(aoe_batch_begin(client_->handle()) == 0);
  Status status;
  for (const auto& lane : lanes_) {
    status = start_due(*lane, now);
    if (!status) break;
  }
  AOEKIT_CHECK(aoe_batch_end(client_->handle()) == 0);
  return status;
}

std::optional<Instant> LibraryLoad::next_due() const {
  std::optional<Instant> first;
  for (const auto& lane : lanes_) {
    const auto due = lane->target.schedule.next_due();
    if (due && !lane->free_jobs.empty()) first = std::min(first.value_or(*due), *due);
  }
  return first;
}

Status LibraryLoad::start_due(Lane& lane, Instant now) {
  while (!lane.free_jobs.empty()) {
    const auto since = lane.target.schedule.take(now);
    if (!since) return {};
    Job& job = *lane.free_jobs.back();
    lane.free_jobs.pop_back();
    job.request = lane.target.workload.next();
    job.since = *since;
    const std::uint64_t offset = job.request.range.first.byte_offset();
    const std::int64_t cookie =
        job.request.kind == Kind::write
            ? aoe_aio_write(lane.disk, job.buffer.data(), job.buffer.size(), offset, 0, &done, &job)
            : aoe_aio_read(lane.disk, job.buffer.data(), job.buffer.size(), offset, &done, &job);
    if (cookie < 0) return tl::unexpected(last_error(cookie));
  }
  return {};
}

void LibraryLoad::done(void* user, std::int64_t, int error, const char* text) {
  auto& job = *static_cast<Job*>(user);
  LibraryLoad& load = *job.owner;
  if (error != 0 && load.first_error_.empty()) load.first_error_ = text;
  load.tally_.add(job.request, error == 0 ? Tally::Outcome::good : Tally::Outcome::failed,
                  io::monotonic_now() - job.since);
  job.lane->free_jobs.push_back(&job);
}

std::uint64_t LibraryLoad::frames_sent_again() const {
  std::uint64_t count = 0;
  for (const LibraryDisk& disk : client_->disks()) {
    aoe_disk_status facts{};
    AOEKIT_CHECK(aoe_disk_get_status(disk.disk, &facts) == 0);
    for (unsigned i = 0; i < facts.path_count; ++i) count += facts.paths[i].frames_retransmitted;
  }
  return count;
}

Tally LibraryLoad::tally() const {
  Tally tally = tally_;
  tally.retransmissions = frames_sent_again() - sent_again_before_;
  return tally;
}

void LibraryLoad::reset_tally() {
  tally_ = Tally{};
  sent_again_before_ = frames_sent_again();
}

}  // namespace aoekit::bench
