// The system calls that are left to aoed once it runs.
#pragma once

#include "base/result.h"

namespace aoekit::daemon {

// From now on, in this thread and those that it starts, only what aoed needs is allowed. What an attacker would need
// (programs, mounts, modules, other users, other processes) ends the process with SIGSYS. Everything else fails with
// ENOSYS, as on an older kernel, so that a newer C library falls back instead of failing. The kernel logs both ("audit:
// type=1326 ... comm="aoed" syscall=N"). REQUIRES no_new_privs (drop_privileges()). An Error when the kernel has no
// seccomp.
Status restrict_system_calls();

}  // namespace aoekit::daemon
