// From the library's callbacks to the reader's loop, because within a callback the library must not be asked for much:
// requests that must go on there, lines for the log, and the wish to be looked at. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace aoekit::fuse {

struct DiskRequest;

class Mailbox {
 public:
  static Result<std::unique_ptr<Mailbox>> create();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  void post(DiskRequest& request);       // its resume() will be called by the reader
  void say(std::string_view line);       // for the log; at most kLinesKept until the reader looks
  void disks_changed();                  // the list of disks is to be read again
  void wake();                           // the reader looks at everything
  // Some request could not be started because too many are unfinished: the next one that ends wakes the reader.
  void want_retry() { retry_wanted_ = true; }
  void request_ended() {
    if (!retry_wanted_) return;
    retry_wanted_ = false;
    wake();
  }

  // The reader's.
  int fd() const { return event_.get(); }  // readable after wake() and the others
  struct Contents {
    DiskRequest* requests = nullptr;  // linked by `next`, oldest first
    std::vector<std::string> lines;
    std::size_t lines_lost = 0;
    bool disks_changed = false;
  };
  Contents take();

 private:
  static constexpr std::size_t kLinesKept = 64;
  explicit Mailbox(Fd event) : event_(std::move(event)) {}

  Fd event_;
  bool retry_wanted_ = false;
  DiskRequest* first_ = nullptr;
  DiskRequest* last_ = nullptr;
  std::vector<std::string> lines_;
  std::size_t lines_lost_ = 0;
  bool disks_changed_ = false;
};

}  // namespace aoekit::fuse
