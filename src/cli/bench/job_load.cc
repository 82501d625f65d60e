// Starting what is due, and waiting for what comes first.
#include "cli/bench/job_load.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/prng.h"
#include "io/clock.h"

namespace aoekit::bench {
namespace {

constexpr std::size_t kPageBytes = 4096;

std::uint8_t* whole_pages(std::size_t bytes) {
  void* const memory = std::aligned_alloc(kPageBytes, (bytes + kPageBytes - 1) / kPageBytes * kPageBytes);
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<std::uint8_t*>(memory);
}

}  // namespace

JobLoad::JobLoad(std::unique_ptr<DiskAccess> access, std::vector<JobTarget> targets, Waiting waiting)
    : access_(std::move(access)), waiting_(waiting), heard_(io::monotonic_now()) {
  Prng prng(1);
  for (JobTarget& target : targets) {
    Lane lane{std::move(target), {}, {}, {}};
    const std::size_t bytes = lane.target.request_size.bytes();
    for (std::size_t i = 0; i < lane.target.depth; ++i) {
      lane.memory.emplace_back(whole_pages(bytes));
      auto job = std::make_unique<Job>();
      job->listener = this;
      job->disk = lanes_.size();
      job->buffer = {lane.memory.back().get(), bytes};
      // What writes carry until a read brings something else.
      for (std::uint8_t& byte : job->buffer) byte = static_cast<std::uint8_t>(prng.next());
      lane.free_jobs.push_back(job.get());
      lane.jobs.push_back(std::move(job));
    }
    lanes_.push_back(std::move(lane));
  }
  sent_again_before_ = access_->frames_sent_again();
}

JobLoad::~JobLoad() {
  if (access_->end()) return;
  // Somebody may still write there, and this process will end soon.
  for (Lane& lane : lanes_) {
    for (Memory& memory : lane.memory) static_cast<void>(memory.release());
    for (std::unique_ptr<Job>& job : lane.jobs) static_cast<void>(job.release());
  }
}

Status JobLoad::turn(Instant until) {
  const Instant now = io::monotonic_now();
  if (const Status status = start_all_due(now); !status) return status;
  if (under_way_ == 0) heard_ = now;
  Sleep sleep;
  if (waiting_ == Waiting::asleep) {
    const auto due = next_due();
    sleep = {due ? std::min(until, *due) : until, due.has_value()};
  }
  const std::size_t before = under_way_;
  if (const Status status = access_->poll(sleep); !status) return status;
  // A disk that is down fails its requests at once: what would be measured is how fast we do that.
  if (!first_error_.empty() && tally_.errors == tally_.requests()) return fail("{}", first_error_);
  if (under_way_ != before) {
    heard_ = now;
  } else if (now - heard_ > kPatience) {
    return fail("no request has ended for {} s", std::chrono::duration_cast<std::chrono::seconds>(kPatience).count());
  }
  return {};
}

Status JobLoad::start_all_due(Instant now) {
  access_->begin_batch();
  Status status;
  for (Lane& lane : lanes_) {
    status = start_due(lane, now);
    if (!status) break;
  }
  access_->end_batch();
  return status;
}

Status JobLoad::start_due(Lane& lane, Instant now) {
  while (!lane.free_jobs.empty()) {
    const auto since = lane.target.schedule.take(now);
    if (!since) return {};
    Job& job = *lane.free_jobs.back();
    job.request = lane.target.workload.next();
    job.since = *since;
    lane.free_jobs.pop_back();
    ++under_way_;
    if (const Status status = access_->start(job); !status) return status;
  }
  return {};
}

std::optional<Instant> JobLoad::next_due() const {
  std::optional<Instant> first;
  for (const Lane& lane : lanes_) {
    const auto due = lane.target.schedule.next_due();
    if (due && !lane.free_jobs.empty()) first = std::min(first.value_or(*due), *due);
  }
  return first;
}

void JobLoad::ended(Job& job, int error, std::string_view text) {
  AOEKIT_CHECK(under_way_ > 0);
  --under_way_;
  if (error != 0 && first_error_.empty()) first_error_ = text;
  tally_.add(job.request, error == 0 ? Tally::Outcome::good : Tally::Outcome::failed, io::monotonic_now() - job.since);
  lanes_[job.disk].free_jobs.push_back(&job);
}

Tally JobLoad::tally() const {
  Tally tally = tally_;
  tally.retransmissions = access_->frames_sent_again() - sent_again_before_;
  return tally;
}

void JobLoad::reset_tally() {
  tally_ = Tally{};
  sent_again_before_ = access_->frames_sent_again();
}

}  // namespace aoekit::bench
