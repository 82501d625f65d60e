// inotify, uevents and a timer behind one descriptor.
#include "backend/size_watch.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "backend/system_files.h"
#include "base/check.h"
#include "base/log.h"
#include "io/clock.h"

namespace aoekit::backend {
namespace {

// A change of size is a modification to the kernel; that a file is deleted or replaced while we have it open is a change
// of its attributes (one link less).
constexpr std::uint32_t kEvents = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;
// So that a flood of events cannot keep the loop here; what is left makes fd() readable again.
constexpr int kReadsPerTurn = 64;

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc() ? value : 0;
}

}  // namespace

Result<std::unique_ptr<SizeWatch>> SizeWatch::create(const SizeWatchOptions& options) {
  Fd inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify.valid()) return fail_errno(errno, "cannot watch files (fs.inotify.max_user_instances?)");
  std::optional<UeventSocket> uevents;
  if (auto socket = UeventSocket::open()) {
    uevents.emplace(std::move(*socket));
  } else {
    log(LogLevel::notice, "{}: a new size is noticed within {} seconds", socket.error().message,
        std::chrono::duration_cast<std::chrono::seconds>(options.sweep).count());
  }
  auto timer = io::Timer::create();
  if (!timer) return tl::unexpected(timer.error());
  Fd ready(::epoll_create1(EPOLL_CLOEXEC));
  if (!ready.valid()) return fail_errno(errno, "cannot make an epoll descriptor");
  std::unique_ptr<SizeWatch> watch(
      new SizeWatch(options, std::move(inotify), std::move(uevents), std::move(*timer), std::move(ready)));
  for (const int fd : {watch->inotify_.get(), watch->timer_.fd(), watch->uevents_ ? watch->uevents_->fd() : -1}) {
    if (fd < 0) continue;
    if (Status status = watch->watch_fd(fd); !status) return tl::unexpected(status.error());
  }
  return watch;
}

SizeWatch::SizeWatch(const SizeWatchOptions& options, Fd inotify, std::optional<UeventSocket> uevents, io::Timer timer,
                     Fd ready)
    : options_(options),
      inotify_(std::move(inotify)),
      uevents_(std::move(uevents)),
      timer_(std::move(timer)),
      ready_(std::move(ready)) {}

Status SizeWatch::watch_fd(int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (::epoll_ctl(ready_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno(errno, "cannot wait for sizes");
  return {};
}

void SizeWatch::add(const std::string& path) {
  const auto [entry, is_new] = watched_.try_emplace(path);
  Watched& watched = entry->second;
  if (is_new) {
    watched.path = &entry->first;
    arm(watched);
    watched.facts = facts_of(path);
  }
  ++watched.users;
  // Whatever happened between the opening of the disk and now.
  tell(watched);
  if (!sweep_at_) sweep_at_ = io::monotonic_now() + options_.sweep;
  set_timer();
}

void SizeWatch::remove(const std::string& path) {
  const auto found = watched_.find(path);
  AOEKIT_CHECK(found != watched_.end());
  Watched& watched = found->second;
  if (--watched.users > 0) return;
  const int watch = watched.watch;
  disarm(watched);
  // EINVAL: it has just fired, and read() has not come to it.
  if (watch >= 0 && !by_watch_.contains(watch)) {
    AOEKIT_CHECK(::inotify_rm_watch(inotify_.get(), watch) == 0 || errno == EINVAL);
  }
  if (watched.again) std::erase(again_, &watched);
  if (watched.told) std::erase(told_, &watched);
  watched_.erase(found);
  if (watched_.empty()) sweep_at_.reset();
  set_timer();
}

SizeWatch::Facts SizeWatch::facts_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {.hidden = errno == EACCES};
  Facts facts{.exists = true,
              .is_device = S_ISBLK(status.st_mode),
              .device = status.st_dev,
              .inode = status.st_ino,
              .size = static_cast<std::uint64_t>(status.st_size)};
  if (facts.is_device) {
    facts.device = status.st_rdev;
    facts.size = number(read_line(sysfs_directory({}, status.st_rdev) + "/size"));
  }
  return facts;
}

// Before anybody looks: what happens after the look must be told of.
void SizeWatch::arm(Watched& watched) {
  disarm(watched);
  const int watch = ::inotify_add_watch(inotify_.get(), watched.path->c_str(), kEvents | IN_ONESHOT);
  if (watch >= 0) {
    watched.watch = watch;
    by_watch_.emplace(watch, &watched);
    return;
  }
  if (errno == ENOSPC && !exhausted_told_) {
    exhausted_told_ = true;
    log(LogLevel::notice, "the kernel watches no more files for us: new sizes of the others are noticed a little later; "
                          "raise fs.inotify.max_user_watches");
  }
  look_again_later(watched);
}

void SizeWatch::disarm(Watched& watched) {
  if (watched.watch < 0) return;
  const auto [begin, end] = by_watch_.equal_range(watched.watch);
  by_watch_.erase(std::find_if(begin, end, [&](const auto& entry) { return entry.second == &watched; }));
  watched.watch = -1;
}

void SizeWatch::look(Watched& watched) {
  const Facts facts = facts_of(*watched.path);
  if (facts == watched.facts) return;
  watched.facts = facts;
  tell(watched);
}

void SizeWatch::tell(Watched& watched) {
  if (watched.told) return;
  watched.told = true;
  told_.push_back(&watched);
}

void SizeWatch::look_again_later(Watched& watched) {
  if (watched.again) return;
  watched.again = true;
  again_.push_back(&watched);
}

std::span<const std::string> SizeWatch::read() {
  read_inotify();
  if (uevents_) read_uevents();
  keep_time();
  changed_.clear();
  for (Watched* const watched : told_) {
    watched->told = false;
    changed_.push_back(*watched->path);
  }
  told_.clear();
  set_timer();
  return changed_;
}

void SizeWatch::read_inotify() {
  alignas(inotify_event) std::array<char, 16 * 1024> memory;
  for (int i = 0; i < kReadsPerTurn; ++i) {
    const ssize_t got = ::read(inotify_.get(), memory.data(), memory.size());
    if (got <= 0) return;  // EAGAIN
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event;
      std::memcpy(&event, memory.data() + at, sizeof event);
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        start_over();
      } else {
        on_inotify(event.wd, event.mask);
      }
    }
  }
}

