// Connecting, and lines there and back under a deadline.
#include "control/client.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace aoekit::control {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// The group that may use the socket, as far as can be seen; "" if it cannot.
std::string group_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & S_IWGRP) == 0) return "";
  std::array<char, 4096> memory{};
  group entry{};
  group* found = nullptr;
  if (::getgrgid_r(status.st_gid, &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr) return "";
  return found->gr_name;
}

tl::unexpected<Error> explain(int error, const std::string& path) {
  if (error == ENOENT || error == ECONNREFUSED) {
    return fail(
        "no aoed is listening at {}: start it (systemctl start aoed), or name the socket of the one that runs with "
        "--socket",
        path);
  }
  if (error == EACCES || error == EPERM) {
    const std::string group = group_of(path);
    if (group.empty() || group == "root") {
      return fail(
          "you may not use {}: run this as root, or let a group use it (control_group in aoed.toml) and join the group",
          path);
    }
    return fail("you may not use {}: run this as root, or join its group (usermod -aG {} USER, then log in again)",
                path, group);
  }
  return fail_errno(error, "cannot connect to aoed at {}", path);
}

// Waits until the socket is ready for `events`; false: not before the deadline.
Result<bool> wait(int fd, short events, SteadyTime deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd source{.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&source, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return fail_errno(errno, "waiting for aoed failed");
  }
}

}  // namespace

Result<Client> Client::connect(const std::string& socket_path, Duration timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.empty() || socket_path.size() >= sizeof address.sun_path) {
    return fail("the socket's path '{}' must have 1 to {} bytes", socket_path, sizeof address.sun_path - 1);
  }
  std::copy(socket_path.begin(), socket_path.end(), address.sun_path);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return fail_errno(errno, "cannot make a socket");
  // A daemon whose queue of new clients is full makes connect() wait: not for ever.
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
  const timeval patience{.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
    return fail_errno(errno, "cannot set a time-out");
  }
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EAGAIN) return fail("aoed at {} is too busy to take the connection", socket_path);
    return explain(errno, socket_path);
  }
  return Client(std::move(socket), socket_path, timeout);
}

Status Client::send_line(std::string_view line) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + timeout_;
  while (!line.empty()) {
    const ssize_t count = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      line.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      const auto ready = wait(socket_.get(), POLLOUT, deadline);
      if (!ready) return tl::unexpected(ready.error());
      if (!*ready) return fail("aoed at {} does not read the request", path_);
    } else if (errno != EINTR) {
      return fail_errno(errno, "aoed at {} closed the connection", path_);
    }
  }
  return {};
}

Result<std::string> Client::receive_line() {
  const SteadyTime deadline = std::chrono::steady_clock::now() + timeout_;
  std::size_t searched = 0;
  while (true) {
    const std::size_t end = input_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      return line;
    }
    searched = input_.size();
    if (input_.size() > kAnswerBytesMax) return fail("aoed at {} answers without end", path_);
    const auto ready = wait(socket_.get(), POLLIN, deadline);
    if (!ready) return tl::unexpected(ready.error());
    if (!*ready) {
      return fail("aoed at {} did not answer within {:.1f} s", path_, std::chrono::duration<double>(timeout_).count());
    }
    std::array<char, 65536> chunk{};
    const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (count > 0) {
      input_.append(chunk.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      return fail("aoed at {} closed the connection before it answered (it ended, or has too many clients)", path_);
    } else if (errno != EINTR && errno != EAGAIN) {
      return fail_errno(errno, "aoed at {} closed the connection", path_);
    }
  }
}

Answer<Json> Client::call(std::string_view method, const Json& params) {
  const Json request{{"v", kProtocolVersion}, {"id", ++last_id_}, {"method", method}, {"params", params}};
  if (const Status status = send_line(to_line(request) + "\n"); !status) return tl::unexpected(Refusal(status.error()));
  const auto line = receive_line();
  if (!line) return tl::unexpected(Refusal(line.error()));
  Json answer = Json::parse(*line, nullptr, false);
  if (!answer.is_object() || !answer.contains("id") || (answer["id"] != last_id_ && !answer["id"].is_null())) {
    return fail("what answers at {} is not aoed's control protocol", path_);
  }
  if (const auto result = answer.find("result"); result != answer.end() && result->is_object()) return *result;
  const Json error = answer.value("error", Json::object());
  if (!error.is_object() || !error.contains("message") || !error["message"].is_string()) {
    return fail("what answers at {} is not aoed's control protocol", path_);
  }
  const std::string code = error.contains("code") && error["code"].is_string() ? error["code"].get<std::string>() : "";
  return tl::unexpected(Refusal{code_from(code), error["message"].get<std::string>()});
}

Answer<Json> Client::all_exports() {
  Json all = Json::array();
  ExportPageParams page;
  while (true) {
    const auto result = call("export.list", page);
    const auto some = field<std::vector<ExportInfo>>(result, "exports");
    if (!some) return tl::unexpected(some.error());
    for (const Json& entry : (*result)["exports"]) all.push_back(entry);
    if (some->empty() || !result->value("more", false)) return all;
    page.after = some->back().config.address;
  }
}

Answer<Json> Client::all_clients() {
  Json all = Json::array();
  ClientPageParams page;
  while (true) {
    const auto result = call("client.list", page);
    const auto some = field<std::vector<ClientInfo>>(result, "clients");
    if (!some) return tl::unexpected(some.error());
    for (const Json& entry : (*result)["clients"]) all.push_back(entry);
    if (some->empty() || !result->value("more", false)) return all;
    page.after = ClientKey{some->back().address, some->back().mac};
  }
}

}  // namespace aoekit::control
