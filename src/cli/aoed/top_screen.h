// The terminal of `aoe top`, by ncurses. One at a time in a process; one thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "cli/aoed/top_view.h"

namespace aoekit::cli {

class TopScreen {
 public:
  // An Error when standard input or output is no terminal, or its type is not known.
  static Result<std::unique_ptr<TopScreen>> open();
  // Puts the terminal back as it was.
  ~TopScreen();
  TopScreen(const TopScreen&) = delete;
  TopScreen& operator=(const TopScreen&) = delete;

  std::size_t width() const;
  std::size_t height() const;
  void draw(const std::vector<TopLine>& lines);
  // What was typed, for top_key(); 0 for a new size of the window; nothing if nothing was. Never waits.
  std::optional<int> key();

 private:
  TopScreen() = default;
};

}  // namespace aoekit::cli
