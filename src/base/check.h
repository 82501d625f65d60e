// Assertions that stay on in release: for our own mistakes only, never for what a peer, a disk or the kernel does.
#pragma once

namespace aoekit {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace aoekit

#define AOEKIT_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::aoekit::check_failed(#expression, __FILE__, __LINE__))
