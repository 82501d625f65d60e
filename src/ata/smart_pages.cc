// The pages behind SMART: attributes, thresholds and logs.
#include <algorithm>
#include <array>
#include <chrono>

#include "ata/checksum.h"
#include "ata/smart.h"
#include "base/check.h"
#include "base/cursor.h"

namespace aoekit::ata {
namespace {

constexpr std::uint16_t kPageRevision = 0x0010;
constexpr std::size_t kAttributesMax = 30;
constexpr std::size_t kAttributeBytes = 12;
constexpr std::uint64_t kRawMax = (std::uint64_t{1} << 48) - 1;

// Attribute flags.
constexpr std::uint16_t kPredictsFailure = 0x0001;
constexpr std::uint16_t kOnline = 0x0002;  // kept up to date all the time
constexpr std::uint16_t kErrorRate = 0x0008;
constexpr std::uint16_t kEventCount = 0x0010;

constexpr std::uint8_t kBestValue = 100;

struct Attribute {
  std::uint8_t id;
  std::uint16_t flags;
  std::uint8_t threshold;  // failing when the value is not above it; 0 never is
  std::uint64_t (*raw)(const DiskHealth& health);
};

// Only what an export counts: it knows nothing of reallocated sectors or temperatures, and claims nothing. A disk that
// failed ten reads or writes, or a single flush, is called failing. Names of 210-212, in the range without a meaning
// of its own: requests, refused requests, failed flushes.
constexpr std::array<Attribute, 9> kAttributes{{
    {1, kPredictsFailure | kOnline | kErrorRate, 90, [](const DiskHealth& h) { return h.read_errors; }},
    {9, kOnline | kEventCount, 0, nullptr},
    {187, kOnline | kEventCount, 0, [](const DiskHealth& h) { return h.read_errors; }},
    {200, kPredictsFailure | kOnline | kErrorRate, 90, [](const DiskHealth& h) { return h.write_errors; }},
    {210, kOnline | kEventCount, 0, [](const DiskHealth& h) { return h.requests; }},
    {211, kOnline | kEventCount, 0, [](const DiskHealth& h) { return h.requests_aborted; }},
    {212, kPredictsFailure | kOnline | kEventCount, 99, [](const DiskHealth& h) { return h.flush_errors; }},
    {241, kOnline | kEventCount, 0, [](const DiskHealth& h) { return h.sectors_written; }},
    {242, kOnline | kEventCount, 0, [](const DiskHealth& h) { return h.sectors_read; }},
}};
static_assert(kAttributes.size() <= kAttributesMax);

// 100 down to 1: a point lost for each event, where events mean trouble.
std::uint8_t value_of(const Attribute& attribute, const DiskHealth& health) {
  if ((attribute.flags & kPredictsFailure) == 0) return kBestValue;
  return static_cast<std::uint8_t>(kBestValue - std::min<std::uint64_t>(attribute.raw(health), kBestValue - 1));
}

std::uint64_t hours_open(const DiskHealth& health, Instant now) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(now - health.opened_at).count();
  return hours > 0 ? static_cast<std::uint64_t>(hours) : 0;
}

void put_version_log(MutableBytes page, std::uint8_t version) {
  AOEKIT_CHECK(page.size() == kSmartPageBytes);
  std::fill(page.begin(), page.end(), std::uint8_t{0});
  page[0] = version;
}

}  // namespace

void build_smart_data(const Disk& disk, Instant now, MutableBytes page) {
  AOEKIT_CHECK(page.size() == kSmartPageBytes);
  ByteWriter writer(page);
  writer.u16_le(kPageRevision);
  for (const Attribute& attribute : kAttributes) {
    const std::uint64_t raw =
        attribute.raw == nullptr ? hours_open(disk.health, now) : attribute.raw(disk.health);
    const std::uint8_t value = value_of(attribute, disk.health);
    writer.u8(attribute.id);
    writer.u16_le(attribute.flags);
    writer.u8(value);
    writer.u8(value);  // worst: the counters never go down
    writer.u48_le(std::min(raw, kRawMax));
    writer.u8(0);
  }
  // All of the capability bytes from 362 on are 0 and true: no off-line collection, no self-tests, no error logging,
  // nothing saved over a restart.
  writer.zeros(writer.remaining());
  seal(page);
}

void build_smart_thresholds(MutableBytes page) {
  AOEKIT_CHECK(page.size() == kSmartPageBytes);
  ByteWriter writer(page);
  writer.u16_le(kPageRevision);
  for (const Attribute& attribute : kAttributes) {
    writer.u8(attribute.id);
    writer.u8(attribute.threshold);
    writer.zeros(kAttributeBytes - 2);
  }
  writer.zeros(writer.remaining());
  seal(page);
}

void build_smart_log_directory(MutableBytes page) {
  // Sixteen bits a log address, the number of its sectors; the first word is the version. This page has no checksum.
  put_version_log(page, 1);
  for (const std::size_t log : {1U, 2U, 6U}) page[2 * log] = 1;
}

void build_smart_error_log(const DiskHealth& health, MutableBytes page) {
  constexpr std::size_t kErrorCountAt = 452;
  put_version_log(page, 1);
  const std::uint64_t errors = health.read_errors + health.write_errors + health.flush_errors;
  ByteWriter(page.subspan(kErrorCountAt)).u16_le(static_cast<std::uint16_t>(std::min<std::uint64_t>(errors, 0xffff)));
  seal(page);
}

void build_smart_self_test_log(MutableBytes page) {
  put_version_log(page, 1);
  seal(page);
}

bool is_failing(const DiskHealth& health) {
  return std::any_of(kAttributes.begin(), kAttributes.end(), [&](const Attribute& attribute) {
    return attribute.threshold != 0 && value_of(attribute, health) <= attribute.threshold;
  });
}

}  // namespace aoekit::ata
