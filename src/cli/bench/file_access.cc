// One ring for all files; one system call a turn.
#include "cli/bench/file_access.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "backend/in_use.h"
#include "base/check.h"
#include "io/clock.h"

namespace aoekit::bench {
namespace {

// Requests of a disk that has gone end when whoever serves it gives up.
constexpr Duration kEndPatience = std::chrono::seconds(3);

Result<BenchFile> open_file(const std::string& path, FileAccess::Use use) {
  const bool writing = use == FileAccess::Use::writing;
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return fail_errno(errno, "cannot examine '{}'", path);
  if (!S_ISREG(facts.st_mode) && !S_ISBLK(facts.st_mode)) {
    return fail("'{}' is neither a file nor a block device", path);
  }
  if (writing) {
    if (const Status free = backend::refuse_what_is_in_use(path); !free) return tl::unexpected(free.error());
  }
  // The kernel lets nobody mount a device meanwhile that is opened exclusively.
  const int exclusively = writing && S_ISBLK(facts.st_mode) ? O_EXCL : 0;
  const int flags = (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC | exclusively;
  BenchFile file{.path = path, .fd = Fd(::open(path.c_str(), flags | O_DIRECT)), .size = {}, .direct = true};
  if (!file.fd.valid() && errno == EINVAL) {
    file.fd.reset(::open(path.c_str(), flags));
    file.direct = false;
  }
  if (!file.fd.valid()) return fail_errno(errno, "cannot open '{}' for {}", path, writing ? "writing" : "reading");
  const off_t end = ::lseek(file.fd.get(), 0, SEEK_END);
  if (end < 0) return fail_errno(errno, "cannot learn the size of '{}'", path);
  file.size = Sectors{static_cast<std::uint64_t>(end) / kSectorBytes};
  return file;
}

__kernel_timespec time_until(Instant until) {
  const Duration left = std::max(until - io::monotonic_now(), Duration{});
  return {.tv_sec = left.count() / 1'000'000'000, .tv_nsec = left.count() % 1'000'000'000};
}

}  // namespace

Result<std::unique_ptr<FileAccess>> FileAccess::open(const Options& options, const std::vector<std::string>& paths) {
  std::unique_ptr<FileAccess> access(new FileAccess);
  for (const std::string& path : paths) {
    auto file = open_file(path, options.use);
    if (!file) return tl::unexpected(file.error());
    access->files_.push_back(std::move(*file));
  }
  auto ring = std::make_unique<io_uring>();
  const int error = io_uring_queue_init(static_cast<unsigned>(options.requests), ring.get(), 0);
  if (error != 0) return fail_errno(-error, "cannot use io_uring, by which files are loaded");
  access->ring_.reset(ring.release());
  return access;
}

Status FileAccess::start(Job& job) {
  const BenchFile& file = files_[job.disk];
  io_uring_sqe* const entry = io_uring_get_sqe(ring_.get());
  AOEKIT_CHECK(entry != nullptr);  // not more under way than the ring was made for
  const std::uint64_t offset = job.request.range.first.byte_offset();
  const auto bytes = static_cast<unsigned>(job.buffer.size());
  if (job.request.kind == Kind::write) {
    io_uring_prep_write(entry, file.fd.get(), job.buffer.data(), bytes, offset);
  } else {
    io_uring_prep_read(entry, file.fd.get(), job.buffer.data(), bytes, offset);
  }
  io_uring_sqe_set_data(entry, &job);
  ++under_way_;
  return {};
}

Status FileAccess::submit_and_wait(Instant until) {
  const bool may_sleep = until != Instant{} && io_uring_cq_ready(ring_.get()) == 0;
  int status = 0;
  if (may_sleep) {
    __kernel_timespec left = time_until(until);
    io_uring_cqe* first = nullptr;
    status = io_uring_submit_and_wait_timeout(ring_.get(), &first, 1, &left, nullptr);
  } else {
    status = io_uring_submit(ring_.get());
  }
  if (status >= 0 || status == -ETIME || status == -EINTR || status == -EAGAIN || status == -EBUSY) return {};
  return fail_errno(-status, "io_uring takes no requests");
}

Status FileAccess::poll(Sleep sleep) {
  if (const Status status = submit_and_wait(sleep.until); !status) return status;
  tell_all();
  return {};
}

void FileAccess::tell_all() {
  io_uring_cqe* entry = nullptr;
  while (io_uring_peek_cqe(ring_.get(), &entry) == 0) {
    Job& job = *static_cast<Job*>(io_uring_cqe_get_data(entry));
    const int result = entry->res;
    io_uring_cqe_seen(ring_.get(), entry);
    --under_way_;
    tell(job, result);
  }
}

void FileAccess::tell(Job& job, int result) {
  if (result == static_cast<int>(job.buffer.size())) return job.listener->ended(job, 0, "");
  const int error = result < 0 ? -result : EIO;
  const char* const what = job.request.kind == Kind::write ? "write" : "read";
  const std::string reason = result < 0 ? std::strerror(error) : "only a part of it was there";
  job.listener->ended(job, error,
                      fmt::format("cannot {} '{}' at byte {}: {}", what, files_[job.disk].path,
                                  job.request.range.first.byte_offset(), reason));
}

bool FileAccess::end() {
  if (!ring_) return true;
  const Instant until = io::monotonic_now() + kEndPatience;
  while (under_way_ > 0 && io::monotonic_now() < until) {
    if (!poll({until, false})) break;
  }
  return under_way_ == 0;
}

}  // namespace aoekit::bench
