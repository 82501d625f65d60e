// A program that the test starts, waits for and kills: the disk, and the target in its network namespace.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/time.h"

namespace aoekit::power {

struct ChildOptions {
  std::vector<std::string> command;    // program, arguments
  std::string network_namespace = {};  // of `ip netns`; empty: ours
};

// One thread. Killed when it goes out of scope; dies with the thread that started it.
class Child {
 public:
  static Result<Child> start(const ChildOptions& options);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  // Waits until it prints a line (stdout or stderr) that contains `text`; an Error with what it said when it ends or
  // `patience` is over.
  Status wait_for_line(const std::string& text, Duration patience);
  void signal(int number) const;
  // Waits for its end: its exit status, or 128 + signal. An Error when it is still there after `patience`.
  Result<int> wait(Duration patience);
  // What it has printed and nobody has looked at.
  std::string output();

 private:
  Child(pid_t pid, Fd output) : pid_(pid), output_(std::move(output)) {}
  void end();

  pid_t pid_ = -1;
  Fd output_;
  std::string unread_;
};

}  // namespace aoekit::power
