// What is wrong with a configuration: each mistake with its place and its remedy, all of them in one run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace aoekit::config {

enum class Severity : std::uint8_t {
  error,    // the configuration cannot be used
  warning,  // it can, but is probably not what was meant
};

struct Problem {
  Severity severity = Severity::error;
  Place place = {};
  std::string message = {};  // what is wrong, naming the thing
  std::string remedy = {};   // what to do about it
  // "aoed.toml:12: MESSAGE; REMEDY", with "warning: " before the message of a warning; no place where there is none.
  std::string to_string() const;
};
using Problems = std::vector<Problem>;

bool has_errors(const Problems& problems);
// Ready to print: a line each, in the order of files and lines; "" without problems.
std::string to_text(Problems problems);
// "2 errors, 1 warning", "no errors"
std::string summary(const Problems& problems);
// The errors (not the warnings) as one message, for answers that have room for one. REQUIRES has_errors(problems).
Error as_error(const Problems& problems);

// What was read, unless it has errors. Problems may be there in both cases: then they are warnings.
template <class T>
struct Checked {
  std::optional<T> value = {};
  Problems problems = {};
};

}  // namespace aoekit::config
