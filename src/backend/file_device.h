// Exports of regular files and block devices: one factory, two engines with the same behaviour.
//
// Buffered reads and writes that need not wait for a disk are done at once by submit(), with either engine.
// io_uring: other reads, writes and flushes go to the kernel as one batch. What io_uring does not do (trim), or not as
// a whole (a short transfer, a retry, direct I/O that is not aligned), is left to two worker threads.
// threads: every other operation is done by a pool of worker threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "backend/access.h"
#include "block/block_device.h"

namespace aoekit::backend {

enum class Caching : std::uint8_t { buffered, direct };  // through the page cache, or O_DIRECT
enum class Sync : std::uint8_t { on_flush, every_write };  // every_write: O_DSYNC, no write waits in a cache
enum class Engine : std::uint8_t { automatic, io_uring, threads };
// Whether the device is kept from other users (export_lock.h): `required` refuses what is locked, mounted or held,
// `if_possible` (an administrator's --force) takes the lock where it can be had.
enum class Claim : std::uint8_t { required, if_possible };

struct FileDeviceOptions {
  std::string path = {};
  Access access = Access::read_write;
  Caching caching = Caching::buffered;
  Sync sync = Sync::on_flush;
  Claim claim = Claim::required;
  Sectors first_sector = {};           // the export begins here
  std::optional<Sectors> length = {};  // and has this size; without it, all that follows, and it grows and shrinks
  std::size_t queue_depth = 128;       // max_in_flight(), at least 1
  std::size_t threads = 8;             // of the threads engine, at least 1
  Engine engine = Engine::automatic;
};

// The device belongs to the thread that opens it and does not survive fork(). Its destructor waits for operations in
// flight, since the kernel uses their memory until then.
//
// With direct I/O, sectors that do not fill the blocks which the medium insists on (4096 bytes at most places that
// refuse 512) are read and written in whole blocks; neighbours in such a block are kept, one such operation at a time.
// A trim of a block device forgets only whole logical blocks.
//
// Errors name the path and the remedy: it is missing, a directory, empty, claimed by another, the window does not fit.
// Engine::automatic falls back to threads where the kernel lacks or forbids io_uring, and logs why.
Result<std::unique_ptr<block::BlockDevice>> open_file_device(const FileDeviceOptions& options);

}  // namespace aoekit::backend