// Nobody knows which watches have been used up.
void SizeWatch::start_over() {
  for (auto& [path, watched] : watched_) {
    arm(watched);
    look(watched);
  }
}

void SizeWatch::on_inotify(int watch, std::uint32_t what) {
  // The kernel has given the watch up (IN_IGNORED), as it does after the one event.
  std::vector<Watched*> affected;
  const auto [begin, end] = by_watch_.equal_range(watch);
  for (auto entry = begin; entry != end; ++entry) affected.push_back(entry->second);
  for (Watched* const watched : affected) {
    if ((what & IN_IGNORED) != 0) {
      disarm(*watched);
      look_again_later(*watched);
    } else {
      look(*watched);
    }
  }
}

void SizeWatch::read_uevents() {
  for (int i = 0; i < kReadsPerTurn; ++i) {
    const UeventSocket::Next next = uevents_->next();
    switch (next.outcome) {
      case UeventSocket::Outcome::nothing: return;
      case UeventSocket::Outcome::lost: sweep(); break;
      case UeventSocket::Outcome::event: on_uevent(next.event); break;
    }
  }
}

void SizeWatch::on_uevent(const BlockUevent& event) {
  for (auto& [path, watched] : watched_) {
    if (watched.facts.is_device && watched.facts.device == event.device) {
      // A medium may have been changed for one of the same size.
      tell(watched);
      look(watched);
    }
  }
  // What appears may be what a path has been waiting for; udev makes links a little later.
  if (event.action != BlockUevent::Action::remove) {
    for (Watched* const watched : again_) look(*watched);
  }
}

void SizeWatch::keep_time() {
  const Instant now = io::monotonic_now();
  if (sweep_at_ && *sweep_at_ <= now) sweep();
  if (again_at_ && *again_at_ <= now) {
    again_at_.reset();
    std::vector<Watched*> due = std::move(again_);
    again_.clear();
    for (Watched* const watched : due) {
      watched->again = false;
      arm(*watched);
      look(*watched);
    }
  }
}

void SizeWatch::sweep() {
  for (auto& [path, watched] : watched_) {
    look(watched);
    if (watched.facts.hidden) tell(watched);
  }
  sweep_at_ = io::monotonic_now() + options_.sweep;
}

void SizeWatch::set_timer() {
  if (again_.empty()) {
    again_at_.reset();
  } else if (!again_at_) {
    const auto seconds = static_cast<double>(again_.size()) / static_cast<double>(options_.looks_a_second);
    const auto by_number = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    again_at_ = io::monotonic_now() + std::max(options_.again, by_number);
  }
  std::optional<Instant> next = sweep_at_;
  if (again_at_ && (!next || *again_at_ < *next)) next = again_at_;
  // At once: read() has something to name. Always the same past, so that it costs nothing more the second time.
  if (!told_.empty()) next = Instant();
  timer_.set(next);
}

}  // namespace aoekit::backend
