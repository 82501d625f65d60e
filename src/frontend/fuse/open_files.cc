// Open files: disks, partitions and texts.
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fuse.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "frontend/fuse/file_system.h"

namespace aoekit::fuse {
namespace {

// Writes up to this size are copied out of the memory that they were received in; a larger one keeps it, unless it is
// the ring's.
constexpr std::size_t kCopyBytesMax = 64 * 1024;

bool is_data(NodeKind kind) { return kind == NodeKind::disk || kind == NodeKind::partition; }
bool for_writing(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

std::optional<ControlFile> control_file(NodeKind kind) {
  switch (kind) {
    case NodeKind::discover: return ControlFile::discover;
    case NodeKind::interfaces: return ControlFile::interfaces;
    case NodeKind::revalidate: return ControlFile::revalidate;
    case NodeKind::flush: return ControlFile::flush;
    default: return std::nullopt;
  }
}

}  // namespace

void FileSystem::open(fuse_req_t req, fuse_ino_t inode, fuse_file_info* file) {
  const auto node = to_node(inode);
  if (node && node->kind == NodeKind::sys_attribute) disks_.refresh();
  if (!node || !attributes(*node)) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  auto handle = std::make_unique<Handle>();
  handle->node = *node;
  if (is_data(node->kind)) return open_disk(req, std::move(handle), for_writing(file->flags));
  const bool is_control = control_file(node->kind).has_value();
  if (is_control != for_writing(file->flags) || (file->flags & O_ACCMODE) == O_RDWR) {
    fuse_reply_err(req, EACCES);
    return;
  }
  handle->text = text(*node);
  const unsigned stream = is_control || node->kind == NodeKind::err ? FOPEN_NONSEEKABLE | FOPEN_STREAM : 0;
  reply_open(req, std::move(handle), FOPEN_DIRECT_IO | stream);
}

void FileSystem::open_disk(fuse_req_t req, std::unique_ptr<Handle> handle, bool writing) {
  Disk* disk = disks_.at(handle->node.disk);
  int error = writing && options_.access == Access::read_only ? EROFS : 0;
  if (error == 0) error = disk->open_file();
  if (error != 0) {
    fuse_reply_err(req, error);
    return;
  }
  handle->disk = disk;
  // Without the page cache, requests go to the disk as they are, several at a time.
  reply_open(req, std::move(handle),
             options_.page_cache == PageCache::off ? FOPEN_DIRECT_IO | FOPEN_PARALLEL_DIRECT_WRITES : 0);
}

// The bytes of the answer themselves, because libfuse 3.14 has no name for parallel direct writes.
void FileSystem::reply_open(fuse_req_t req, std::unique_ptr<Handle> handle, unsigned flags) {
  fuse_open_out answer{};
  answer.fh = reinterpret_cast<std::uint64_t>(handle.get());
  answer.open_flags = flags;
  if (fuse_reply_buf(req, reinterpret_cast<const char*>(&answer), sizeof answer) == 0) {
    handle.release();
  } else if (handle->disk != nullptr) {
    handle->disk->close_file();  // interrupted: nobody will release it
  }
}

void FileSystem::read(fuse_req_t req, std::size_t bytes, off_t offset, Handle& handle, int flags) {
  if (handle.node.kind == NodeKind::err) return read_err(req, bytes, flags);
  const auto from = static_cast<std::uint64_t>(offset);
  if (handle.disk == nullptr) {
    const std::size_t first = std::min<std::size_t>(from, handle.text.size());
    fuse_reply_buf(req, handle.text.data() + first, std::min(bytes, handle.text.size() - first));
    return;
  }
  const auto place = extent(handle.node);
  const std::uint64_t room = place && from < place->bytes ? place->bytes - from : 0;
  if (room == 0 || bytes == 0) {
    fuse_reply_buf(req, nullptr, 0);
    return;
  }
  Reply& reply = replies_.take(req);
  reply.kind = DiskRequestKind::read;
  reply.offset = place->first_byte + from;
  reply.bytes = std::min<std::uint64_t>(bytes, room);
  handle.disk->queue().start(reply);
}

void FileSystem::write(fuse_req_t req, const char* data, std::size_t bytes, off_t offset, Handle& handle) {
  if (const auto control = control_file(handle.node.kind)) return write_control(req, *control, {data, bytes});
  const auto from = static_cast<std::uint64_t>(offset);
  const auto place = extent(handle.node);
  if (!place || from >= place->bytes) {
    fuse_reply_err(req, ENOSPC);
    return;
  }
  bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, place->bytes - from));
  auto* bytes_at = reinterpret_cast<std::uint8_t*>(const_cast<char*>(data));
  Buffer buffer;
  if (bytes <= kCopyBytesMax) buffer = buffers_.take(bytes);
  if (!buffer) buffer = std::move(receive_);
  if (!buffer.holds(bytes_at)) bytes_at = static_cast<std::uint8_t*>(std::memcpy(buffer.data(), data, bytes));
  handle.wrote = true;
  Reply& reply = replies_.take(req);
  reply.kind = DiskRequestKind::write;
  reply.offset = place->first_byte + from;
  reply.bytes = bytes;
  reply.buffer = std::move(buffer);
  reply.data = bytes_at;
  handle.disk->queue().start(reply);
}

