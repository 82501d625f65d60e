// Opens the network, mounts, tells that it is ready, serves, and ends in order.
#include "frontend/fuse/aoefuse.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>

#include "frontend/fuse/background.h"
#include "frontend/fuse/clients.h"
#include "frontend/fuse/mount_point.h"
#include "frontend/fuse/protection.h"
#include "frontend/fuse/reader.h"
#include "lib/aoekit.h"

namespace aoekit::fuse {
namespace {

// Disks that answer soon are there when the directory is; the others come later.
constexpr int kFirstAnswersMs = 300;
constexpr int kFirstTries = 4;
// All that the kernel may have under way, and some processes' own.
constexpr std::uint32_t kRequestsMax = 1024;

struct SessionDeleter {
  void operator()(fuse_session* session) const { fuse_session_destroy(session); }
};
using Session = std::unique_ptr<fuse_session, SessionDeleter>;

Result<Fd> block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  // Shells have their background jobs ignore SIGINT, and an ignored signal is never seen.
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, SIG_DFL);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return fail_errno(errno, "cannot block signals");
  std::signal(SIGPIPE, SIG_IGN);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return fail_errno(errno, "cannot wait for signals");
  return fd;
}

// From here on a signal ends the process, whatever it waits for.
void let_signals_end_it() {
  sigset_t set;
  sigemptyset(&set);
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
}

Status check_fuse() {
  const Fd device(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  if (device.valid()) return {};
  if (errno == ENOENT || errno == ENXIO || errno == ENODEV) {
    return fail("there is no /dev/fuse: load the kernel's module with: modprobe fuse");
  }
  if (errno == EACCES || errno == EPERM) return fail("may not open /dev/fuse: run aoefuse as root");
  return fail_errno(errno, "cannot open /dev/fuse");
}

// A few per cent of the memory: what is taken for good for one purpose.
std::size_t share_of_memory() {
  constexpr std::size_t kShare = 32;
  const auto pages = static_cast<std::size_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / kShare;
}

BufferPool::Options buffers_for_this_machine() {
  constexpr std::size_t kLargeMin = 16;
  BufferPool::Options options;
  options.large_count = std::clamp(share_of_memory() / options.large_bytes, kLargeMin, options.large_count);
  options.small_count = options.large_count;
  return options;
}

gid_t disk_group() {
  const group* found = ::getgrnam("disk");
  return found != nullptr ? found->gr_gid : ::getegid();
}

Result<Session> mount(const Options& options, const std::string& directory, FileSystem& files) {
  const std::string names = fmt::format("fsname={},subtype=aoefuse,default_permissions,noatime,nosuid,nodev{}",
                                        options.source, ::geteuid() == 0 ? ",allow_other" : "");
  std::array<const char*, 3> words{"aoefuse", "-o", names.c_str()};
  fuse_args args = FUSE_ARGS_INIT(static_cast<int>(words.size()), const_cast<char**>(words.data()));
  Session session(
      fuse_session_new(&args, &FileSystem::operations(), sizeof(fuse_lowlevel_ops), &files));
  fuse_opt_free_args(&args);
  if (session == nullptr) return fail("libfuse does not take its options");
  if (fuse_session_mount(session.get(), directory.c_str()) != 0) {
    return fail("cannot mount on {}; the lines above say why", directory);
  }
  const int fd = fuse_session_fd(session.get());
  if (::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
    fuse_session_unmount(session.get());
    return fail_errno(errno, "cannot set up /dev/fuse");
  }
  if (Status attached = files.attach(session.get()); !attached) {
    fuse_session_unmount(session.get());
    return tl::unexpected(attached.error());
  }
  return session;
}

void warn(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) announce(LogLevel::warning, line);
}

Status tell_ready(std::optional<Background>& background, const std::string& directory) {
  if (background) return background->ready();
  ::sd_notifyf(0, "READY=1\nSTATUS=serving %s", directory.c_str());
  announce(LogLevel::info, fmt::format("serving {}", directory));
  return {};
}

Status serve(Session session, FileSystem& files, Clients& clients, Mailbox& mailbox, const Fd& signals,
             const std::string& directory, std::optional<Background>& background) {
  Reader reader(session.get(), files, clients, mailbox, signals, directory);
  const Status ready = tell_ready(background, directory);
  const Result<Reader::End> ended = ready ? reader.run() : Result<Reader::End>(tl::unexpected(ready.error()));
  ::sd_notify(0, "STOPPING=1");
  files.leave_ring();
  if (!reader.detached()) fuse_session_unmount(session.get());
  if (ended && *ended == Reader::End::gave_up) {
    // Closing the device fails what is still asked for; nothing more is waited for.
    announce(LogLevel::error, fmt::format("left {} while it was in use", directory));
    ::_exit(1);
  }
  let_signals_end_it();
  const Status drained = files.drain();
  if (!ended) return tl::unexpected(ended.error());
  return drained;
}

}  // namespace

Status run_aoefuse(const Options& options) {
  if (Status fuse = check_fuse(); !fuse) return fuse;
  const auto directory = prepare_mount_point(options.directory);
  if (!directory) return tl::unexpected(directory.error());
  std::optional<Background> background;
  if (options.lifetime == Lifetime::daemon) {
    auto begun = Background::begin();
    if (!begun) return tl::unexpected(begun.error());
    background.emplace(std::move(*begun));
  }
  const auto signals = block_signals();
  if (!signals) return tl::unexpected(signals.error());
  auto mailbox = Mailbox::create();
  if (!mailbox) return tl::unexpected(mailbox.error());
  warn(protect_io_path());
  const auto clients =
      Clients::start({.dead_seconds = options.dead_seconds, .requests = kRequestsMax}, options.interfaces, **mailbox);
  if (!clients) return tl::unexpected(clients.error());
  aoe_client* const client = (*clients)->current();
  for (int i = 0; i < kFirstTries && aoe_client_list(client, nullptr, 0) == 0; ++i) {
    aoe_client_discover(client, AOE_ANY_SHELF, AOE_ANY_SLOT, kFirstAnswersMs);
  }

  BufferPool buffers(buffers_for_this_machine());
  FileSystem files({.access = options.access,
                    .page_cache = options.page_cache,
                    .filter = options.filter,
                    .owner = ::geteuid(),
                    .group = disk_group(),
                    .ring_bytes_max = options.io_uring == IoUring::automatic ? share_of_memory() : 0},
                   **clients, buffers, **mailbox);
  files.disks().refresh();
  auto session = mount(options, *directory, files);
  if (!session) {
    static_cast<void>(files.drain());
    return tl::unexpected(session.error());
  }
  warn(lock_memory());
  return serve(std::move(*session), files, **clients, **mailbox, *signals, *directory, background);
}

}  // namespace aoekit::fuse
