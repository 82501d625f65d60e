// One sentence a thread.
#include "lib/last_error.h"

#include <utility>

namespace aoekit::lib {
namespace {

thread_local std::string sentence;

}  // namespace

int failed(int os_error, std::string message) {
  sentence = std::move(message);
  return -os_error;
}

int failed(const Error& error) { return failed(error.os_error != 0 ? error.os_error : EIO, error.message); }

const char* last_error() { return sentence.c_str(); }

}  // namespace aoekit::lib
