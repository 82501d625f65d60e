// Making the control socket: who may use it, and what to do about one that is there already.
#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "daemon/control_server.h"

namespace aoekit::daemon {
namespace {

constexpr int kBacklog = 16;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

Result<gid_t> group_id(const std::string& name) {
  std::array<char, 16384> memory{};
  group entry{};
  group* found = nullptr;
  const int error = ::getgrnam_r(name.c_str(), &entry, memory.data(), memory.size(), &found);
  if (error != 0) return fail_errno(error, "cannot look up the group '{}'", name);
  if (found == nullptr) return fail("there is no group '{}' for the control socket (groupadd --system {})", name, name);
  return found->gr_gid;
}

// Holds the directory for as long as it looks and replaces, so that of two daemons that start at once one sees the other.
Result<Fd> lock_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
    return fail_errno(errno, "cannot make the directory {} for the control socket", directory);
  }
  Fd lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.valid()) return fail_errno(errno, "cannot open the directory {} of the control socket", directory);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail_errno(errno, "another daemon is just making its control socket in {}", directory);
  }
  return lock;
}

// Whether a socket that nobody listens at may be replaced, or none is there.
Status check_replaceable(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno(errno, "cannot look at {}", path);
  }
  if (!S_ISSOCK(status.st_mode)) {
    return fail("{} is there and is no socket: remove it, or name another control_socket", path);
  }
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.valid()) return fail_errno(errno, "cannot make a socket");
  const sockaddr_un address = address_of(path);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno == ECONNREFUSED) {
    return {};
  }
  return fail("another aoed is listening at {}: stop it, or name another control_socket", path);
}

Status set_access(const std::string& path, const ControlServerOptions& options) {
  if (!options.group.empty() || options.owner) {
    Result<gid_t> group = static_cast<gid_t>(-1);
    if (!options.group.empty()) group = group_id(options.group);
    if (!group) return tl::unexpected(group.error());
    if (::chown(path.c_str(), options.owner.value_or(static_cast<uid_t>(-1)), *group) != 0) {
      return fail_errno(errno, "cannot give the control socket to its user and the group '{}': aoed's user must be one "
                        "of its members (usermod -a -G {} aoekit)", options.group, options.group);
    }
  }
  if (::chmod(path.c_str(), options.group.empty() ? 0600 : 0660) != 0) {
    return fail_errno(errno, "cannot set the permissions of the control socket");
  }
  return {};
}

}  // namespace

// Made under another name and moved into place: nobody ever finds it with the wrong permissions, or missing.
Result<ControlServer::Listening> ControlServer::listen(const ControlServerOptions& options) {
  const std::string fresh = options.path + ".new";
  const sockaddr_un address = address_of(fresh.size() < sizeof address.sun_path ? fresh : "");
  if (options.path.empty() || address.sun_path[0] == '\0') {
    return fail("the control socket's path '{}' must have 1 to {} bytes", options.path, sizeof address.sun_path - 5);
  }
  const auto lock = lock_directory(options.path);
  if (!lock) return tl::unexpected(lock.error());
  if (const Status free = check_replaceable(options.path); !free) return tl::unexpected(free.error());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return fail_errno(errno, "cannot make the control socket");
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) return fail_errno(errno, "cannot remove {}", fresh);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(errno, "cannot make the control socket {}", options.path);
  }
  Status done = set_access(fresh, options);
  struct stat status {};
  if (done && ::listen(socket.get(), kBacklog) != 0) done = fail_errno(errno, "cannot listen at {}", options.path);
  if (done && ::stat(fresh.c_str(), &status) != 0) done = fail_errno(errno, "cannot look at {}", fresh);
  if (done && ::rename(fresh.c_str(), options.path.c_str()) != 0) {
    done = fail_errno(errno, "cannot put the control socket at {}", options.path);
  }
  if (!done) {
    ::unlink(fresh.c_str());
    return tl::unexpected(done.error());
  }
  return Listening{std::move(socket), status.st_ino};
}

}  // namespace aoekit::daemon
