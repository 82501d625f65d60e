// A ring of chunks: each is read, looked at, and written, while others are on their way.
#include "cli/copier.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "io/clock.h"

namespace aoekit::cli {
namespace {

constexpr std::size_t kChunks = 16;
constexpr std::uint64_t kChunkBytes = 1024 * 1024;
// What is known to be zero needs no memory; but a checkpoint comes only between chunks.
constexpr std::uint64_t kHoleBytesMax = 64 * kChunkBytes;
constexpr std::uint64_t kFlushToken = UINT64_MAX;
constexpr std::uint64_t kLastFlushToken = UINT64_MAX - 1;
constexpr Duration kLastFlushPatience = std::chrono::seconds(5);
constexpr int kPollMs = 200;

bool is_zero(ByteView memory) {
  return memory.empty() || (memory[0] == 0 && std::memcmp(memory.data(), memory.data() + 1, memory.size() - 1) == 0);
}

Error interrupted() { return {"interrupted", EINTR}; }

// Until one of the ends has something, or Ctrl-C.
Status wait_for_either(const CopyEndpoint& one, const CopyEndpoint& other, Interrupt* interrupt) {
  std::array<pollfd, 3> sources{{{.fd = one.fd(), .events = POLLIN, .revents = 0},
                                 {.fd = other.fd(), .events = POLLIN, .revents = 0},
                                 {.fd = interrupt == nullptr ? -1 : interrupt->fd(), .events = POLLIN, .revents = 0}}};
  if (::poll(sources.data(), sources.size(), kPollMs) < 0 && errno != EINTR) {
    return fail_errno(errno, "cannot wait for the copy");
  }
  return {};
}

struct Chunk {
  enum class State : std::uint8_t { free, reading, writing, done } state = State::free;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  MutableBytes memory{};
};

// Chunks are numbered from 0; number n lives in place n % kChunks.
class Copier {
 public:
  explicit Copier(const CopyJob& job) : job_(job), memory_(std::make_shared<std::vector<std::uint8_t>>()) {
    memory_->resize(kChunks * kChunkBytes);
    for (std::size_t i = 0; i < kChunks; ++i) {
      chunks_[i].memory = MutableBytes(*memory_).subspan(i * kChunkBytes, kChunkBytes);
    }
    job_.source.keep(memory_);
    job_.destination.keep(memory_);
    asked_ = job_.from;
    result_.done = job_.from;
    checkpointed_at_ = io::monotonic_now();
  }

  CopyResult run() {
    Status status;
    while (status && (asked_ < job_.bytes || retired_ < started_)) status = turn();
    if (status) status = do_step(job_.destination, {.token = kLastFlushToken, .op = CopyOp::flush}, job_.interrupt);
    if (!status) {
      result_.error = status.error();
      save_what_is_there();
    }
    return result_;
  }

 private:
  Chunk& chunk(std::uint64_t number) { return chunks_[number % kChunks]; }

  Status turn() {
    if (job_.interrupt != nullptr && job_.interrupt->arrived()) return tl::unexpected(interrupted());
    bool moved = false;
    while (started_ - retired_ < kChunks && asked_ < job_.bytes) {
      moved = true;
      if (Status step = start_next(); !step) return step;
    }
    if (Status step = take_read(moved); !step) return step;
    if (Status step = take_written(moved); !step) return step;
    retire(moved);
    if (Status step = start_checkpoint(); !step) return step;
    return moved ? Status{} : wait_for_either(job_.source, job_.destination, job_.interrupt);
  }

  Status start_next() {
    const std::uint64_t number = started_++;
    Chunk& next = chunk(number);
    next.offset = asked_;
    const std::uint64_t left = job_.bytes - asked_;
    const std::uint64_t hole = std::min(job_.source.hole_end(asked_), job_.bytes) - asked_;
    // Up to a whole sector, so that all chunks begin with one.
    const std::uint64_t whole_hole = hole == left ? hole : hole / kChunkBytes * kChunkBytes;
    next.bytes = whole_hole > 0 ? std::min(whole_hole, kHoleBytesMax) : std::min(left, kChunkBytes);
    asked_ += next.bytes;
    if (whole_hole > 0) return put_zeros(number);
    next.state = Chunk::State::reading;
    return job_.source.start(
        {.token = number, .op = CopyOp::read, .offset = next.offset, .bytes = next.bytes, .memory = next.memory});
  }

