// Building Error values from errno.
#include "base/result.h"

#include <system_error>

namespace aoekit {

tl::unexpected<Error> fail_errno_text(int os_error, std::string message) {
  message += ": " + std::generic_category().message(os_error);
  return tl::unexpected<Error>(Error{std::move(message), os_error});
}

}  // namespace aoekit
