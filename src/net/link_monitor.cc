// An rtnetlink socket that keeps track of what it was told, so that it can tell what is new.
#include "net/link_monitor.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "net/netlink_message.h"

namespace aoekit::net {
namespace {

// One message describes an interface in 1 to 2 KiB on today's kernels, many KiB with virtual functions; the kernel
// never writes more than 32 KiB of a dump at once.
constexpr std::size_t kMessageBytesMax = 128 * 1024;
constexpr int kSocketBufferBytes = 1024 * 1024;
// So that a flood of news cannot keep the loop here; what is left makes fd() readable again.
constexpr int kReadsPerTurn = 64;

}  // namespace

LinkMonitor::LinkMonitor(Fd fd) : fd_(std::move(fd)), buffer_(kMessageBytesMax) {}

Result<LinkMonitor> LinkMonitor::create() {
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd.valid()) return fail_errno(errno, "cannot watch the network interfaces");
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kSocketBufferBytes, sizeof kSocketBufferBytes) != 0) {
    return fail_errno(errno, "cannot set the buffer for news of network interfaces");
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(errno, "cannot watch the network interfaces");
  }
  LinkMonitor monitor(std::move(fd));
  if (Status status = monitor.request_dump(); !status) return tl::unexpected(status.error());
  return monitor;
}

Status LinkMonitor::request_dump() {
  struct {
    nlmsghdr header;
    ifinfomsg info;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = ++dump_;
  request.info.ifi_family = AF_UNSPEC;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (::sendto(fd_.get(), &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0) {
    return fail_errno(errno, "cannot ask for the network interfaces");
  }
  dump_running_ = true;
  dump_wanted_ = false;
  return {};
}

Result<std::span<const LinkEvent>> LinkMonitor::read() {
  events_.clear();
  for (int i = 0; i < kReadsPerTurn; ++i) {
    sockaddr_nl sender{};
    iovec part = {buffer_.data(), buffer_.size()};
    msghdr header{};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    const ssize_t got = ::recvmsg(fd_.get(), &header, MSG_DONTWAIT);
    const int error = got < 0 ? errno : 0;
    Status status;
    if (error == EAGAIN) {
      // Only now: the kernel refuses a dump while the buffer is full (ENOBUFS) or another dump runs (EBUSY).
      if (!dump_wanted_ || dump_running_) break;
      status = request_dump();
    } else if (error == ENOBUFS || (header.msg_flags & MSG_TRUNC) != 0) {
      dump_wanted_ = true;  // something was lost
    } else if (error == 0 && sender.nl_pid == 0) {  // from the kernel, not from some process
      status = take_messages(ByteView(buffer_).first(static_cast<std::size_t>(got)));
    } else if (error != 0 && error != EINTR) {
      return fail_errno(error, "cannot read news of network interfaces");
    }
    if (!status) return tl::unexpected(status.error());
  }
  return std::span<const LinkEvent>(events_);
}

Status LinkMonitor::take_messages(ByteView messages) {
  while (const auto header = copy_front<nlmsghdr>(messages)) {
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > messages.size()) break;
    const ByteView body = messages.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
    const bool of_dump = dump_running_ && header->nlmsg_seq == dump_;
    // The list changed while it was read: entries may be missing from it.
    if (of_dump && (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0) dump_wanted_ = true;
    switch (header->nlmsg_type) {
      case RTM_NEWLINK: take_link(body); break;
      case RTM_DELLINK: take_gone_link(body); break;
      case NLMSG_DONE:
        if (of_dump) finish_dump();
        break;
      case NLMSG_ERROR: {
        const auto refusal = copy_front<nlmsgerr>(body);
        return fail_errno(refusal ? -refusal->error : EPROTO, "the kernel does not list the network interfaces");
      }
      default: break;
    }
    messages = after_aligned(messages, header->nlmsg_len);
  }
  return {};
}

void LinkMonitor::take_link(ByteView message) {
  const auto header = link_header_from(message);
  if (!header) return;
  const auto state = interface_state_from(*header);
  if (!state) return;
  Known& known = known_[state->index];
  known.seen_in_dump = dump_;  // by a dump or since it began: it exists
  if (known.state == *state) return;
  if (!known.state.name.empty() && known.state.name != state->name) report_gone(known.state);
  known.state = *state;
  events_.push_back({LinkEvent::Kind::changed, *state});
}

void LinkMonitor::take_gone_link(ByteView message) {
  const auto header = link_header_from(message);
  if (!header) return;
  const auto known = known_.find(header->info.ifi_index);
  if (known == known_.end()) return;
  report_gone(known->second.state);
  known_.erase(known);
}

void LinkMonitor::finish_dump() {
  dump_running_ = false;
  if (dump_wanted_) return;  // this one cannot be trusted
  for (auto known = known_.begin(); known != known_.end();) {
    if (known->second.seen_in_dump == dump_) {
      ++known;
      continue;
    }
    report_gone(known->second.state);
    known = known_.erase(known);
  }
}

void LinkMonitor::report_gone(const InterfaceState& state) {
  events_.push_back({LinkEvent::Kind::gone, state});
  events_.back().state.up = false;
}

}  // namespace aoekit::net
