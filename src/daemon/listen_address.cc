// Parsing by the system, and one bind to try.
#include "daemon/listen_address.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/fd.h"

namespace aoekit::daemon {
namespace {

struct Parts {
  std::string host;
  std::string port;
};

Parts split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {};
  std::string host = address.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string::npos) return {};
  // The one name that every machine has, without asking anybody.
  if (host == "localhost") host = "127.0.0.1";
  return {host, address.substr(colon + 1)};
}

bool is_port(const std::string& text) {
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return !text.empty() && text.size() <= 5 && digits && std::stoul(text) <= 65535;
}

using Found = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// Nothing where the two are no IP address and port.
Found look_up(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (host.empty() || !is_port(port) || ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) found = nullptr;
  return {found, &::freeaddrinfo};
}

const char* remedy(int os_error) {
  switch (os_error) {
    case EADDRINUSE: return "another program listens there: end it, or choose another port";
    case EADDRNOTAVAIL: return "no interface of this machine has that address: choose one that is there from the start";
    case EACCES: return "ports below 1024 are root's: choose a higher one";
    default: return "choose another address";
  }
}

}  // namespace

Result<std::string> listen_address(const char* what, const std::string& address) {
  const auto [host, port] = split(address);
  const Found found = look_up(host, port);
  if (found == nullptr) {
    return fail("{}: '{}' is not an IP address and a port, as in 127.0.0.1:9760 or [::1]:9760", what, address);
  }
  const Fd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  // As servers do: connections that ended a moment ago do not keep the port.
  if (!socket.valid() || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(socket.get(), 1) != 0) {
    const int error = errno;
    return fail_errno(error, "{}: cannot listen at {} ({})", what, address, remedy(error));
  }
  return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

void knock(const std::string& address, std::uint16_t port) {
  const Found found = look_up(split(address).host, std::to_string(port));
  if (found == nullptr) return;
  const Fd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // Whether anybody opens does not matter.
  [[maybe_unused]] const int connected = ::connect(socket.get(), found->ai_addr, found->ai_addrlen);
}

}  // namespace aoekit::daemon
