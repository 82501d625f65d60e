// A bounded queue of lines.
#include "frontend/fuse/err_log.h"

#include <fmt/core.h>

#include <algorithm>

namespace aoekit::fuse {

void ErrLog::push(std::string_view text) {
  if (lines_.size() == kLinesMax) {
    lines_.pop_front();
    ++dropped_;
  }
  std::string line(text.substr(0, kLineBytesMax));
  std::replace(line.begin(), line.end(), '\n', ' ');
  lines_.push_back(std::move(line) + "\n");
}

std::optional<std::string> ErrLog::pop() {
  if (dropped_ > 0) {
    std::string line = fmt::format("{} older lines were dropped\n", dropped_);
    dropped_ = 0;
    return line;
  }
  if (lines_.empty()) return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

}  // namespace aoekit::fuse
