// The lines that reading the control file `err` gives, each once, as the Linux driver queues them.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace aoekit::fuse {

class ErrLog {
 public:
  static constexpr std::size_t kLinesMax = 100;  // the driver's
  static constexpr std::size_t kLineBytesMax = 1024;

  // Adds one line; of more than kLinesMax unread ones the oldest is dropped, and its successor says how many were.
  void push(std::string_view text);
  bool empty() const { return lines_.empty(); }
  // The oldest unread line, with its newline.
  std::optional<std::string> pop();

 private:
  std::deque<std::string> lines_;
  std::size_t dropped_ = 0;
};

}  // namespace aoekit::fuse
