// The driver's control files, and those who wait: readers of `err`, and closers of a disk whose partitions are looked for.
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "frontend/fuse/file_system.h"

namespace aoekit::fuse {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

constexpr std::string_view name_of(ControlFile file) {
  switch (file) {
    case ControlFile::discover: return "discover";
    case ControlFile::interfaces: return "interfaces";
    case ControlFile::revalidate: return "revalidate";
    case ControlFile::flush: return "flush";
  }
  return "";
}

}  // namespace

void FileSystem::write_control(fuse_req_t req, ControlFile file, std::string_view text) {
  const auto command = parse_control(file, text);
  int error = EINVAL;
  if (command) {
    error = carry_out(*command);
    if (error != 0) say(fmt::format("{}: {}", name_of(file), aoe_error()));
  } else {
    say(fmt::format("{}: {}", name_of(file), command.error().message));
  }
  if (error != 0) {
    fuse_reply_err(req, error);
  } else {
    fuse_reply_write(req, text.size());
  }
}

// Returns 0 or a (positive) errno.
int FileSystem::carry_out(const ControlCommand& command) {
  const auto discover = [&](std::uint16_t shelf, std::uint8_t slot) {
    return -std::min(0, aoe_client_discover(client_, shelf, slot, 0));
  };
  const int error = std::visit(
      Overloaded{
          [&](const DiscoverAll&) { return discover(AOE_ANY_SHELF, AOE_ANY_SLOT); },
          [&](const UseInterfaces& use) {
            const int set = aoe_client_set_interfaces(client_, use.names.c_str());
            if (set < 0) return -set;
            interfaces_ = use.names;
            return discover(AOE_ANY_SHELF, AOE_ANY_SLOT);
          },
          [&](const Revalidate& revalidate) {
            Disk* disk = disks_.find(revalidate.address);
            if (disk == nullptr) return EINVAL;  // as the driver
            disk->scan_partitions();
            return discover(revalidate.address.shelf, revalidate.address.slot);
          },
          [&](const ForgetMany& forget) {
            return -std::min(0, aoe_client_forget(client_, AOE_ANY_SHELF, AOE_ANY_SLOT,
                                                  forget.which == Forget::unused ? 1 : 0));
          },
          [&](const ForgetOne& forget) {
            const Disk* disk = disks_.find(forget.address);
            if (disk == nullptr) return EINVAL;
            if (disk->open_files() > 0) return EBUSY;
            const int forgotten = aoe_client_forget(client_, forget.address.shelf, forget.address.slot, 1);
            return forgotten > 0 ? 0 : EBUSY;
          },
      },
      command);
  disks_.refresh();
  return error;
}

void FileSystem::read_err(fuse_req_t req, std::size_t bytes, int flags) {
  if (err_log_.empty() && (flags & O_NONBLOCK) != 0) {
    fuse_reply_err(req, EAGAIN);
    return;
  }
  waiting_.push_back({req, nullptr, bytes});
  fuse_req_interrupt_func(req, on_waiting_interrupted, this);
  serve_waiting();
}

void FileSystem::poll_err(fuse_req_t req, fuse_pollhandle* poll) {
  if (poll != nullptr) {
    if (poll_ != nullptr) fuse_pollhandle_destroy(poll_);
    poll_ = poll;
  }
  fuse_reply_poll(req, err_log_.empty() ? 0 : POLLIN);
}

void FileSystem::serve_waiting() {
  const auto served = [&](const Waiting& waiting) {
    if (waiting.disk != nullptr) {
      if (waiting.disk->scanning()) return false;
      fuse_reply_err(waiting.req, 0);
      return true;
    }
    const auto line = err_log_.pop();
    if (!line) return false;
    fuse_reply_buf(waiting.req, line->data(), std::min(waiting.bytes, line->size()));
    return true;
  };
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), served), waiting_.end());
  if (poll_ == nullptr || err_log_.empty()) return;
  fuse_lowlevel_notify_poll(poll_);
  fuse_pollhandle_destroy(poll_);
  poll_ = nullptr;
}

void FileSystem::on_waiting_interrupted(fuse_req_t req, void* data) {
  auto& self = *static_cast<FileSystem*>(data);
  const auto found = std::find_if(self.waiting_.begin(), self.waiting_.end(),
                                  [&](const Waiting& waiting) { return waiting.req == req; });
  if (found == self.waiting_.end()) return;
  self.waiting_.erase(found);
  fuse_reply_err(req, EINTR);
}

}  // namespace aoekit::fuse
