// Result<T>: a value, or an Error whose message a person can act on.
#pragma once

#include <fmt/core.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace aoekit {

// One sentence that names the thing and the remedy. `os_error` is the errno behind it, 0 where there is none.
struct Error {
  std::string message;
  int os_error = 0;
};

// Data of type T, or why there is none. Errors cross module boundaries this way; exceptions do not.
template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// fail("cannot open {}", path): an Error without an errno.
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...), 0});
}

// fail_errno(errno, "cannot open {}", path): appends the errno's text and keeps the number.
[[nodiscard]] tl::unexpected<Error> fail_errno_text(int os_error, std::string message);
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail_errno(int os_error, fmt::format_string<Args...> format, Args&&... args) {
  return fail_errno_text(os_error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace aoekit
