// A disk in memory: one anonymous mapping whose pages the kernel supplies, as zeros, when they are first written.
#include "backend/memory_device.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "backend/op_check.h"

namespace aoekit::backend {
namespace {

// Zeroes `area` and gives its whole pages back to the kernel.
void forget(MutableBytes area) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(area.data());
  const std::size_t head = std::min(area.size(), (page - address % page) % page);
  const std::size_t pages = (area.size() - head) / page * page;
  const MutableBytes whole = area.subspan(head, pages);
  if (pages > 0 && madvise(whole.data(), whole.size(), MADV_DONTNEED) != 0) {
    std::ranges::fill(whole, std::uint8_t{0});  // locked pages stay, but must read as zeros all the same
  }
  std::ranges::fill(area.first(head), std::uint8_t{0});
  std::ranges::fill(area.subspan(head + pages), std::uint8_t{0});
}

}  // namespace

Result<std::unique_ptr<MemoryDevice>> MemoryDevice::create(const MemoryDeviceOptions& options) {
  if (options.size.count == 0) return fail("a memory disk of 0 sectors is no disk: give it a size");
  if (options.size.count > std::numeric_limits<std::size_t>::max() / kSectorBytes) {
    return fail("a memory disk of {} sectors does not fit the address space: make it smaller", options.size.count);
  }
  const auto bytes = static_cast<std::size_t>(options.size.bytes());
  void* memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return fail_errno(errno, "no address space for a memory disk of {} sectors", options.size.count);
  }
  return std::unique_ptr<MemoryDevice>(
      new MemoryDevice(options, MutableBytes(static_cast<std::uint8_t*>(memory), bytes)));
}

MemoryDevice::MemoryDevice(const MemoryDeviceOptions& options, MutableBytes memory)
    : memory_(memory),
      info_{.size = options.size,
            .physical_sector_bytes = options.physical_sector_bytes,
            .read_only = options.access == Access::read_only,
            .can_trim = options.access == Access::read_write,
            .trim_reads_zero = options.access == Access::read_write},
      queue_depth_(options.queue_depth),
      done_(options.queue_depth) {}

MemoryDevice::~MemoryDevice() { AOEKIT_CHECK(munmap(memory_.data(), memory_.size()) == 0); }

void MemoryDevice::submit(std::span<const block::BlockOp> ops) {
  for (const block::BlockOp& op : ops) {
    check_op(op, info_);
    const MutableBytes area =
        memory_.subspan(static_cast<std::size_t>(op.range.first.byte_offset()),
                        static_cast<std::size_t>(op.range.count.bytes()));
    switch (op.kind) {
      case block::OpKind::read: std::ranges::copy(area, op.data.begin()); break;
      case block::OpKind::write: std::ranges::copy(op.source(), area.begin()); break;
      case block::OpKind::flush: break;
      case block::OpKind::trim: forget(area); break;
    }
    done_.push({.cookie = op.cookie});
  }
}

}  // namespace aoekit::backend
