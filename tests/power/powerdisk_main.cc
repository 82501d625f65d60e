// powerdisk: mounts a directory with one file, "disk": a disk with a volatile write cache. SIGUSR1 cuts its power.
//
// Threads: libfuse's serve the file; one waits for the signal. The kernel passes fsync and fdatasync on as FSYNC, and
// what O_DSYNC, O_SYNC, RWF_DSYNC or RWF_SYNC ask of a write as the write's flags (and mostly an FSYNC behind it).
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <fuse.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#include "base/fd.h"
#include "tests/power/volatile_disk.h"

namespace aoekit::power {
namespace {

constexpr const char* kFileName = "/disk";

struct Options {
  std::string backing, directory;
  std::uint64_t seed = 1;
  bool direct_io = false, lying = false;
};

// What the callbacks of libfuse work on: its private data.
struct Mounted {
  int backing = -1;
  bool direct_io = false;
  VolatileDisk* disk = nullptr;
};

Mounted& mounted() { return *static_cast<Mounted*>(fuse_get_context()->private_data); }

void* on_init(fuse_conn_info*, fuse_config* config) {
  config->use_ino = 1;
  fmt::print("ready\n");
  std::fflush(stdout);
  return fuse_get_context()->private_data;
}

int on_getattr(const char* path, struct stat* status, fuse_file_info*) {
  *status = {};
  if (std::strcmp(path, "/") == 0) {
    status->st_mode = S_IFDIR | 0755;
    status->st_nlink = 2;
    status->st_ino = 1;
    return 0;
  }
  if (std::strcmp(path, kFileName) != 0) return -ENOENT;
  struct stat backing {};
  if (::fstat(mounted().backing, &backing) != 0) return -errno;
  status->st_mode = S_IFREG | 0600;
  status->st_nlink = 1;
  status->st_ino = 2;
  status->st_size = backing.st_size;
  status->st_blksize = static_cast<blksize_t>(VolatileDisk::kPageBytes);
  return 0;
}

int on_readdir(const char*, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags) {
  for (const char* name : {".", "..", kFileName + 1}) fill(buffer, name, nullptr, 0, fuse_fill_dir_flags{});
  return 0;
}

int on_open(const char* path, fuse_file_info* info) {
  if (std::strcmp(path, kFileName) != 0) return -ENOENT;
  info->direct_io = mounted().direct_io ? 1 : 0;
  return 0;
}

int on_read(const char*, char* out, std::size_t size, off_t offset, fuse_file_info*) {
  struct stat backing {};
  if (::fstat(mounted().backing, &backing) != 0) return -errno;
  if (offset >= backing.st_size) return 0;
  size = std::min(size, static_cast<std::size_t>(backing.st_size - offset));
  const int error =
      mounted().disk->read(static_cast<std::uint64_t>(offset), {reinterpret_cast<std::uint8_t*>(out), size});
  return error != 0 ? -error : static_cast<int>(size);
}

int on_write(const char*, const char* data, std::size_t size, off_t offset, fuse_file_info* info) {
  VolatileDisk& disk = *mounted().disk;
  const auto at = static_cast<std::uint64_t>(offset);
  int error = disk.write(at, {reinterpret_cast<const std::uint8_t*>(data), size});
  if (error == 0 && (info->flags & O_DSYNC) != 0) error = disk.sync_range(at, size);
  return error != 0 ? -error : static_cast<int>(size);
}

int on_fsync(const char*, int, fuse_file_info*) { return -mounted().disk->sync(); }

fuse_operations operations() {
  fuse_operations operations{};
  operations.init = on_init;
  operations.getattr = on_getattr;
  operations.readdir = on_readdir;
  operations.open = on_open;
  operations.read = on_read;
  operations.write = on_write;
  operations.fsync = on_fsync;
  return operations;
}

// Waits for the signal in a thread of its own; the process ends at once, as the power does.
void wait_for_the_end(const sigset_t& signals, VolatileDisk& disk) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  const PowerCut cut = disk.cut_power();
  fmt::print("power cut: of the unsynced pages {} kept, {} lost, {} torn; {} sectors destroyed\n", cut.pages_kept,
             cut.pages_lost, cut.pages_torn, cut.sectors_garbage);
  std::fflush(stdout);
  ::_exit(0);
}

int run(const char* program, const Options& options) {
  const Fd backing(::open(options.backing.c_str(), O_RDWR | O_CLOEXEC));
  if (!backing.valid()) {
    fmt::print(stderr, "powerdisk: cannot open {}: {}\n", options.backing, std::strerror(errno));
    return 1;
  }
  VolatileDisk disk(backing.get(), {.seed = options.seed,
                                    .honesty = options.lying ? Honesty::lying : Honesty::honest});
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread is made
  std::thread([&] { wait_for_the_end(signals, disk); }).detach();

  Mounted state{backing.get(), options.direct_io, &disk};
  std::string name = program, foreground = "-f", directory = options.directory;
  std::array<char*, 4> arguments{name.data(), foreground.data(), directory.data(), nullptr};
  const fuse_operations calls = operations();
  const int status = fuse_main(3, arguments.data(), &calls, &state);
  constexpr int kEndedBySignal = 8;  // SIGTERM, say: the machine was shut down, not cut off
  if (status != 0 && status != kEndedBySignal) return status;
  return disk.sync() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace aoekit::power

int main(int argc, char** argv) {
  aoekit::power::Options options;
  CLI::App app("Mounts DIRECTORY with a file \"disk\" over BACKING that forgets what was not synced at SIGUSR1");
  app.add_option("--seed", options.seed, "of what happens to unsynced pages");
  app.add_flag("--direct-io", options.direct_io, "without the kernel's page cache");
  app.add_flag("--lying", options.lying, "acknowledge syncs without doing them");
  app.add_option("backing", options.backing)->required();
  app.add_option("directory", options.directory)->required();
  CLI11_PARSE(app, argc, argv);
  return aoekit::power::run(argv[0], options);
}
