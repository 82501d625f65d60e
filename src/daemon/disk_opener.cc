// A backlog in front of a worker pool, so that any number of disks may wait to be opened.
#include "daemon/disk_opener.h"

#include <cerrno>
#include <utility>

#include "backend/file_engine.h"
#include "backend/in_use.h"
#include "backend/recent_uses.h"
#include "base/check.h"
#include "daemon/export_options.h"
#include "io/clock.h"

namespace aoekit::daemon {

namespace {

OpenedDisk open_for_export(const config::ExportConfig& config, Instant asked, backend::RecentUses& uses) {
  const backend::FileDeviceOptions options = disk_options_of(config);
  using Kind = OpenFailure::Kind;
  if (!config.force) {
    const auto user = backend::who_uses(options.path, options.access, *uses.look(asked, io::monotonic_now()));
    if (!user) return tl::unexpected(OpenFailure{Kind::missing, user.error().message});
    if (user->has_value()) {
      return tl::unexpected(OpenFailure{Kind::refused, fmt::format("{}; force exports it all the same", **user)});
    }
  }
  auto file = backend::open_file(options);
  if (!file) {
    const int error = file.error().os_error;
    const bool taken = error == EBUSY || error == EWOULDBLOCK;
    return tl::unexpected(OpenFailure{taken ? Kind::refused : Kind::missing, file.error().message});
  }
  // Shared only because functions must be copyable.
  return DiskMaker([opened = std::make_shared<backend::OpenedFile>(std::move(*file))](backend::FileEngine& engine) {
    return engine.attach(std::move(*opened));
  });
}

}  // namespace

OpenDisk file_opener() {
  return [uses = std::make_shared<backend::RecentUses>()](const config::ExportConfig& config, Instant asked) {
    return open_for_export(config, asked, *uses);
  };
}

Result<std::unique_ptr<DiskOpener>> DiskOpener::create(OpenDisk open, std::size_t threads) {
  auto done = io::Mailbox<Outcome>::create(kStartedMax);
  if (!done) return tl::unexpected(done.error());
  std::unique_ptr<DiskOpener> opener(new DiskOpener(std::move(open), std::move(*done)));
  auto workers = io::WorkerPool::create({.threads = threads, .queue_capacity = kStartedMax, .name = "aoed-open"});
  if (!workers) return tl::unexpected(workers.error());
  opener->workers_ = std::move(*workers);
  return opener;
}

DiskOpener::~DiskOpener() = default;

void DiskOpener::open(const config::ExportConfig& config, std::uint64_t ticket) {
  backlog_.push_back(std::make_unique<Task>(Task{this, config, ticket, io::monotonic_now()}));
  start_some();
}

void DiskOpener::start_some() {
  while (!backlog_.empty() && started_ < kStartedMax) {
    const io::Job job{run, backlog_.front().get()};
    if (workers_->submit({&job, 1}) == 0) return;
    static_cast<void>(backlog_.front().release());  // the job's now
    backlog_.pop_front();
    ++started_;
  }
}

void DiskOpener::run(void* task) {
  const std::unique_ptr<Task> mine(static_cast<Task*>(task));
  DiskOpener& opener = *mine->opener;
  const bool posted = opener.done_->post({mine->config.address, mine->ticket, opener.open_(mine->config, mine->asked)});
  AOEKIT_CHECK(posted);  // no more are started than it holds
}

std::vector<DiskOpener::Outcome> DiskOpener::collect() {
  std::vector<Outcome> outcomes(started_);
  outcomes.resize(done_->collect(outcomes));
  started_ -= outcomes.size();
  start_some();
  return outcomes;
}

}  // namespace aoekit::daemon
