// /dev/etherd as a file system: answers the kernel's requests from the table of disks.
//
// Threads: the reader's (reader.h).
#pragma once

#include <fuse3/fuse_lowlevel.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "frontend/fuse/clients.h"
#include "frontend/fuse/control.h"
#include "frontend/fuse/device_filter.h"
#include "frontend/fuse/disk_table.h"
#include "frontend/fuse/err_log.h"
#include "frontend/fuse/node.h"
#include "frontend/fuse/reply.h"

namespace aoekit::fuse {

enum class PageCache : std::uint8_t {
  off,  // reads and writes go to the disk
  on,   // what was read stays in the page cache; writes go to the disk all the same
};

struct FileSystemOptions {
  Access access = Access::read_write;
  PageCache page_cache = PageCache::off;
  DeviceFilter filter;
  uid_t owner = 0;
  gid_t group = 0;
  std::size_t ring_bytes_max = 0;  // memory for requests by io_uring, if the kernel can; 0: by /dev/fuse only
};

class FileSystem {
 public:
  // Largest write and read at a time.
  static constexpr std::size_t kRequestBytesMax = 256 * 1024;

  FileSystem(const FileSystemOptions& options, Clients& clients, BufferPool& buffers, Mailbox& mailbox);

  static const fuse_lowlevel_ops& operations();
  // After the session, whose user data this object is, has been mounted.
  [[nodiscard]] Status attach(fuse_session* session);

  // Memory of at least kRequestBytesMax and a page, to receive the next request in. A write may keep it. Empty while all
  // memory is in use: then nothing more is to be received.
  Buffer& receive_buffer();
  // Carries out a request. It lies in receive_buffer() or elsewhere, and a write REQUIRES that there is one.
  void take(std::span<std::uint8_t> request);
  // Where requests come from besides /dev/fuse; null: from nowhere. It comes and goes within take() and leave_ring().
  RequestRing* ring() { return ring_.get(); }
  // After the last request, before the session ends: the ring would hold /dev/fuse open.
  void leave_ring();
  // Around Clients::work(): the answers that it brings leave together.
  void begin_answers() { replies_.begin_answers(); }
  void send_answers() { replies_.send_answers(); }
  // After the mailbox woke the reader. `said` is what is to be logged.
  std::vector<std::string> on_mail();
  // Before each wait; returns after how many milliseconds at the latest to call it again, -1 for no limit.
  int on_tick(Instant now);
  // Also into the control file `err`.
  void say(std::string_view line);

  DiskTable& disks() { return disks_; }
  // After the last request: what was written is flushed and the disks are closed.
  Status drain() { return disks_.drain(); }

 private:
  struct Entry {
    std::string name;
    Node node;
  };
  // What an open file or directory is, from open to release.
  struct Handle {
    Node node;
    Disk* disk = nullptr;
    bool wrote = false;
    std::string text;            // of a text file, as it was when it was opened
    std::vector<Entry> entries;  // of a directory, likewise
  };
  struct Extent {
    std::uint64_t first_byte, bytes;
  };
  struct Waiting {
    fuse_req_t req;
    Disk* disk;  // null: for a line of `err`
    std::size_t bytes;
    std::optional<Instant> since;  // when it was first looked at
  };
  friend struct Operations;

  ssize_t write_answer(int fd, std::span<const iovec> parts);
  void use_ring(int fuse_fd);

  // directory.cc
  std::optional<Node> child(const Node& parent, std::string_view name);
  std::vector<Entry> children(const Node& directory);
  std::optional<struct stat> attributes(const Node& node);
  std::string text(const Node& node);
  std::optional<Extent> extent(const Node& node);
  void look_for(Address address);

  void lookup(fuse_req_t req, fuse_ino_t parent, const char* name);
  void getattr(fuse_req_t req, fuse_ino_t inode);
  void setattr(fuse_req_t req, fuse_ino_t inode, const struct stat& wanted, int what, bool through_file);
  void opendir(fuse_req_t req, fuse_ino_t inode, fuse_file_info* file);
  void readdir(fuse_req_t req, std::size_t bytes, off_t offset, const Handle& handle);

  // open_files.cc
  void open(fuse_req_t req, fuse_ino_t inode, fuse_file_info* file);
  void open_disk(fuse_req_t req, std::unique_ptr<Handle> handle, bool for_writing);
  void reply_open(fuse_req_t req, std::unique_ptr<Handle> handle, unsigned flags);
  void read(fuse_req_t req, std::size_t bytes, off_t offset, Handle& handle, int flags);
  void write(fuse_req_t req, const char* data, std::size_t bytes, off_t offset, Handle& handle);
  void fsync(fuse_req_t req, Handle& handle);
  void fallocate(fuse_req_t req, int mode, off_t offset, off_t length, Handle& handle);
  void zero_parts(fuse_req_t req, DiskRequestKind kind, std::uint64_t first, std::uint64_t bytes, Handle& handle);
  void flush(fuse_req_t req, Handle& handle);
  void release(fuse_req_t req, Handle* handle);

  // control_files.cc
  void write_control(fuse_req_t req, ControlFile file, std::string_view text);
  Status carry_out(const ControlCommand& command);
  Status discover(std::uint16_t shelf, std::uint8_t slot);
  void read_err(fuse_req_t req, std::size_t bytes, int flags);
  void serve_waiting();
  bool let_closers_go(Instant now);
  static void on_waiting_interrupted(fuse_req_t req, void* data);

  const FileSystemOptions options_;
  Clients& clients_;
  BufferPool& buffers_;
  Mailbox& mailbox_;
  const DiskContext context_;
  DiskTable disks_;
  std::unique_ptr<RequestRing> ring_;
  ReplyPool replies_;
  ErrLog err_log_;
  fuse_session* session_ = nullptr;
  Buffer receive_;
  std::vector<Waiting> waiting_;
  timespec started_{};
};

}  // namespace aoekit::fuse
