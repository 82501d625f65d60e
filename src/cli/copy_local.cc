// A file or block device as an end of a copy. Everything is done within start().
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <vector>

#include "backend/in_use.h"
#include "base/fd.h"
#include "cli/copy_endpoint.h"
#include "cli/text.h"

namespace aoekit::cli {
namespace {

constexpr mode_t kNewFileMode = 0666;  // less the umask
constexpr std::size_t kZerosBytes = 1024 * 1024;

struct OpenedLocal {
  Fd fd;
  struct stat facts {};
  std::uint64_t size = 0;

  bool is_device() const { return S_ISBLK(facts.st_mode); }
};

Result<OpenedLocal> open_and_examine(const std::string& path, int flags) {
  OpenedLocal opened;
  const char* purpose = (flags & O_ACCMODE) == O_RDONLY ? "reading" : "writing";
  opened.fd.reset(::open(path.c_str(), flags | O_CLOEXEC, kNewFileMode));
  if (!opened.fd.valid()) return fail_errno(errno, "cannot open '{}' for {}", path, purpose);
  if (::fstat(opened.fd.get(), &opened.facts) != 0) return fail_errno(errno, "cannot examine '{}'", path);
  if (!S_ISREG(opened.facts.st_mode) && !S_ISBLK(opened.facts.st_mode)) {
    return fail("'{}' is neither a file nor a block device (for pipes there are aoe read and aoe write)", path);
  }
  const off_t end = ::lseek(opened.fd.get(), 0, SEEK_END);
  if (end < 0) return fail_errno(errno, "cannot learn the size of '{}'", path);
  opened.size = static_cast<std::uint64_t>(end);
  return opened;
}

class LocalEndpoint final : public CopyEndpoint {
 public:
  enum class Side : std::uint8_t { source, destination };

