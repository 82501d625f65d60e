// Exports of regular files and block devices: any number of disks on one io_uring, or on one pool of threads.
//
// Buffered reads and writes that need not wait for a disk are done at once by submit(), with either engine, and reads
// of files in memory are lent (lent_pages.h) where they may be.
// io_uring: other reads, writes and flushes go to the kernel as one batch. What io_uring does not do (trim), or not as
// a whole (a short transfer, a retry, direct I/O that is not aligned), is left to a few worker threads; with several
// disks also buffered writes to files, which the kernel does not keep apart.
// threads: every other operation is done by a pool of worker threads. Where there are several disks none of them may
// take more than a part of a pool, so that one that hangs does not hold up the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "backend/file_device.h"
#include "backend/opened_file.h"
#include "block/block_device.h"

namespace aoekit::backend {

class EngineState;

enum class Engine : std::uint8_t { automatic, io_uring, threads };

struct FileEngineOptions {
  std::size_t queue_depth = 128;  // operations that may be out at once, of all disks together; at least 1
  std::size_t threads = 8;        // of the threads engine, at least 1
  Engine engine = Engine::automatic;
};

// All calls to an engine and its disks come from the thread that created it, and it does not survive fork(). A disk
// costs a file descriptor and about half a kilobyte. The engine lives until it and its last disk are destroyed.
//
// The disks share max_in_flight(), which is the queue depth, completion_fd() and reap(), as block/block_device.h
// describes. A disk's destructor waits for its own operations in flight, since the kernel uses their memory until then,
// and for those of no other disk; completions that were not reaped by then can still be had from the others, and here.
//
// With direct I/O, sectors that do not fill the blocks which the medium insists on (4096 bytes at most places that
// refuse 512) are read and written in whole blocks; neighbours in such a block are kept, one such operation at a time.
// A trim of a block device forgets only whole logical blocks.
//
// reopen() brings back a disk that is gone when what lies at the path is the same disk (opened_file.h says what counts
// as that). Until then the disk's operations complete as `unavailable`. A file that was deleted or replaced is not
// gone: its clients' file systems live in the file that is open, so that one is served until the disk is closed, and a
// warning tells once.
class FileEngine {
 public:
  // Engine::automatic falls back to threads where the kernel lacks or forbids io_uring, and logs why.
  static Result<FileEngine> create(const FileEngineOptions& options = {});
  FileEngine(FileEngine&&) noexcept;
  FileEngine& operator=(FileEngine&&) noexcept;
  ~FileEngine();

  // Errors name the path and the remedy: it is missing, a directory, empty, claimed by another, the window does not
  // fit, the process has too many descriptors. Blocks as long as open(2) does, and up to a second for a claim.
  Result<std::unique_ptr<block::BlockDevice>> open(const FileDeviceOptions& options);
  // The second half of open(): for a file that another thread, which may block, opened with open_file().
  std::unique_ptr<block::BlockDevice> attach(OpenedFile file);

  // As of any disk.
  std::size_t reap(std::span<block::BlockCompletion> out);
  int completion_fd() const;
  const char* name() const;

 private:
  explicit FileEngine(std::shared_ptr<EngineState> state);
  std::shared_ptr<EngineState> state_;
};

// One disk on an engine of its own.
Result<std::unique_ptr<block::BlockDevice>> open_file_device(const FileDeviceOptions& options,
                                                             const FileEngineOptions& engine = {});

}  // namespace aoekit::backend
