// The lists. tests/aoed/ run under them: what a test needs and is missing shows there.
#include "daemon/seccomp.h"

#include <seccomp.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>

namespace aoekit::daemon {
namespace {

constexpr const char* kAllowed[] = {
    // files and disks
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "open",
    "openat", "close", "close_range", "lseek", "_llseek", "stat", "lstat", "fstat", "stat64", "lstat64", "fstat64",
    "newfstatat", "fstatat64", "statx", "statfs", "fstatfs", "statfs64", "fstatfs64", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "flock", "fcntl", "fcntl64", "fsync", "fdatasync",
    "sync_file_range", "fallocate", "ftruncate", "ftruncate64", "fadvise64", "ioctl", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "mkdir", "mkdirat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "umask",
    "utimensat", "dup", "dup2", "dup3",
    "io_uring_setup", "io_uring_enter", "io_uring_register",
    // network
    "socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "shutdown", "sendto", "sendmsg",
    "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "setsockopt", "getsockopt", "getsockname", "getpeername",
    // waiting and time
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6",
    "_newselect", "eventfd2", "pipe2", "timerfd_create", "timerfd_settime", "timerfd_gettime", "signalfd4",
    "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "nanosleep", "clock_nanosleep", "clock_gettime",
    "clock_getres", "gettimeofday", "time", "restart_syscall",
    // memory
    "mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "brk", "mlock", "munlock", "membarrier",
    // threads and the process itself
    "clone", "clone3", "exit", "exit_group", "futex", "futex_waitv", "set_robust_list", "get_robust_list",
    "set_tid_address", "rseq", "arch_prctl", "sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam",
    "sched_getscheduler", "getcpu", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack",
    "tgkill",
    "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getgroups", "getuid32", "geteuid32",
    "getgid32", "getegid32", "getgroups32", "getrandom", "uname", "sysinfo", "prctl", "prlimit64", "getrlimit",
    "ugetrlimit", "getrusage", "capget",
};

constexpr const char* kDeadly[] = {
    "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "capset",
    "mount", "umount2", "move_mount", "fsopen", "fsmount", "open_tree", "pivot_root", "chroot", "unshare", "setns",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
    "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "mknod", "mknodat", "personality",
    "settimeofday", "clock_settime", "sethostname", "setdomainname", "syslog", "iopl", "ioperm", "modify_ldt",
};

struct Release {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};

// Names that this architecture does not have are left out.
Status add_rules(void* filter, std::uint32_t action, std::span<const char* const> names) {
  for (const char* const name : names) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) continue;
    const int added = ::seccomp_rule_add(filter, action, number, 0);
    // Pseudo numbers of other architectures cannot be filtered, nor need they be.
    const bool is_none_here = added == -EDOM || added == -EACCES;
    if (added != 0 && !is_none_here) return fail_errno(-added, "cannot filter the system call {}", name);
  }
  return {};
}

}  // namespace

Status restrict_system_calls() {
  const std::unique_ptr<void, Release> filter(::seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
  if (!filter) return fail("cannot make a system call filter");
  // Without it only deaths are logged. Kernels before 4.14 do not know it.
  static_cast<void>(::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_LOG, 1));
  // A filter like this is a search in the kernel at every call; libseccomp makes it a binary one where it can.
  static_cast<void>(::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
  if (Status status = add_rules(filter.get(), SCMP_ACT_ALLOW, kAllowed); !status) return status;
  if (Status status = add_rules(filter.get(), SCMP_ACT_KILL_PROCESS, kDeadly); !status) return status;
  if (const int loaded = ::seccomp_load(filter.get()); loaded != 0) {
    return fail_errno(-loaded, "cannot filter system calls (--no-seccomp does without)");
  }
  return {};
}

}  // namespace aoekit::daemon
