// Opens a file or block device for export.
#include "backend/opened_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "backend/export_lock.h"
#include "backend/file_identity.h"
#include "backend/probe.h"

namespace aoekit::backend {
namespace {

// Of the usual file systems, of pages, and of the disks that have larger ones than 512 bytes.
constexpr std::uint32_t kBlockBytes = 4096;

int open_flags(const FileDeviceOptions& options) {
  int flags = O_CLOEXEC | (options.access == Access::read_only ? O_RDONLY : O_RDWR);
  if (options.caching == Caching::direct) flags |= O_DIRECT;
  if (options.sync == Sync::every_write) flags |= O_DSYNC;
  return flags;
}

tl::unexpected<Error> explain_open(int error, const FileDeviceOptions& options) {
  const std::string& path = options.path;
  if (error == EBUSY) {
    return fail_errno(error, "{} is in use, exported already, mounted or held by another layer: free it, or force it",
                      path);
  }
  if (error == EMFILE) {
    rlimit limit{};
    const bool known = getrlimit(RLIMIT_NOFILE, &limit) == 0;
    return fail_errno(error, "cannot open {}: this process may have {} descriptors open and has them all; raise the "
                      "limit (LimitNOFILE= of the unit, or ulimit -n)", path, known ? limit.rlim_cur : 0);
  }
  if (error == ENFILE) {
    return fail_errno(error, "cannot open {}: the system has all descriptors open that it may; raise fs.file-max", path);
  }
  if (error == EINVAL && options.caching == Caching::direct) {
    return fail_errno(error, "{} does not take direct I/O: leave out the option for it", path);
  }
  const bool refused = error == EACCES || error == EPERM || error == EROFS;
  if (refused && options.access == Access::read_write) {
    return fail_errno(error, "cannot open {} for writing: get the permission, or export it read-only", path);
  }
  return fail_errno(error, "cannot open {}", path);
}

// A FIFO must not even be opened: that would wait for its other end.
Result<Medium> medium_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return fail_errno(errno, "cannot open {}", path);
  if (S_ISREG(status.st_mode)) return Medium::regular_file;
  if (S_ISBLK(status.st_mode)) return Medium::block_device;
  if (S_ISDIR(status.st_mode)) return fail("{} is a directory: name a file or a block device", path);
  return fail("{} is neither a file nor a block device: only those can be exported", path);
}

Result<Fd> open_and_claim(const FileDeviceOptions& options, Medium medium, Patience patience) {
  // Readers of a device share it, so only a writer asks the kernel to keep all others out.
  const bool alone = medium == Medium::block_device && options.access == Access::read_write;
  Fd fd;
  if (alone && options.claim == Claim::required) {
    Result<Fd> opened = open_exclusively(options.path, open_flags(options), patience);
    if (!opened) return explain_open(opened.error().os_error, options);
    fd = std::move(*opened);
  } else {
    fd.reset(open(options.path.c_str(), open_flags(options)));
    if (!fd.valid()) return explain_open(errno, options);
  }
  const bool required = options.claim == Claim::required;
  const Status locked =
      lock_for_export(fd.get(), options.path, options.access, required ? patience : Patience::none);
  if (!locked && required) return tl::unexpected(locked.error());
  return fd;
}

Result<std::uint64_t> medium_bytes(const OpenedFile& file) {
  std::uint64_t bytes = 0;
  if (file.medium == Medium::block_device) {
    if (ioctl(file.fd.get(), BLKGETSIZE64, &bytes) != 0) return fail_errno(errno, "{} is gone", file.options.path);
    if (bytes == 0) return fail_errno(ENXIO, "{} is gone, or has no medium in it", file.options.path);
    return bytes;
  }
  struct stat status {};
  if (fstat(file.fd.get(), &status) != 0) {
    // ESTALE: a file server has lost it. EIO: the file system itself is broken.
    return fail_errno(errno == ESTALE || errno == EIO ? ENODEV : errno, "{} is gone", file.options.path);
  }
  return static_cast<std::uint64_t>(status.st_size);
}

// A second descriptor of the same file, where writes past the page cache are worth it: not where there is nothing else.
// Blocks of the file system are whole pages at least, and what is less makes the kernel read before it writes. Where the
// process runs short of descriptors the other disks need them more: only the lower half is for this.
void prepare_direct_writes(OpenedFile& file) {
  if (file.options.access == Access::read_only || lives_in_memory(file.fd.get())) return;
  const std::string same = fmt::format("/proc/self/fd/{}", file.fd.get());
  Fd direct(open(same.c_str(), open_flags(file.options) | O_DIRECT));
  rlimit limit{};
  const bool known = getrlimit(RLIMIT_NOFILE, &limit) == 0;
  if (!direct.valid() || (known && static_cast<rlim_t>(direct.get()) >= limit.rlim_cur / 2)) return;
  const Result<Alignment> alignment = probe_direct_alignment(direct.get(), file.options.path);
  if (!alignment) return;
  file.whole_blocks = {.offset = std::max(alignment->offset, kBlockBytes), .memory = alignment->memory};
  file.direct_fd = std::move(direct);
}

// Learns what direct I/O demands. A last block that is not whole could only be written by making the file longer.
Status prepare_direct(OpenedFile& file) {
  const Result<Alignment> direct = probe_direct_alignment(file.fd.get(), file.options.path);
  if (!direct) return tl::unexpected(direct.error());
  const Result<std::uint64_t> bytes = medium_bytes(file);
  if (!bytes) return tl::unexpected(bytes.error());
  if (*bytes % direct->offset >= kSectorBytes) {
    return fail("direct I/O on {} goes by blocks of {} bytes and its size of {} bytes is not a multiple: leave out the "
                "option for direct I/O, or make the file longer",
                file.options.path, direct->offset, *bytes);
  }
  file.direct = *direct;
  return {};
}

void describe(OpenedFile& file, Sectors window) {
  const int raw = file.fd.get();
  const FileDeviceOptions& options = file.options;
  if (file.medium == Medium::block_device) file.logical_block = probe_logical_block_bytes(raw);
  const std::uint32_t physical = probe_physical_sector_bytes(raw, file.medium);
  const bool writable = options.access == Access::read_write;
  const bool can_trim = writable && probe_trim(raw, file.medium);
  file.info = {.size = window,
               // A window that begins within a physical sector has no alignment worth telling.
               .physical_sector_bytes = options.first_sector.bytes() % physical == 0 ? physical : kSectorBytes,
               .read_only = !writable,
               .rotational = probe_rotational(raw, file.medium),
               .can_trim = can_trim,
               // A hole reads as zeros; a discard promises nothing.
               .trim_reads_zero = can_trim && file.medium == Medium::regular_file,
               .volatile_cache = writable && options.sync == Sync::on_flush,
               // Through the page cache a stable write is a write and a flush of everything.
               .fua = options.caching == Caching::direct && probe_fua(raw, file.medium)};
}

Result<OpenedFile> open_patiently(const FileDeviceOptions& options, Patience patience) {
  const Result<Medium> medium = medium_of(options.path);
  if (!medium) return tl::unexpected(medium.error());
  Result<Fd> fd = open_and_claim(options, *medium, patience);
  if (!fd) return tl::unexpected(fd.error());
  OpenedFile file;
  file.fd = std::move(*fd);
  file.options = options;
  file.medium = *medium;
  if (options.caching == Caching::direct) {
    if (const Status ready = prepare_direct(file); !ready) return tl::unexpected(ready.error());
  }
  if (options.caching == Caching::reads) prepare_direct_writes(file);
  const Result<Sectors> size = medium_size(file);
  if (!size) return tl::unexpected(size.error());
  const Result<Sectors> window = window_in(options.path, *size, options.first_sector, options.length);
  if (!window) return tl::unexpected(window.error());
  file.medium_size = *size;
  file.identity = identity_of(file.fd.get(), file.medium);
  describe(file, *window);
  return file;
}

}  // namespace

