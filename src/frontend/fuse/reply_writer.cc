// One io_uring_enter(2) for all answers that are kept: the kernel carries writes to /dev/fuse out at once.
#include "frontend/fuse/reply_writer.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/fd.h"

namespace aoekit::fuse {

ReplyWriter::ReplyWriter() {
  auto ring = std::make_unique<io_uring>();
  if (io_uring_queue_init(kAnswersMax, ring.get(), 0) != 0) return;
  ring_.reset(ring.release());
  take_memory();
}

// The kernel keeps the memory of as many operations as there ever were at a time. It is to ask for it now: later memory
// may be short, and what would free some waits for the answers that it is asked for.
void ReplyWriter::take_memory() {
  const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!nowhere.valid()) return;
  const iovec nothing{};
  for (; count_ < kAnswersMax; ++count_) {
    io_uring_sqe* const entry = io_uring_get_sqe(ring_.get());
    AOEKIT_CHECK(entry != nullptr);
    io_uring_prep_writev(entry, nowhere.get(), &nothing, 1, 0);
  }
  flush();
}

ssize_t bytes_in(std::span<const iovec> parts) {
  return std::accumulate(parts.begin(), parts.end(), ssize_t{0}, [](ssize_t bytes, const iovec& part) {
    return bytes + static_cast<ssize_t>(part.iov_len);
  });
}

ssize_t ReplyWriter::write(int fd, std::span<const iovec> parts) {
  const std::size_t count = parts.size();
  const bool promised = std::exchange(promised_, false);
  was_kept_ = keeping_ && count_ < kAnswersMax && keep(fd, parts, promised && count > 1 ? count - 1 : count);
  return was_kept_ ? bytes_in(parts) : ::writev(fd, parts.data(), static_cast<int>(count));
}

// Copies the first `to_copy` parts, if they are short, and refers to the one that follows, if there is one.
bool ReplyWriter::keep(int fd, std::span<const iovec> parts, std::size_t to_copy) {
  Answer& answer = answers_[count_];
  std::size_t bytes = 0;
  for (const iovec& part : parts.first(to_copy)) {
    if (part.iov_len > answer.copied.size() - bytes) return false;
    std::memcpy(answer.copied.data() + bytes, part.iov_base, part.iov_len);
    bytes += part.iov_len;
  }
  answer.parts = {iovec{answer.copied.data(), bytes}, to_copy < parts.size() ? parts[to_copy] : iovec{}};
  io_uring_sqe* const entry = io_uring_get_sqe(ring_.get());
  AOEKIT_CHECK(entry != nullptr);  // there are kAnswersMax, and flush() has emptied them all
  io_uring_prep_writev(entry, fd, answer.parts.data(), static_cast<unsigned>(1 + parts.size() - to_copy), 0);
  ++count_;
  return true;
}

void ReplyWriter::flush() {
  keeping_ = false;
  while (count_ > 0) {
    const int submitted = io_uring_submit_and_wait(ring_.get(), static_cast<unsigned>(count_));
    // Others would be mistakes of ours.
    AOEKIT_CHECK(submitted >= 0 || submitted == -EINTR || submitted == -EAGAIN || submitted == -EBUSY);
    // What a write gives back does not matter: then the process that asked is gone.
    const unsigned done = io_uring_cq_ready(ring_.get());
    io_uring_cq_advance(ring_.get(), done);
    count_ -= done;
  }
}

}  // namespace aoekit::fuse
