// One mapping a file, made when the file is seen to be whole.
#include "backend/lent_pages.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>

#include "backend/probe.h"
#include "base/check.h"

namespace aoekit::backend {
namespace {

// A file that has holes may have none later. To look costs as much as a read.
constexpr std::uint32_t kReadsBetweenLooks = 4096;
// Linux gives a process 65,530 mappings, and the rest of it needs some, too.
constexpr int kMappingsMax = 16384;
std::atomic<int> mappings = 0;

// What fstat() counts blocks in.
constexpr std::int64_t kStatBlockBytes = 512;

}  // namespace

LentPages::LentPages(const OpenedFile& file)
    : file_(file),
      is_ours_(file.medium == Medium::regular_file && file.options.caching != Caching::direct &&
               lives_in_memory(file.fd.get())) {
  look();
}

LentPages::~LentPages() {
  if (pages_.empty()) return;
  AOEKIT_CHECK(munmap(const_cast<std::uint8_t*>(pages_.data()), pages_.size()) == 0);
  --mappings;
}

bool LentPages::lends_again() {
  if (!is_ours_ || reads_until_look_-- > 0) return false;
  look();
  return lends_;
}

void LentPages::look() {
  reads_until_look_ = kReadsBetweenLooks;
  lends_ = false;
  struct stat status {};
  if (!is_ours_ || fstat(file_.fd.get(), &status) != 0) return;
  const bool is_whole = status.st_blocks * kStatBlockBytes >= status.st_size;
  if (!is_whole || status.st_size < static_cast<off_t>(pages_.size())) return;
  if (pages_.empty()) {
    if (mappings >= kMappingsMax) return;
    const auto bytes = static_cast<std::size_t>(status.st_size);
    void* const memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file_.fd.get(), 0);
    if (memory == MAP_FAILED) return;  // then it is read
    ++mappings;
    // Clients' data have no place in a core dump.
    madvise(memory, bytes, MADV_DONTDUMP);
    pages_ = {static_cast<const std::uint8_t*>(memory), bytes};
  }
  lends_ = true;
}

}  // namespace aoekit::backend
