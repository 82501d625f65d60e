// The table of operations, and what concerns all of them.
#include "frontend/fuse/file_system.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "frontend/fuse/background.h"
#include "frontend/fuse/ring_offer.h"

namespace aoekit::fuse {
namespace {

constexpr std::size_t kRepliesReady = 512;
constexpr int kStarvingMs = 5;
constexpr int kInterruptedMs = 200;

FileSystem& self(fuse_req_t req) { return *static_cast<FileSystem*>(fuse_req_userdata(req)); }

}  // namespace

// libfuse's functions, each the method of the same name.
struct Operations {
  static FileSystem::Handle& handle(const fuse_file_info* file) {
    return *reinterpret_cast<FileSystem::Handle*>(file->fh);
  }

  static void init(void* user, fuse_conn_info* connection) {
    // Not more at a time than there is memory for, with some left for those that wait themselves.
    const std::size_t buffers = static_cast<FileSystem*>(user)->buffers_.options().large_count;
    connection->max_write = FileSystem::kRequestBytesMax;
    connection->max_background = static_cast<unsigned>(buffers * 2 / 3);
    connection->congestion_threshold = static_cast<unsigned>(buffers / 2);
    // Never the write-back cache: it would answer writes that the disk does not have. O_TRUNC is to arrive as a change of
    // the size, because disks have the size they have.
    connection->want &= ~static_cast<unsigned>(FUSE_CAP_WRITEBACK_CACHE | FUSE_CAP_ATOMIC_O_TRUNC |
                                               FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ);
    connection->want |= connection->capable & (FUSE_CAP_ASYNC_DIO | FUSE_CAP_ASYNC_READ);
  }
  static void lookup(fuse_req_t req, fuse_ino_t parent, const char* name) { self(req).lookup(req, parent, name); }
  static void getattr(fuse_req_t req, fuse_ino_t inode, fuse_file_info*) { self(req).getattr(req, inode); }
  static void setattr(fuse_req_t req, fuse_ino_t inode, struct stat* wanted, int what, fuse_file_info* file) {
    self(req).setattr(req, inode, *wanted, what, file != nullptr);
  }
  static void opendir(fuse_req_t req, fuse_ino_t inode, fuse_file_info* file) { self(req).opendir(req, inode, file); }
  static void readdir(fuse_req_t req, fuse_ino_t, std::size_t bytes, off_t offset, fuse_file_info* file) {
    self(req).readdir(req, bytes, offset, handle(file));
  }
  static void open(fuse_req_t req, fuse_ino_t inode, fuse_file_info* file) { self(req).open(req, inode, file); }
  static void read(fuse_req_t req, fuse_ino_t, std::size_t bytes, off_t offset, fuse_file_info* file) {
    self(req).read(req, bytes, offset, handle(file), file->flags);
  }
  static void write(fuse_req_t req, fuse_ino_t, const char* data, std::size_t bytes, off_t offset,
                    fuse_file_info* file) {
    self(req).write(req, data, bytes, offset, handle(file));
  }
  static void fsync(fuse_req_t req, fuse_ino_t, int, fuse_file_info* file) { self(req).fsync(req, handle(file)); }
  static void fallocate(fuse_req_t req, fuse_ino_t, int mode, off_t offset, off_t length, fuse_file_info* file) {
    self(req).fallocate(req, mode, offset, length, handle(file));
  }
  static void flush(fuse_req_t req, fuse_ino_t, fuse_file_info* file) { self(req).flush(req, handle(file)); }
  static void release(fuse_req_t req, fuse_ino_t, fuse_file_info* file) { self(req).release(req, &handle(file)); }
  static void statfs(fuse_req_t req, fuse_ino_t) {
    struct statvfs answer {};
    // Loop devices take it for the granularity of discards.
    answer.f_bsize = answer.f_frsize = 4096;
    answer.f_namemax = 255;
    fuse_reply_statfs(req, &answer);
  }
};

const fuse_lowlevel_ops& FileSystem::operations() {
  static const fuse_lowlevel_ops table = [] {
    fuse_lowlevel_ops ops{};
    ops.init = Operations::init;
    ops.lookup = Operations::lookup;
    ops.getattr = Operations::getattr;
    ops.setattr = Operations::setattr;
    ops.opendir = Operations::opendir;
    ops.readdir = Operations::readdir;
    ops.releasedir = Operations::release;
    ops.open = Operations::open;
    ops.read = Operations::read;
    ops.write = Operations::write;
    ops.fsync = Operations::fsync;
    ops.fallocate = Operations::fallocate;
    ops.flush = Operations::flush;
    ops.release = Operations::release;
    // No poll: the kernel would ask us before each request of a program that uses io_uring. As with the driver's files,
    // everything is always ready, and reading `err` waits.
    ops.statfs = Operations::statfs;
    return ops;
  }();
  return table;
}

FileSystem::FileSystem(const FileSystemOptions& options, Clients& clients, BufferPool& buffers, Mailbox& mailbox)
    : options_(options),
      clients_(clients),
      buffers_(buffers),
      mailbox_(mailbox),
      context_{&clients, &buffers, &mailbox, options.access},
      disks_(context_, options.filter,
             [this](const Disk& disk) {
               // Attributes only: to drop pages as well could wait for a request that this thread has to answer.
               const std::uint64_t inode = to_inode({.kind = NodeKind::disk, .disk = disk.index()});
               if (session_ != nullptr) fuse_lowlevel_notify_inval_inode(session_, inode, -1, 0);
             }),
      replies_(kRepliesReady) {
  ::clock_gettime(CLOCK_REALTIME, &started_);
}

Status FileSystem::attach(fuse_session* session) {
  session_ = session;
  fuse_custom_io io{};
  io.writev = [](int fd, iovec* parts, int count, void* user) {
    return static_cast<FileSystem*>(user)->write_answer(fd, {parts, static_cast<std::size_t>(count)});
  };
  io.read = [](int fd, void* memory, std::size_t bytes, void*) { return ::read(fd, memory, bytes); };
  if (const int error = fuse_session_custom_io(session, &io, fuse_session_fd(session)); error != 0) {
    return fail_errno(-error, "libfuse does not take its functions");
  }
  return {};
}

void FileSystem::take(std::span<std::uint8_t> request) {
  if (options_.ring_bytes_max > 0 && ring_ == nullptr && offers_ring(request)) {
    auto ring = RequestRing::create(kRequestBytesMax, options_.ring_bytes_max);
    if (ring) {
      ring_ = std::move(*ring);
    } else {
      announce(LogLevel::info, fmt::format("requests come by /dev/fuse: {}", ring.error().message));
    }
  }
  fuse_buf buffer{};
  buffer.mem = request.data();
  buffer.size = request.size();
  buffer.fd = -1;
  fuse_session_process_buf(session_, &buffer);
}

ssize_t FileSystem::write_answer(int fd, std::span<const iovec> parts) {
  // Whatever is answered first is FUSE_INIT.
  if (ring_ == nullptr || ring_->started()) return replies_.write(fd, parts);
  const iovec& body = parts.back();
  const bool accepted = accept_ring({static_cast<std::uint8_t*>(body.iov_base), body.iov_len}, ring_->limits());
  const ssize_t written = replies_.write(fd, parts);
  if (accepted && written >= 0) {
    use_ring(fd);
  } else {
    ring_.reset();
  }
  return written;
}

void FileSystem::use_ring(int fuse_fd) {
  const Status started = ring_->start(fuse_fd);
  replies_.use(ring_.get());
  if (started) {
    announce(LogLevel::info, "requests come by io_uring");
  } else {
    announce(LogLevel::warning, fmt::format("requests come by /dev/fuse: {}", started.error().message));
  }
}

void FileSystem::leave_ring() {
  replies_.use(nullptr);
  ring_.reset();
}

int FileSystem::on_tick(Instant now) {
  const bool interrupted = replies_.answer_interrupted(now);
  if (disks_.starving()) disks_.after_wakeup();
  const bool closing = ring_ != nullptr && let_closers_go(now);
  replies_.send_answers();
  if (disks_.starving() || !receive_buffer()) return kStarvingMs;
  return interrupted || closing ? kInterruptedMs : -1;
}

Buffer& FileSystem::receive_buffer() {
  if (!receive_) receive_ = buffers_.take(buffers_.options().large_bytes);
  return receive_;
}

std::vector<std::string> FileSystem::on_mail() {
  Mailbox::Contents mail = mailbox_.take();
  if (mail.disks_changed) disks_.refresh();
  for (DiskRequest* request = mail.requests; request != nullptr;) {
    DiskRequest* next = request->next;
    request->resume(*request);
    request = next;
  }
  disks_.after_wakeup();
  clients_.tidy([this](const aoe_client* client) { return disks_.uses(client); });
  if (mail.lines_lost > 0) mail.lines.push_back(fmt::format("{} messages more", mail.lines_lost));
  for (const std::string& line : mail.lines) say(line);
  serve_waiting();
  return std::move(mail.lines);
}

void FileSystem::say(std::string_view line) {
  err_log_.push(line);
  serve_waiting();
}

}  // namespace aoekit::fuse
