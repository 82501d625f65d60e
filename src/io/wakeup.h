// An eventfd used as a lamp: lit or not, readable for epoll while it is lit.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace aoekit::io {

// Any thread may call anything; the order of light() and put_out() is the callers' affair (a mutex).
class Wakeup {
 public:
  static Result<Wakeup> create();

  int fd() const { return fd_.get(); }
  void light() const;
  void put_out() const;  // fine when it is not lit

 private:
  explicit Wakeup(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace aoekit::io