  Status put_zeros(std::uint64_t number) {
    Chunk& zeros = chunk(number);
    result_.bytes_zero += zeros.bytes;
    if (job_.destination.is_fresh()) {
      zeros.state = Chunk::State::done;
      return {};
    }
    zeros.state = Chunk::State::writing;
    return job_.destination.start({.token = number, .op = CopyOp::zero, .offset = zeros.offset, .bytes = zeros.bytes});
  }

  Status take_read(bool& moved) {
    while (const auto op = job_.source.finished()) {
      moved = true;
      if (op->error) return tl::unexpected(*op->error);
      Chunk& read = chunk(op->token);
      Status put;
      if (is_zero(read.memory.first(read.bytes))) {
        put = put_zeros(op->token);
      } else {
        read.state = Chunk::State::writing;
        result_.bytes_written += read.bytes;
        put = job_.destination.start({.token = op->token,
                                      .op = CopyOp::write,
                                      .offset = read.offset,
                                      .bytes = read.bytes,
                                      .memory = read.memory});
      }
      if (!put) return put;
    }
    return {};
  }

  Status take_written(bool& moved) {
    while (const auto op = job_.destination.finished()) {
      moved = true;
      if (op->error) return tl::unexpected(*op->error);
      if (op->token == kFlushToken) {
        flushing_ = false;
        checkpointed_at_ = io::monotonic_now();
        if (Status saved = job_.checkpoint(flushing_until_); !saved) return saved;
      } else {
        chunk(op->token).state = Chunk::State::done;
      }
    }
    return {};
  }

  void retire(bool& moved) {
    const std::uint64_t before = retired_;
    while (retired_ < started_ && chunk(retired_).state == Chunk::State::done) {
      chunk(retired_).state = Chunk::State::free;
      result_.done += chunk(retired_).bytes;
      ++retired_;
    }
    moved = moved || retired_ != before;
    if (job_.progress) job_.progress(result_.done);
  }

  // What was done before the flush began is durable when it ends.
  Status start_checkpoint() {
    if (!job_.checkpoint || flushing_ || io::monotonic_now() - checkpointed_at_ < job_.checkpoint_every) return {};
    flushing_ = true;
    flushing_until_ = result_.done;
    return job_.destination.start({.token = kFlushToken, .op = CopyOp::flush});
  }

  // After a failure. Whatever goes wrong now is not worth a second message: the last checkpoint stays good.
  void save_what_is_there() {
    if (!job_.checkpoint) return;
    const Instant deadline = io::monotonic_now() + kLastFlushPatience;
    if (!flushing_) {
      flushing_until_ = result_.done;
      if (!job_.destination.start({.token = kFlushToken, .op = CopyOp::flush})) return;
    }
    while (io::monotonic_now() < deadline) {
      while (const auto op = job_.destination.finished()) {
        if (op->token != kFlushToken) continue;
        if (!op->error) static_cast<void>(job_.checkpoint(flushing_until_));
        return;
      }
      if (!wait_for_either(job_.destination, job_.destination, nullptr)) return;
    }
  }

  const CopyJob& job_;
  std::shared_ptr<std::vector<std::uint8_t>> memory_;
  std::array<Chunk, kChunks> chunks_;
  std::uint64_t asked_ = 0;    // bytes
  std::uint64_t started_ = 0;  // chunks
  std::uint64_t retired_ = 0;  // chunks
  bool flushing_ = false;
  std::uint64_t flushing_until_ = 0;
  Instant checkpointed_at_{};
  CopyResult result_;
};

// Pairs of chunks, one from each end.
class Comparer {
 public:
  explicit Comparer(const CopyJob& job) : job_(job), memory_(std::make_shared<std::vector<std::uint8_t>>()) {
    memory_->resize(2 * kPairs * kChunkBytes);
    job_.source.keep(memory_);
    job_.destination.keep(memory_);
    asked_ = done_ = job_.from;
  }

