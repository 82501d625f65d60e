// Facts of the machine and the disk as IDENTIFY data.
#include "daemon/disk_identity.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>

#include "base/version.h"
#include "io/clock.h"

namespace aoekit::daemon {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

std::uint16_t firmware_version() { return static_cast<std::uint16_t>(kVersionMajor << 8 | kVersionMinor); }

std::uint64_t random_seed(const wire::MacAddress& mac) {
  std::uint64_t seed = static_cast<std::uint64_t>(io::monotonic_now().time_since_epoch().count());
  seed ^= static_cast<std::uint64_t>(::getpid()) << 48;
  for (const std::uint8_t byte : mac.bytes) seed = (seed << 8 | seed >> 56) ^ byte;
  return seed;
}

ata::DiskIdentity identity_of(wire::AoeAddress address, const char* model, const block::DeviceInfo& info) {
  ata::DiskIdentity identity;
  identity.serial = fmt::format("{}.{}:{}", address.shelf, address.slot, host_name());
  identity.model = model;
  identity.firmware = kVersion;
  identity.physical_sector_bytes = info.physical_sector_bytes;
  identity.rotational = info.rotational;
  identity.can_trim = info.can_trim;
  identity.trim_reads_zero = info.trim_reads_zero;
  identity.read_only = info.read_only;
  identity.has_write_cache = info.volatile_cache;
  return identity;
}

}  // namespace aoekit::daemon