Result<Sectors> medium_size(const OpenedFile& file) {
  const Result<std::uint64_t> bytes = medium_bytes(file);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::uint64_t unit = std::max(file.direct.offset, kSectorBytes);
  return Sectors{*bytes / unit * (unit / kSectorBytes)};
}

Result<Sectors> window_in(const std::string& path, Sectors size, Sectors first_sector, std::optional<Sectors> length) {
  if (size.count == 0) {
    return fail("{} is empty or less than a sector long: give it a size, e.g. with truncate -s 1G", path);
  }
  if (first_sector.count >= size.count) {
    return fail("offset {} is past the end of {} ({} sectors)", first_sector.count, path, size.count);
  }
  const Sectors rest{size.count - first_sector.count};
  if (!length) return rest;
  if (length->count == 0) return fail("a length of 0 sectors leaves nothing of {} to export", path);
  if (*length > rest) {
    return fail("length {} sectors from offset {} does not fit {} ({} sectors)", length->count, first_sector.count,
                path, size.count);
  }
  return *length;
}

Sectors window_left(Sectors size, Sectors first_sector, std::optional<Sectors> length) {
  if (first_sector >= size) return Sectors{0};
  const Sectors rest{size.count - first_sector.count};
  return length ? std::min(*length, rest) : rest;
}

Result<OpenedFile> open_file(const FileDeviceOptions& options) { return open_patiently(options, Patience::a_second); }

Result<OpenedFile> reopen_file(const OpenedFile& before) {
  const std::string& path = before.options.path;
  Result<OpenedFile> now = open_patiently(before.options, Patience::none);
  if (!now) return now;
  const bool nameless = now->identity.empty() && before.identity.empty();
  if (now->medium != before.medium || now->identity != before.identity ||
      (nameless && now->medium_size != before.medium_size)) {
    return fail("{} is another disk now ({}, {} sectors; it was {}, {} sectors): bring the old one back, or remove the "
                "export and add it again to serve the new one",
                path, now->identity, now->medium_size.count, before.identity, before.medium_size.count);
  }
  if (now->medium_size < before.medium_size) {
    return fail("{} came back with {} sectors and had {}: its clients would run past its end; remove the export and add "
                "it again if that is meant",
                path, now->medium_size.count, before.medium_size.count);
  }
  return now;
}

}  // namespace aoekit::backend
