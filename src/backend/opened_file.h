// A file or block device that is open for export, and what is known of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backend/file_device.h"
#include "base/fd.h"

namespace aoekit::backend {

enum class Medium : std::uint8_t { regular_file, block_device };

// What O_DIRECT demands of offsets, lengths and memory addresses, in bytes: powers of two. 1 without O_DIRECT.
struct Alignment {
  std::uint32_t offset = 1;
  std::uint32_t memory = 1;
};

// Constant after opening, but for `info.size`.
struct OpenedFile {
  Fd fd;
  std::string path;
  Medium medium = Medium::regular_file;
  Caching caching = Caching::buffered;
  Sync sync = Sync::on_flush;
  Sectors first_sector;
  std::optional<Sectors> length;
  Alignment direct;                             // where the flag is O_DIRECT
  std::uint32_t logical_block = kSectorBytes;  // of a block device: what a discard must be aligned to
  block::DeviceInfo info;

  std::uint64_t byte_offset(Lba lba) const { return (first_sector.count + lba.value) * kSectorBytes; }
};

// Opens, claims, measures and probes; writes nothing.
Result<OpenedFile> open_file(const FileDeviceOptions& options);

// The size of the whole medium now, cut to what `direct` can reach. ENXIO when a block device is gone.
Result<Sectors> medium_size(const OpenedFile& file);

// The part of a medium of `size` that a window leaves, or why it does not fit: for opening.
Result<Sectors> window_in(const std::string& path, Sectors size, Sectors first_sector, std::optional<Sectors> length);
// The same for a medium that has changed its size: a window that no longer fits is cut, at worst to nothing.
Sectors window_left(Sectors size, Sectors first_sector, std::optional<Sectors> length);

}  // namespace aoekit::backend
