// libfuse's own loop cannot wait for anything else, and its buffers cannot be kept; this one reads the device itself.
#include "frontend/fuse/reader.h"

#include <fmt/core.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <span>

#include "frontend/fuse/background.h"

namespace aoekit::fuse {
namespace {

constexpr int kRequestsATurn = 64;
// Then signals and mail get their turn.
constexpr int kTurnsAWakeUp = 16;
// So often it looks in vain before it sleeps: a target with the data at hand answers meanwhile.
constexpr int kIdleTurns = 4;
enum : std::size_t { kFuse, kRing, kSignals, kMail, kClients };

Instant monotonic_now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

Result<Reader::End> Reader::run() {
  for (;;) {
    if (Status waited = wait(); !waited) return tl::unexpected(waited.error());
    if (fds_[kMail].revents != 0) log_mail();
    if (fds_[kSignals].revents != 0) on_signals();
    if (gave_up_) return End::gave_up;
    const Result<Requests> done = work();
    if (!done) return tl::unexpected(done.error());
    if (*done == Requests::unmounted) {
      detached_ = true;
      return End::unmounted;
    }
  }
}

Status Reader::wait() {
  const int timeout = files_.on_tick(monotonic_now());
  const bool has_memory = static_cast<bool>(files_.receive_buffer());
  fds_.resize(kClients);
  fds_[kFuse] = {fuse_session_fd(session_), static_cast<short>(has_memory ? POLLIN : 0), 0};
  fds_[kRing] = {files_.ring() != nullptr ? files_.ring()->fd() : -1, fds_[kFuse].events, 0};
  fds_[kSignals] = {signals_.get(), POLLIN, 0};
  fds_[kMail] = {mailbox_.fd(), POLLIN, 0};
  clients_.add_fds(fds_);
  if (::poll(fds_.data(), fds_.size(), timeout) < 0 && errno != EINTR) return fail_errno(errno, "cannot wait");
  return {};
}

// Answers and requests in turn while there are any: asking for more is cheaper than waiting for the kernel to say so.
Result<Reader::Requests> Reader::work() {
  Requests last = Requests::none;
  int idle_turns = 0;
  for (int turn = 0; turn < kTurnsAWakeUp; ++turn) {
    files_.begin_answers();
    const bool finished = clients_.work();
    files_.send_answers();
    clients_.begin_batch();
    const Result<Requests> requests = take_requests();
    clients_.end_batch();
    if (!requests || *requests == Requests::unmounted) return requests;
    last = *requests;
    idle_turns = finished || last == Requests::some ? 0 : idle_turns + 1;
    if (idle_turns == kIdleTurns) break;
  }
  return last;
}

Result<Reader::Requests> Reader::take_requests() {
  const Requests taken = take_from_ring();
  // Beside a ring the device has little to say; asking it each time would cost more than it brings.
  if (files_.ring() != nullptr && fds_[kFuse].revents == 0) return taken;
  const Result<Requests> read = read_device();
  return read && *read == Requests::none ? taken : read;
}

Reader::Requests Reader::take_from_ring() {
  Requests so_far = Requests::none;
  while (files_.ring() != nullptr && files_.receive_buffer()) {
    const std::span<std::uint8_t> request = files_.ring()->next();
    if (request.empty()) break;
    files_.take(request);
    so_far = Requests::some;
  }
  return so_far;
}

Result<Reader::Requests> Reader::read_device() {
  for (int i = 0; i < kRequestsATurn; ++i) {
    const Requests so_far = i == 0 ? Requests::none : Requests::some;
    Buffer& buffer = files_.receive_buffer();
    if (!buffer) return so_far;
    const ssize_t bytes = ::read(fuse_session_fd(session_), buffer.data(), buffer.capacity());
    if (bytes < 0) {
      if (errno == EAGAIN) {
        fds_[kFuse].revents = 0;
        return so_far;
      }
      if (errno == EINTR || errno == ENOENT) continue;  // ENOENT: whoever asked was interrupted
      if (errno == ENODEV) return Requests::unmounted;
      return fail_errno(errno, "cannot read from /dev/fuse");
    }
    if (bytes == 0) return Requests::unmounted;
    take_from_device({buffer.data(), static_cast<std::size_t>(bytes)});
    if (fuse_session_exited(session_) != 0) return Requests::unmounted;
  }
  return Requests::some;
}

// An interruption that is told before its request is lost, so the ring is looked at first. That may use the memory that
// this was received in; interruptions are short.
void Reader::take_from_device(std::span<std::uint8_t> request) {
  std::array<std::uint8_t, 128> copy{};
  if (files_.ring() == nullptr || request.size() > copy.size()) return files_.take(request);
  std::copy(request.begin(), request.end(), copy.begin());
  take_from_ring();
  files_.take(std::span(copy).first(request.size()));
}

void Reader::log_mail() {
  for (const std::string& line : files_.on_mail()) announce(LogLevel::warning, line);
}

void Reader::on_signals() {
  signalfd_siginfo signal{};
  while (::read(signals_.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
    if (signal.ssi_signo == SIGCHLD) {
      on_unmount_ended();
    } else {
      on_stop_signal(static_cast<int>(signal.ssi_signo));
    }
  }
}

void Reader::on_stop_signal(int signal) {
  if (stopping_) {
    gave_up_ = true;
    return;
  }
  stopping_ = true;
  announce(LogLevel::info, fmt::format("{}: unmounting {}", signal == SIGINT ? "interrupted" : "terminated",
                                       directory_));
  begin_unmount(Detach::if_unused);
}

void Reader::begin_unmount(Detach how) {
  how_ = how;
  const auto child = start_unmount(directory_, how, fuse_session_fd(session_));
  if (child) {
    unmounting_ = *child;
  } else {
    announce(LogLevel::error, child.error().message);
    gave_up_ = true;
  }
}

void Reader::on_unmount_ended() {
  if (!unmounting_) return;
  const auto error = unmount_result(*unmounting_);
  if (!error) return;
  unmounting_.reset();
  if (*error == 0 || *error == EINVAL) {  // EINVAL: somebody else was faster
    detached_ = true;
  } else if (*error == EBUSY && how_ == Detach::if_unused) {
    const auto loops = loop_devices_on(directory_);
    announce(LogLevel::warning,
             fmt::format("{} is still in use{}{}; it is hidden now and served until that ends. A second signal ends "
                         "aoefuse at once, and loses what is not written",
                         directory_, loops.empty() ? "" : " by ", joined(loops)));
    begin_unmount(Detach::when_unused);
  } else {
    announce(LogLevel::error, fail_errno(*error, "cannot unmount {}", directory_).value().message);
    gave_up_ = true;
  }
}

}  // namespace aoekit::fuse
