// Uevents of the kernel itself, not udev's.
#include "backend/uevent.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

namespace aoekit::backend {
namespace {

constexpr unsigned kKernelGroup = 1;
constexpr int kBufferBytes = 1 << 20;

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<BlockUevent::Action> action_from(std::string_view text) {
  if (text == "add") return BlockUevent::Action::add;
  if (text == "change") return BlockUevent::Action::change;
  if (text == "remove") return BlockUevent::Action::remove;
  return std::nullopt;
}

}  // namespace

std::optional<BlockUevent> parse_uevent(ByteView message) {
  std::optional<BlockUevent::Action> action;
  std::optional<unsigned> major_number, minor_number;
  bool is_block = false;
  std::string_view rest(reinterpret_cast<const char*>(message.data()), message.size());
  for (std::size_t end = 0; (end = rest.find('\0')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    const std::string_view line = rest.substr(0, end);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (key == "ACTION") action = action_from(value);
    if (key == "SUBSYSTEM") is_block = value == "block";
    if (key == "MAJOR") major_number = number(value);
    if (key == "MINOR") minor_number = number(value);
  }
  if (!is_block || !action || !major_number || !minor_number) return std::nullopt;
  return BlockUevent{*action, makedev(*major_number, *minor_number)};
}

Result<UeventSocket> UeventSocket::open() {
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  if (!fd.valid()) return fail_errno(errno, "cannot hear of changes of block devices");
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kBufferBytes, sizeof kBufferBytes) != 0) {
    return fail_errno(errno, "cannot set the buffer for news of block devices");
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kKernelGroup;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(errno, "cannot hear of changes of block devices");
  }
  return UeventSocket(std::move(fd));
}

UeventSocket::Next UeventSocket::next() {
  for (;;) {
    sockaddr_nl sender{};
    socklen_t length = sizeof sender;
    const ssize_t got = ::recvfrom(fd_.get(), message_.data(), message_.size(), MSG_DONTWAIT,
                                   reinterpret_cast<sockaddr*>(&sender), &length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {errno == ENOBUFS ? Outcome::lost : Outcome::nothing, {}};
    if (sender.nl_pid != 0) continue;  // some process, not the kernel
    const auto event = parse_uevent(ByteView(message_).first(static_cast<std::size_t>(got)));
    if (event) return {Outcome::event, *event};
  }
}

}  // namespace aoekit::backend
