// The directory that is mounted on: whether it will do, and how it is left again.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aoekit::fuse {

// Makes the directory if it is not there, detaches what an aoefuse that was killed has left there, and refuses one that
// is not empty or that another aoefuse serves. Gives its absolute path.
Result<std::string> prepare_mount_point(const std::string& directory);

// Loop devices whose file lies under `directory`: "/dev/loop0".
std::vector<std::string> loop_devices_on(std::string_view directory);

enum class Detach : unsigned char { if_unused, when_unused };
// Unmounts in a child process, because the kernel may ask this file system something before it lets go of it; wait for
// SIGCHLD, then unmount_result(). `fuse_fd` is closed in the child.
Result<pid_t> start_unmount(const std::string& directory, Detach how, int fuse_fd);
// 0 or the errno that unmounting gave; nothing while the child works.
std::optional<int> unmount_result(pid_t child);

}  // namespace aoekit::fuse