  LocalEndpoint(std::string name, OpenedLocal opened, Side side) : name_(std::move(name)), opened_(std::move(opened)) {
    const struct stat& facts = opened_.facts;
    if (opened_.is_device()) {
      identity_ = fmt::format("block device {}", facts.st_rdev);
    } else {
      identity_ = fmt::format("file {}:{}", facts.st_dev, facts.st_ino);
      // A destination changes with every write.
      if (side == Side::source) identity_ += fmt::format(" of {}.{:09}", facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
    }
    // Only advice.
    static_cast<void>(::posix_fadvise(opened_.fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL));
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return opened_.size; }
  bool is_file() const override { return !opened_.is_device(); }
  std::string identity() const override { return identity_; }

  Status start(const CopyStep& step) override {
    Status status;
    switch (step.op) {
      case CopyOp::read: status = read(step.offset, step.memory.first(step.bytes)); break;
      case CopyOp::write: status = write(step.offset, step.memory.first(step.bytes)); break;
      case CopyOp::zero: status = zero(step.offset, step.bytes); break;
      case CopyOp::flush:
        if (::fdatasync(opened_.fd.get()) != 0) status = fail_errno(errno, "cannot complete '{}'", name_);
        break;
    }
    finished_.push_back({step.token, status ? std::nullopt : std::optional(status.error())});
    return {};
  }
  std::optional<FinishedOp> finished() override {
    if (finished_.empty()) return std::nullopt;
    FinishedOp op = std::move(finished_.front());
    finished_.pop_front();
    return op;
  }
  int fd() const override { return -1; }

  std::uint64_t hole_end(std::uint64_t offset) override {
    if (opened_.is_device()) return offset;
    const off_t data = ::lseek(opened_.fd.get(), static_cast<off_t>(offset), SEEK_DATA);
    if (data >= 0) return static_cast<std::uint64_t>(data);
    // ENXIO: nothing but a hole until the end. Anything else: the file system cannot tell.
    return errno == ENXIO ? opened_.size : offset;
  }
  bool is_fresh() const override { return fresh_; }
  void set_fresh() { fresh_ = true; }
  void forget_cached() override {
    static_cast<void>(::posix_fadvise(opened_.fd.get(), 0, 0, POSIX_FADV_DONTNEED));
  }
  std::uint64_t frames_sent_again() const override { return 0; }

  Status set_size(std::uint64_t bytes) {
    if (::ftruncate(opened_.fd.get(), static_cast<off_t>(bytes)) != 0) {
      return fail_errno(errno, "cannot make '{}' {} bytes long", name_, bytes);
    }
    opened_.size = bytes;
    return {};
  }

 private:
  Status read(std::uint64_t offset, MutableBytes memory) {
    while (!memory.empty()) {
      const ssize_t got = ::pread(opened_.fd.get(), memory.data(), memory.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno(errno, "cannot read '{}' at byte {}", name_, offset);
      if (got == 0) return fail("'{}' has become shorter: it ends at byte {}", name_, offset);
      memory = memory.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
    return {};
  }
  Status write(std::uint64_t offset, ByteView memory) {
    while (!memory.empty()) {
      const ssize_t put = ::pwrite(opened_.fd.get(), memory.data(), memory.size(), static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return fail_errno(errno, "cannot write '{}' at byte {}", name_, offset);
      memory = memory.subspan(static_cast<std::size_t>(put));
      offset += static_cast<std::uint64_t>(put);
    }
    return {};
  }
  // A hole in files, and in devices what the kernel knows to read as zeros; where there is neither, zeros.
  Status zero(std::uint64_t offset, std::uint64_t bytes) {
    if (fresh_) return {};
    constexpr int kHole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (::fallocate(opened_.fd.get(), kHole, static_cast<off_t>(offset), static_cast<off_t>(bytes)) == 0) return {};
    static const std::vector<std::uint8_t> zeros(kZerosBytes);
    for (std::uint64_t done = 0; done < bytes; done += kZerosBytes) {
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(bytes - done, kZerosBytes));
      if (Status status = write(offset + done, ByteView(zeros).first(piece)); !status) return status;
    }
    return {};
  }

  std::string name_;
  OpenedLocal opened_;
  std::string identity_;
  bool fresh_ = false;
  std::deque<FinishedOp> finished_;
};

Result<std::unique_ptr<CopyEndpoint>> open_new_file(const LocalDestination& options, int flags) {
  auto opened = open_and_examine(options.path, O_RDWR | O_CREAT | flags);
  if (!opened) return tl::unexpected(opened.error());
  auto endpoint = std::make_unique<LocalEndpoint>(options.path, std::move(*opened), LocalEndpoint::Side::destination);
  if (const Status sized = endpoint->set_size(options.bytes); !sized) return tl::unexpected(sized.error());
  endpoint->set_fresh();
  return endpoint;
}

Result<std::unique_ptr<CopyEndpoint>> open_old_file(const LocalDestination& options, std::uint64_t size) {
  if (options.overwrite == Overwrite::refuse && size > 0) {
    return fail("'{}' exists and holds {}: --force overwrites it, --resume goes on with it", options.path,
                human_size(size));
  }
  if (options.overwrite != Overwrite::resume) return open_new_file(options, O_TRUNC);
  auto opened = open_and_examine(options.path, O_RDWR);
  if (!opened) return tl::unexpected(opened.error());
  if (opened->size != options.bytes) {
    return fail("'{}' is {} bytes long, not {}: it is not what an earlier copy of this source left behind",
                options.path, opened->size, options.bytes);
  }
  return std::make_unique<LocalEndpoint>(options.path, std::move(*opened), LocalEndpoint::Side::destination);
}

}  // namespace

Result<std::unique_ptr<CopyEndpoint>> open_local_source(const std::string& path) {
  auto opened = open_and_examine(path, O_RDONLY);
  if (!opened) return tl::unexpected(opened.error());
  return std::make_unique<LocalEndpoint>(path, std::move(*opened), LocalEndpoint::Side::source);
}

Result<std::unique_ptr<CopyEndpoint>> open_local_destination(const LocalDestination& options) {
  struct stat facts {};
  if (::stat(options.path.c_str(), &facts) != 0) {
    if (errno != ENOENT) return fail_errno(errno, "cannot examine '{}'", options.path);
    if (options.overwrite == Overwrite::resume) {
      return fail("there is nothing to resume: '{}' does not exist", options.path);
    }
    return open_new_file(options, O_EXCL);
  }
  if (S_ISDIR(facts.st_mode)) return fail("'{}' is a directory; name a file", options.path);
  if (const Status free = backend::refuse_what_is_in_use(options.path); !free) return tl::unexpected(free.error());
  if (S_ISREG(facts.st_mode)) return open_old_file(options, static_cast<std::uint64_t>(facts.st_size));
  // The kernel lets nobody mount it meanwhile.
  auto opened = open_and_examine(options.path, S_ISBLK(facts.st_mode) ? O_RDWR | O_EXCL : O_RDWR);
  if (!opened) return tl::unexpected(opened.error());
  return std::make_unique<LocalEndpoint>(options.path, std::move(*opened), LocalEndpoint::Side::destination);
}

}  // namespace aoekit::cli
