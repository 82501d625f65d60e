// libcap-ng does what is delicate about changing user and keeping capabilities.
#include "daemon/privileges.h"

#include <cap-ng.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/log.h"

namespace aoekit::daemon {
namespace {

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
};

Result<Identity> identity_of_user(const std::string& user) {
  errno = 0;
  // One thread: nobody else asks for users meanwhile.
  const passwd* const entry = ::getpwnam(user.c_str());
  if (entry != nullptr) return Identity{entry->pw_uid, entry->pw_gid};
  if (errno != 0) return fail_errno(errno, "cannot look up the user '{}'", user);
  return fail("there is no user '{}' to become: create it (systemd-sysusers, or useradd --system {}), or set user in the "
              "configuration", user, user);
}

// Of what is kept, what the process has.
void select_capabilities() {
  constexpr std::array kKept = {CAP_NET_RAW, CAP_NET_ADMIN};
  std::array<bool, kKept.size()> has{};
  for (std::size_t i = 0; i < kKept.size(); ++i) {
    has[i] = ::capng_have_capability(CAPNG_PERMITTED, static_cast<unsigned>(kKept[i])) != 0;
  }
  ::capng_clear(CAPNG_SELECT_ALL);
  for (std::size_t i = 0; i < kKept.size(); ++i) {
    if (!has[i]) continue;
    static_cast<void>(::capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                                     static_cast<unsigned>(kKept[i])));
  }
}

}  // namespace

bool is_root() { return ::geteuid() == 0; }

Status drop_privileges(const std::string& user) {
  if (::capng_get_caps_process() != 0) return fail("cannot read the capabilities of the process");
  if (is_root() && !user.empty()) {
    const auto identity = identity_of_user(user);
    if (!identity) return tl::unexpected(identity.error());
    select_capabilities();
    const int changed = ::capng_change_id(static_cast<int>(identity->uid), static_cast<int>(identity->gid),
                                          static_cast<capng_flags_t>(CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING));
    if (changed != 0) return fail("cannot become the user '{}' (step {} of libcap-ng)", user, -changed);
  } else {
    select_capabilities();
    // Only who has CAP_SETPCAP can clear the bounding set.
    const bool applied = ::capng_apply(CAPNG_SELECT_BOTH) == 0 || ::capng_apply(CAPNG_SELECT_CAPS) == 0;
    if (!applied) return fail_errno(errno, "cannot give up capabilities");
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(errno, "cannot forswear new privileges");
  return {};
}

Status provide_directory(const std::string& directory, const std::string& user) {
  if (directory.empty() || ::access(directory.c_str(), F_OK) == 0) return {};
  if (::mkdir(directory.c_str(), 0750) != 0) {
    return fail_errno(errno, "cannot make {}: make it yourself, or name another in the configuration", directory);
  }
  if (!is_root() || user.empty()) return {};
  const auto identity = identity_of_user(user);
  if (!identity) return tl::unexpected(identity.error());
  if (::chown(directory.c_str(), identity->uid, identity->gid) != 0) {
    return fail_errno(errno, "cannot give {} to {}", directory, user);
  }
  return {};
}

Status raise_limits(const FilesWanted& files) {
  rlimit memory{RLIM_INFINITY, RLIM_INFINITY};
  // Only old kernels count the memory of rings, and who may not raise it may still have enough.
  if (::setrlimit(RLIMIT_MEMLOCK, &memory) != 0) log(LogLevel::debug, "the limit of locked memory stays as it is");

  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno(errno, "cannot read the limit of open files");
  if (limit.rlim_cur >= files.useful) return {};
  rlimit wanted{files.useful, std::max<rlim_t>(limit.rlim_max, files.useful)};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return {};
  wanted = {std::min<rlim_t>(limit.rlim_max, files.useful), limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) != 0) return fail_errno(errno, "cannot raise the limit of open files");
  if (wanted.rlim_cur >= files.needed) return {};
  return fail("only {} files may be open, and {} are needed: raise LimitNOFILE (systemd) or ulimit -n", wanted.rlim_cur,
              files.needed);
}

}  // namespace aoekit::daemon
