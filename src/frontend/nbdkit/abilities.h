// What NBD clients are told of an AoE disk, and how their wishes become ATA commands. Facts in, decisions out.
#pragma once

#include <cstdint>
#include <string>

#include "lib/aoekit.h"

namespace aoekit::nbd {

// Forced unit access: not possible, by a flush after the write, or by the write itself.
enum class Fua : std::uint8_t { none, by_flush, native };

struct Abilities {
  bool trim = false;
  bool trim_zeroes = false;  // trimmed sectors are sure to read as zeros
  bool flush = false;        // a flush means something
  Fua fua = Fua::none;
  std::uint32_t preferred_block_bytes = 4096;
};

Abilities abilities_of(const aoe_disk_status& status);

// What a client may ask of a write of zeros.
struct ZeroOptions {
  bool may_trim = false;
  bool fua = false;
  bool fast = false;  // fail at once rather than write the zeros
};

struct ZeroPlan {
  bool refused = false;     // it would not be fast
  std::uint32_t flags = 0;  // for aoe_aio_zero()
  bool flush_after = false;
};

ZeroPlan plan_zero(const Abilities& abilities, const ZeroOptions& options);

// One line for people: model, size, serial number.
std::string describe(const aoe_disk_status& status);

}  // namespace aoekit::nbd
