// Prints the broken assertion and aborts, so that a core dump shows where.
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace aoekit {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "aoekit: internal error: check '%s' failed at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace aoekit
