// A list and an eventfd.
#include "frontend/fuse/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "frontend/fuse/disk_request.h"

namespace aoekit::fuse {

Result<std::unique_ptr<Mailbox>> Mailbox::create() {
  Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) return fail_errno(errno, "cannot make an eventfd");
  return std::unique_ptr<Mailbox>(new Mailbox(std::move(event)));
}

void Mailbox::post(DiskRequest& request) {
  request.next = nullptr;
  (first_ == nullptr ? first_ : last_->next) = &request;
  last_ = &request;
  wake();
}

void Mailbox::say(std::string_view line) {
  if (lines_.size() < kLinesKept) {
    lines_.emplace_back(line);
  } else {
    ++lines_lost_;
  }
  wake();
}

void Mailbox::disks_changed() {
  disks_changed_ = true;
  wake();
}

void Mailbox::wake() {
  const std::uint64_t one = 1;
  // It can only fail when it is readable already.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

Mailbox::Contents Mailbox::take() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_.get(), &count, sizeof count);
  Contents contents{first_, std::move(lines_), lines_lost_, disks_changed_};
  first_ = last_ = nullptr;
  lines_.clear();
  lines_lost_ = 0;
  disks_changed_ = false;
  return contents;
}

}  // namespace aoekit::fuse
