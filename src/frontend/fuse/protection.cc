// PR_SET_IO_FLUSHER, oom_score_adj, mlockall and the C library's heap.
#include "frontend/fuse/protection.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/fd.h"

namespace aoekit::fuse {
namespace {

#ifndef PR_SET_IO_FLUSHER
constexpr int PR_SET_IO_FLUSHER = 57;  // Linux 5.6
#endif
constexpr std::size_t kHeapBytes = 4 * 1024 * 1024;
constexpr std::size_t kStackBytes = 256 * 1024;
constexpr std::size_t kPageBytes = 4096;

void touch(char* memory, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += kPageBytes) *static_cast<volatile char*>(memory + i) = 0;
}

// The heap keeps what it has, has enough from the start, and is one for all threads, so that small allocations find
// memory that is there.
void keep_heap() {
  ::mallopt(M_TRIM_THRESHOLD, -1);
  ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(2 * kHeapBytes));
  ::mallopt(M_TOP_PAD, static_cast<int>(kHeapBytes));
  const std::unique_ptr<char, decltype(&::free)> memory(static_cast<char*>(std::malloc(kHeapBytes)), &::free);
  if (memory != nullptr) touch(memory.get(), kHeapBytes);
}

// This thread's stack, as deep as it will ever be.
void keep_stack() {
  char deep[kStackBytes];
  touch(deep, sizeof deep);
}

}  // namespace

std::vector<std::string> protect_io_path() {
  ::mallopt(M_ARENA_MAX, 1);
  // Memory that this process asks for is then never made free by writing through this process.
  const bool flusher = ::prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) == 0;
  const Fd score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  const bool exempt = score.valid() && ::write(score.get(), "-1000", 5) == 5;
  if (flusher && exempt) return {};
  return {"less protected when memory is short, for want of CAP_SYS_RESOURCE"};
}

std::vector<std::string> lock_memory() {
  keep_heap();
  keep_stack();
  // What is there is loaded and stays; what comes later stays once it was used.
  if (::mlockall(MCL_CURRENT) != 0 || ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    return {fmt::format("less protected when memory is short: cannot lock memory ({})", std::strerror(errno))};
  }
  return {};
}

}  // namespace aoekit::fuse
