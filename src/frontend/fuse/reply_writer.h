// Writes answers to /dev/fuse, several by one system call.
//
// Whoever waits for an answer is woken by its write, and on the same core runs as soon as the write has returned: the
// answers that were to follow come after two context switches, each. Written together they wake everybody first.
#pragma once

#include <liburing.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace aoekit::fuse {

// What writev(2) gives back when it has written all.
ssize_t bytes_in(std::span<const iovec> parts);

// One thread. Where the kernel has no io_uring, or forbids it, each answer is a system call of its own.
class ReplyWriter {
 public:
  static constexpr std::size_t kAnswersMax = 64;

  ReplyWriter();
  ReplyWriter(const ReplyWriter&) = delete;
  ReplyWriter& operator=(const ReplyWriter&) = delete;

  // From here to flush() answers may be kept back.
  void begin() { keeping_ = ring_ != nullptr; }
  // Writes what was kept back.
  void flush();

  // Promises that the memory of the next answer's last part stays as it is until flush(), if was_kept() says afterwards
  // that it must. Without the promise short answers only are kept back.
  void promise_memory() {
    promised_ = true;
    was_kept_ = false;
  }
  bool was_kept() const { return was_kept_; }
  // The answer has left by another way.
  void end_promise() { promised_ = false; }
  // As writev(2).
  ssize_t write(int fd, std::span<const iovec> parts);

 private:
  struct Answer {
    std::array<std::uint8_t, 48> copied;
    std::array<iovec, 2> parts;
  };
  struct Close {
    void operator()(io_uring* ring) const {
      io_uring_queue_exit(ring);
      delete ring;
    }
  };
  void take_memory();
  bool keep(int fd, std::span<const iovec> parts, std::size_t to_copy);

  std::unique_ptr<io_uring, Close> ring_;
  bool keeping_ = false;
  bool promised_ = false;
  bool was_kept_ = false;
  std::size_t count_ = 0;
  std::array<Answer, kAnswersMax> answers_{};
};

}  // namespace aoekit::fuse