void FileSystem::fsync(fuse_req_t req, Handle& handle) {
  if (handle.disk == nullptr) {
    fuse_reply_err(req, 0);
    return;
  }
  Reply& reply = replies_.take(req);
  reply.kind = DiskRequestKind::flush;
  reply.offset = reply.bytes = 0;
  handle.disk->queue().start(reply);
}

void FileSystem::fallocate(fuse_req_t req, int mode, off_t offset, off_t length, Handle& handle) {
  const auto place = extent(handle.node);
  if (handle.disk == nullptr || !place || offset < 0 || length <= 0) {
    fuse_reply_err(req, handle.disk == nullptr ? EOPNOTSUPP : EINVAL);
    return;
  }
  const auto first = static_cast<std::uint64_t>(offset);
  auto bytes = static_cast<std::uint64_t>(length);
  if (first >= place->bytes || bytes > place->bytes - first) {
    if ((mode & FALLOC_FL_KEEP_SIZE) == 0) {
      fuse_reply_err(req, ENOSPC);
      return;
    }
    bytes = first >= place->bytes ? 0 : place->bytes - first;
  }
  const int what = mode & ~FALLOC_FL_KEEP_SIZE;
  if (what == 0 || bytes == 0) {
    fuse_reply_err(req, 0);  // the space is there already
  } else if (what == FALLOC_FL_PUNCH_HOLE && !handle.disk->queue().trim_makes_zeros()) {
    fuse_reply_err(req, EOPNOTSUPP);  // before anything is changed
  } else if (what == FALLOC_FL_PUNCH_HOLE || what == FALLOC_FL_ZERO_RANGE) {
    const auto kind = what == FALLOC_FL_PUNCH_HOLE ? DiskRequestKind::punch : DiskRequestKind::zero;
    zero_parts(req, kind, place->first_byte + first, bytes, handle);
  } else {
    fuse_reply_err(req, EOPNOTSUPP);
  }
}

// Whole sectors, and the pieces of sectors before and behind them as writes of zeros.
void FileSystem::zero_parts(fuse_req_t req, DiskRequestKind kind, std::uint64_t first, std::uint64_t bytes,
                            Handle& handle) {
  constexpr std::uint64_t kSector = AOE_SECTOR_BYTES;
  const std::uint64_t end = first + bytes;
  const std::uint64_t middle = std::min(end, (first + kSector - 1) / kSector * kSector);
  const std::uint64_t tail = std::max(middle, end / kSector * kSector);
  struct Part {
    DiskRequestKind kind;
    std::uint64_t first, end;
  };
  const Part parts[] = {{DiskRequestKind::write, first, middle},
                        {kind, middle, tail},
                        {DiskRequestKind::write, tail, end}};
  handle.wrote = true;
  Reply& whole = replies_.take(req);
  whole.kind = kind;
  std::vector<Reply*> replies;
  for (const Part& part : parts) {
    if (part.first == part.end) continue;
    Reply& reply = replies_.take(nullptr);
    reply.whole = &whole;
    reply.kind = part.kind;
    reply.offset = part.first;
    reply.bytes = part.end - part.first;
    if (part.kind == DiskRequestKind::write) {
      reply.buffer = buffers_.take(kSector);
      reply.data = reply.buffer.data();
      if (reply.buffer) std::memset(reply.data, 0, kSector);
    }
    replies.push_back(&reply);
  }
  whole.parts_left = static_cast<unsigned>(replies.size());
  for (Reply* reply : replies) {
    if (reply->kind == DiskRequestKind::write && !reply->buffer) {
      reply->done(*reply, ENOMEM);
    } else {
      handle.disk->queue().start(*reply);
    }
  }
}

// On each close(2): it returns when the partitions of a disk that was written to are known again.
void FileSystem::flush(fuse_req_t req, Handle& handle) {
  if (handle.disk == nullptr || !handle.wrote || handle.node.kind != NodeKind::disk) {
    fuse_reply_err(req, 0);
    return;
  }
  handle.wrote = false;
  handle.disk->scan_partitions();
  waiting_.push_back({req, handle.disk, 0, {}});
  fuse_req_interrupt_func(req, on_waiting_interrupted, this);
  serve_waiting();
}

void FileSystem::release(fuse_req_t req, Handle* handle) {
  const std::unique_ptr<Handle> owned(handle);
  if (owned->disk != nullptr) owned->disk->close_file();
  fuse_reply_err(req, 0);
}

}  // namespace aoekit::fuse
