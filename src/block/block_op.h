// One operation on a disk and its outcome: the values that pass between the protocol cores and the backends.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/units.h"

namespace aoekit::block {

enum class OpKind : std::uint8_t { read, write, flush, trim };

// When a write may complete: once the device has taken it, or once it survives a power cut (ATA's FUA).
enum class Durability : std::uint8_t { cached, stable };

// `data` is the memory to read into or write from: range.count.bytes() long for reads and writes, empty otherwise. It
// stays untouched by the submitter until the completion with the same `cookie`. `flush` covers every write whose
// completion was reaped before the flush was submitted; its range is empty. `trim` makes a range's content unneeded.
struct BlockOp {
  std::uint64_t cookie = 0;
  OpKind kind = OpKind::read;
  Durability durability = Durability::cached;
  SectorRange range;
  MutableBytes data;
};

// What became of an operation, in terms that map to ATA registers (ata/status.h) and back to errno.
enum class BlockStatus : std::uint8_t {
  ok,
  medium_error,  // the device could not read or write these sectors (EIO, EILSEQ, a short transfer)
  no_space,      // a sparse file's file system is full (ENOSPC, EDQUOT)
  read_only,     // the device or its file system refuses writes (EROFS, EPERM, EBADF)
  out_of_range,  // past the end of the device as it is now (a shrunk file)
  unavailable,   // the device is gone (ENODEV, ENXIO, ENOMEDIUM, ESTALE)
  unsupported,   // the device cannot do this operation (EOPNOTSUPP)
};

// The one place where errno becomes a BlockStatus; 0 is ok, unknown numbers are medium_error.
BlockStatus status_from_errno(int os_error);
const char* to_string(BlockStatus status);
const char* to_string(OpKind kind);

struct BlockCompletion {
  std::uint64_t cookie = 0;
  BlockStatus status = BlockStatus::ok;
};

}  // namespace aoekit::block
