// One operation on a disk and its outcome: the values that pass between the protocol cores and the backends.
#pragma once

#include <algorithm>
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
//
// What a write writes may be lent, so that nobody copies it where the disk takes it at once: then it lies in `lent`, until
// submit() returns, and a device that has not done the operation by then calls take_in() within submit().
struct BlockOp {
  std::uint64_t cookie = 0;
  OpKind kind = OpKind::read;
  Durability durability = Durability::cached;
  SectorRange range;
  MutableBytes data;
  ByteView lent = {};     // of a write: empty, or as long as `data`
  bool may_lend = false;  // of a read: see BlockCompletion::lent

  // What a write writes.
  ByteView source() const { return lent.empty() ? ByteView(data) : lent; }
};

// Copies what is lent to `data`.
inline void take_in(BlockOp& op) {
  if (op.lent.empty()) return;
  std::copy(op.lent.begin(), op.lent.end(), op.data.begin());
  op.lent = {};
}

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
  // Of a read that may_lend: if not empty, what was read lies here and not in the operation's `data`, until the device
  // is given an operation that changes these sectors, is opened anew or destroyed. For system calls only: of a file
  // that has become shorter meanwhile they say EFAULT, while a program that looks there itself is killed.
  ByteView lent = {};
};

}  // namespace aoekit::block
