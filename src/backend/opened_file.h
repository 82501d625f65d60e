// A file or block device that is open for export, and what is known of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backend/file_device.h"
#include "base/fd.h"
#include "base/result.h"
#include "block/block_device.h"
#include "block/block_op.h"

namespace aoekit::backend {

enum class Medium : std::uint8_t { regular_file, block_device };

// What O_DIRECT demands of offsets, lengths and memory addresses, in bytes: powers of two. 1 without O_DIRECT.
struct Alignment {
  std::uint32_t offset = 1;
  std::uint32_t memory = 1;
};

// Constant after opening, but for the sizes.
struct OpenedFile {
  Fd fd;
  Fd direct_fd;                                // with O_DIRECT, for Caching::reads; not valid where that is not to be had
  FileDeviceOptions options;
  Medium medium = Medium::regular_file;
  Alignment direct;                            // what all operations must keep to: with Caching::direct
  Alignment whole_blocks;                      // what writes with direct_fd must keep to
  std::uint32_t logical_block = kSectorBytes;  // of a block device: what a discard must be aligned to
  Sectors medium_size;                         // of the whole
  std::string identity;                        // file_identity.h
  block::DeviceInfo info;

  std::uint64_t byte_offset(Lba lba) const { return (options.first_sector.count + lba.value) * kSectorBytes; }
  // Whether a read or write begins, ends and lies in memory as `alignment` demands.
  bool keeps_to(const Alignment& alignment, const block::BlockOp& op) const {
    return byte_offset(op.range.first) % alignment.offset == 0 && op.data.size() % alignment.offset == 0 &&
           reinterpret_cast<std::uintptr_t>(op.data.data()) % alignment.memory == 0;
  }
  bool goes_past_cache(const block::BlockOp& op) const {
    return direct_fd.valid() && op.kind == block::OpKind::write && keeps_to(whole_blocks, op);
  }
};

// Opens, claims, measures and probes; writes nothing. Any thread; blocks as long as open(2) does, and up to a second
// for a claim that another program has for a moment.
Result<OpenedFile> open_file(const FileDeviceOptions& options);

// Opens what lies at the path of a disk that is gone, if it is the same disk: what clients have cached of one disk and
// write back to another would ruin both. Same means: a file or a block device as before; the same identity, i.e. of a
// block device what its hardware or driver calls it, of a file its inode and time of birth, so that a file which was
// deleted and made anew is another one; and not smaller than before. A block device that nothing tells from others must
// have the size that it had. An Error says what is there instead. Does not wait for a claim.
Result<OpenedFile> reopen_file(const OpenedFile& before);

// The size of the whole medium now, cut to what `direct` can reach. The Error's os_error is one that
// block::status_from_errno() calls unavailable when the medium is gone.
Result<Sectors> medium_size(const OpenedFile& file);

// The part of a medium of `size` that a window leaves, or why it does not fit: for opening.
Result<Sectors> window_in(const std::string& path, Sectors size, Sectors first_sector, std::optional<Sectors> length);
// The same for a medium that has changed its size: a window that no longer fits is cut, at worst to nothing.
Sectors window_left(Sectors size, Sectors first_sector, std::optional<Sectors> length);

}  // namespace aoekit::backend
