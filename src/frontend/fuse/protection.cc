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

std::string sentence(const std::string& what, int error) {
  return fmt::format("cannot {} ({}): when memory is short, writing to disks may hang", what, std::strerror(error));
}

// The heap keeps what it has, and has enough from the start, so that small allocations do not ask the kernel.
void keep_heap() {
  ::mallopt(M_TRIM_THRESHOLD, -1);
  ::mallopt(M_TOP_PAD, static_cast<int>(kHeapBytes));
  const std::unique_ptr<char, decltype(&::free)> memory(static_cast<char*>(std::malloc(64 * 1024)), &::free);
  if (memory != nullptr) std::memset(memory.get(), 1, 64 * 1024);
}

}  // namespace

std::vector<std::string> protect_io_path() {
  std::string failed;
  int error = 0;
  // Memory that this process asks for is then never made free by writing through this process.
  if (::prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) != 0) {
    error = errno;
    failed = "become an I/O flusher";
  }
  const Fd score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (!score.valid() || ::write(score.get(), "-1000", 5) != 5) {
    error = errno;
    failed += failed.empty() ? "be exempt" : ", nor be exempt";
    failed += " from the out-of-memory killer";
  }
  if (failed.empty()) return {};
  return {sentence(failed + " without CAP_SYS_RESOURCE", error)};
}

std::vector<std::string> lock_memory() {
  keep_heap();
  // What is there is loaded and stays; what comes later stays once it was used.
  if (::mlockall(MCL_CURRENT) != 0 || ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    return {sentence("lock memory", errno)};
  }
  return {};
}

}  // namespace aoekit::fuse
