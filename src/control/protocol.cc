// The words for error codes.
#include "control/protocol.h"

namespace aoekit::control {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::not_found: return "not_found";
    case Code::exists: return "exists";
    case Code::in_use: return "in_use";
    case Code::invalid: return "invalid";
    case Code::failed: return "failed";
  }
  return "failed";
}

Code code_from(std::string_view name) {
  for (const Code code : kCodes) {
    if (code_name(code) == name) return code;
  }
  return Code::failed;
}

}  // namespace aoekit::control