  Status run() {
    while (asked_ < job_.bytes || compared_ < started_) {
      if (job_.interrupt != nullptr && job_.interrupt->arrived()) return tl::unexpected(interrupted());
      while (started_ - compared_ < kPairs && asked_ < job_.bytes) {
        if (Status step = start_next(); !step) return step;
      }
      bool moved = false;
      if (Status step = take(job_.source, moved); !step) return step;
      if (Status step = take(job_.destination, moved); !step) return step;
      if (Status step = compare(); !step) return step;
      if (moved) continue;
      if (Status step = wait_for_either(job_.source, job_.destination, job_.interrupt); !step) return step;
    }
    return {};
  }

 private:
  static constexpr std::size_t kPairs = kChunks / 2;

  MutableBytes memory_of(std::uint64_t number, std::size_t side) {
    return MutableBytes(*memory_).subspan((number % kPairs * 2 + side) * kChunkBytes, kChunkBytes);
  }

  Status start_next() {
    const std::uint64_t number = started_++;
    const std::uint64_t bytes = std::min(job_.bytes - asked_, kChunkBytes);
    arrived_[number % kPairs] = 0;
    CopyStep step{
        .token = number, .op = CopyOp::read, .offset = asked_, .bytes = bytes, .memory = memory_of(number, 0)};
    if (Status started = job_.source.start(step); !started) return started;
    step.memory = memory_of(number, 1);
    asked_ += bytes;
    return job_.destination.start(step);
  }

  Status take(CopyEndpoint& end, bool& moved) {
    while (const auto op = end.finished()) {
      moved = true;
      if (op->error) return tl::unexpected(*op->error);
      ++arrived_[op->token % kPairs];
    }
    return {};
  }

  Status compare() {
    while (compared_ < started_ && arrived_[compared_ % kPairs] == 2) {
      const auto bytes = static_cast<std::size_t>(std::min(job_.bytes - done_, kChunkBytes));
      const ByteView one = memory_of(compared_, 0).first(bytes), other = memory_of(compared_, 1).first(bytes);
      const auto differs = std::mismatch(one.begin(), one.end(), other.begin()).first;
      if (differs != one.end()) {
        return fail("verification failed: byte {} of '{}' is not as in '{}'",
                    done_ + static_cast<std::uint64_t>(differs - one.begin()), job_.destination.name(),
                    job_.source.name());
      }
      done_ += bytes;
      ++compared_;
      if (job_.progress) job_.progress(done_);
    }
    return {};
  }

  const CopyJob& job_;
  std::shared_ptr<std::vector<std::uint8_t>> memory_;
  std::array<int, kPairs> arrived_{};
  std::uint64_t asked_ = 0, done_ = 0;          // bytes
  std::uint64_t started_ = 0, compared_ = 0;    // pairs
};

}  // namespace

CopyResult copy_all(const CopyJob& job) { return Copier(job).run(); }

Status compare_all(const CopyJob& job) {
  job.destination.forget_cached();
  return Comparer(job).run();
}

Status do_step(CopyEndpoint& endpoint, const CopyStep& step, Interrupt* interrupt) {
  if (Status started = endpoint.start(step); !started) return started;
  while (true) {
    while (const auto op = endpoint.finished()) {
      if (op->token != step.token) continue;
      if (op->error) return tl::unexpected(*op->error);
      return {};
    }
    if (interrupt != nullptr && interrupt->arrived()) return tl::unexpected(interrupted());
    if (Status waited = wait_for_either(endpoint, endpoint, interrupt); !waited) return waited;
  }
}

}  // namespace aoekit::cli
