// glibc's own calls; other C libraries have no such habits.
#include "daemon/heap.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace aoekit::daemon {

void map_big_blocks() {
#ifdef __GLIBC__
  constexpr int kBigBytes = 128 << 10;  // as it is at first
  mallopt(M_MMAP_THRESHOLD, kBigBytes);
#endif
}

void return_unused_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace aoekit::daemon
