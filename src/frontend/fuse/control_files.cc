// The driver's control files, and those who wait: readers of `err`, and closers of a disk whose partitions are looked for.
#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "frontend/fuse/file_system.h"

namespace aoekit::fuse {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

constexpr Duration kCloserPatience = std::chrono::seconds(2);

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
  const Status done = command ? carry_out(*command) : Status(tl::unexpected(command.error()));
  if (done) {
    fuse_reply_write(req, text.size());
    return;
  }
  say(fmt::format("{}: {}", name_of(file), done.error().message));
  // As the driver: what it does not understand is invalid.
  fuse_reply_err(req, done.error().os_error != 0 ? done.error().os_error : EINVAL);
}

Status FileSystem::discover(std::uint16_t shelf, std::uint8_t slot) {
  const int error = aoe_client_discover(clients_.current(), shelf, slot, 0);
  if (error < 0) return tl::unexpected(Error{aoe_error(), -error});
  return {};
}

Status FileSystem::carry_out(const ControlCommand& command) {
  const auto forget = [&](std::uint16_t shelf, std::uint8_t slot, int up_too) -> Result<int> {
    const int count = aoe_client_forget(clients_.current(), shelf, slot, up_too);
    if (count < 0) return tl::unexpected(Error{aoe_error(), -count});
    return count;
  };
  const auto not_known = [](Address address) { return fail("there is no disk {}", address.name()); };
  const Status done = std::visit(
      Overloaded{
          [&](const DiscoverAll&) { return discover(AOE_ANY_SHELF, AOE_ANY_SLOT); },
          // A new client asks by itself.
          [&](const UseInterfaces& use) { return clients_.use(use.names); },
          [&](const Revalidate& revalidate) -> Status {
            Disk* disk = disks_.find(revalidate.address);
            if (disk == nullptr) return not_known(revalidate.address);
            disk->scan_partitions();
            return discover(revalidate.address.shelf, revalidate.address.slot);
          },
          [&](const ForgetMany& many) -> Status {
            const auto count = forget(AOE_ANY_SHELF, AOE_ANY_SLOT, many.which == Forget::unused ? 1 : 0);
            return count ? Status{} : tl::unexpected(count.error());
          },
          [&](const ForgetOne& one) -> Status {
            if (disks_.find(one.address) == nullptr) return not_known(one.address);
            const auto count = forget(one.address.shelf, one.address.slot, 1);
            if (!count) return tl::unexpected(count.error());
            if (*count == 0) return tl::unexpected(Error{one.address.name() + " is open", EBUSY});
            return {};
          },
      },
      command);
  disks_.refresh();
  clients_.tidy([this](const aoe_client* client) { return disks_.uses(client); });
  return done;
}

void FileSystem::read_err(fuse_req_t req, std::size_t bytes, int flags) {
  if (err_log_.empty() && (flags & O_NONBLOCK) != 0) {
    fuse_reply_err(req, EAGAIN);
    return;
  }
  waiting_.push_back({req, nullptr, bytes, {}});
  fuse_req_interrupt_func(req, on_waiting_interrupted, this);
  serve_waiting();
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
}

// A process that was killed closes its files, and must not stay for a disk that is silent. With a ring, nobody tells
// that it was killed before it asked (Linux 6.18); so then everybody has waited long enough after a while. Returns
// whether there are others.
bool FileSystem::let_closers_go(Instant now) {
  bool others = false;
  const auto over = [&](Waiting& waiting) {
    if (waiting.disk == nullptr) return false;
    if (!waiting.since) waiting.since = now;
    if (now < *waiting.since + kCloserPatience) {
      others = true;
      return false;
    }
    fuse_reply_err(waiting.req, 0);
    return true;
  };
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), over), waiting_.end());
  return others;
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
