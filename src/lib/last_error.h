// Why the last call of this thread failed, as aoe_error() tells it.
#pragma once

#include <cerrno>
#include <new>
#include <string>

#include "base/result.h"

namespace aoekit::lib {

// Remembers the sentence and returns the negative errno value: -EIO where the error has none.
int failed(const Error& error);
int failed(int os_error, std::string message);
const char* last_error();

// Runs `call`, which may allocate: no exception leaves the library.
template <class Call>
auto guarded(Call&& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return failed(ENOMEM, "out of memory");
  }
}

}  // namespace aoekit::lib
