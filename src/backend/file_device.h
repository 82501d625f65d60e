// What an export of a regular file or block device is made of; file_engine.h opens it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backend/access.h"
#include "base/units.h"

namespace aoekit::backend {

// What goes through the page cache: all; reads, and writes of parts of blocks, while whole blocks are written straight to
// the medium (O_DIRECT), where that can be done; nothing. Of writes that are synced soon the page cache only makes a
// second copy, and a sync that has little left to write.
enum class Caching : std::uint8_t { buffered, reads, direct };
enum class Sync : std::uint8_t { on_flush, every_write };  // every_write: O_DSYNC, no write waits in a cache
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
};

}  // namespace aoekit::backend
