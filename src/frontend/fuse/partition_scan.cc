// Which sectors libblkid looks at: the beginning (DOS, GPT and most others), the end (the second GPT), the chain of
// extended boot records, and the beginning of partitions that hold another system's label.
#include "frontend/fuse/partition_scan.h"

#include <blkid/blkid.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "lib/aoekit.h"

namespace aoekit::fuse {
namespace {

constexpr std::size_t kHeadBytes = 256 * 1024;
constexpr std::size_t kTailBytes = 64 * 1024;
constexpr std::size_t kLabelBytes = 16 * 1024;
constexpr unsigned kLinksMax = 256;

constexpr std::size_t kEntriesAt = 446;
constexpr std::size_t kEntryBytes = 16;
constexpr std::size_t kEntries = 4;

bool is_extended(std::uint8_t type) { return type == 0x05 || type == 0x0f || type == 0x85; }

// BSD, Solaris, Minix and UnixWare keep a table of their own in the partition.
bool has_label(std::uint8_t type) {
  constexpr std::uint8_t kTypes[] = {0xa5, 0xa6, 0xa9, 0x82, 0xbf, 0x81, 0x63};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

std::uint8_t byte_at(ByteView data, std::size_t at) { return static_cast<std::uint8_t>(data[at]); }

std::uint64_t little_endian_32(ByteView data, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | byte_at(data, at + i);
  return value;
}

struct ProbeDeleter {
  void operator()(blkid_struct_probe* probe) const { blkid_free_probe(probe); }
};

}  // namespace

Result<PartitionScan> PartitionScan::begin(std::uint64_t disk_bytes) {
  Fd copy(::memfd_create("aoefuse-partitions", MFD_CLOEXEC));
  if (!copy.valid()) return fail_errno(errno, "cannot make memory for a partition table");
  if (::ftruncate(copy.get(), static_cast<off_t>(disk_bytes)) != 0) {
    return fail_errno(errno, "cannot make memory for a partition table");
  }
  PartitionScan scan(std::move(copy), disk_bytes);
  // The head comes first, because it tells of more.
  if (disk_bytes > kHeadBytes) {
    const std::uint64_t tail = std::max<std::uint64_t>(kHeadBytes, disk_bytes - kTailBytes);
    scan.want(tail / AOE_SECTOR_BYTES * AOE_SECTOR_BYTES, kTailBytes);
  }
  scan.want(0, kHeadBytes);
  return scan;
}

void PartitionScan::want(std::uint64_t offset, std::size_t bytes) {
  if (offset >= disk_bytes_) return;
  const auto room = disk_bytes_ - offset;
  bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, room)) / AOE_SECTOR_BYTES * AOE_SECTOR_BYTES;
  if (bytes > 0) wanted_.push_back({offset, bytes});
}

Status PartitionScan::store(ByteView data) {
  const Area area = next();
  if (data.size() != area.bytes || area.bytes == 0) return fail("a piece of the wrong size");
  wanted_.pop_back();
  std::size_t written = 0;
  while (written < data.size()) {
    const ssize_t n = ::pwrite(copy_.get(), data.data() + written, data.size() - written,
                               static_cast<off_t>(area.offset + written));
    if (n < 0) return fail_errno(errno, "cannot keep a partition table in memory");
    written += static_cast<std::size_t>(n);
  }
  if (area.offset == 0 || area.bytes == AOE_SECTOR_BYTES) follow_boot_record(area, data.first(AOE_SECTOR_BYTES));
  return {};
}

void PartitionScan::follow_boot_record(const Area& area, ByteView sector) {
  if (byte_at(sector, 510) != 0x55 || byte_at(sector, 511) != 0xaa) return;
  for (std::size_t i = 0; i < kEntries; ++i) {
    const std::size_t at = kEntriesAt + i * kEntryBytes;
    const std::uint8_t type = byte_at(sector, at + 4);
    const std::uint64_t first = little_endian_32(sector, at + 8) * AOE_SECTOR_BYTES;
    if (is_extended(type)) {
      // In the first record relative to the disk, in the others relative to the chain's begin.
      if (links_++ >= kLinksMax) return;
      if (area.offset == 0) extended_byte_ = first;
      want(area.offset == 0 ? first : extended_byte_ + first, AOE_SECTOR_BYTES);
    } else if (area.offset == 0 && has_label(type)) {
      want(first, kLabelBytes);
    }
  }
}

Result<std::vector<Partition>> PartitionScan::read() const {
  const std::unique_ptr<blkid_struct_probe, ProbeDeleter> probe(blkid_new_probe());
  if (probe == nullptr) return fail("libblkid has no memory");
  if (blkid_probe_set_device(probe.get(), copy_.get(), 0, 0) != 0) return fail("libblkid cannot look at the table");
  blkid_probe_enable_superblocks(probe.get(), 0);
  blkid_probe_enable_partitions(probe.get(), 1);
  std::vector<Partition> partitions;
  const blkid_partlist list = blkid_probe_get_partitions(probe.get());
  if (list == nullptr) return partitions;
  const int count = blkid_partlist_numof_partitions(list);
  for (int i = 0; i < count; ++i) {
    const blkid_partition found = blkid_partlist_get_partition(list, i);
    const int number = blkid_partition_get_partno(found);
    const auto start = static_cast<std::uint64_t>(blkid_partition_get_start(found));
    const auto sectors = static_cast<std::uint64_t>(blkid_partition_get_size(found));
    const std::uint64_t disk_sectors = disk_bytes_ / AOE_SECTOR_BYTES;
    if (number < 1 || start >= disk_sectors || sectors == 0) continue;
    std::uint64_t bytes = std::min(sectors, disk_sectors - start) * AOE_SECTOR_BYTES;
    // The kernel shows two sectors of an extended partition, so that boot loaders fit and nothing else.
    if (blkid_partition_is_extended(found)) bytes = std::min<std::uint64_t>(bytes, 2 * AOE_SECTOR_BYTES);
    partitions.push_back({static_cast<unsigned>(number), start * AOE_SECTOR_BYTES, bytes});
  }
  return partitions;
}

}  // namespace aoekit::fuse
