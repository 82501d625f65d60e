// Loop devices: block devices whose sectors are in a file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace aoekit::cli {

struct LoopUser {
  std::string device;   // "/dev/loop0"
  std::string backing;  // the file's path, as the kernel has it
};
// All that are attached to a file now.
std::vector<LoopUser> list_loop_devices();
// The file that "/dev/loop0" is attached to.
std::optional<std::string> loop_backing(std::string_view device);

enum class LoopAccess : unsigned char { read_write, read_only };
struct LoopDevice {
  std::string device;
  LoopAccess access;
  // Keeps it attached until somebody else has it open: it is detached by itself at the last close.
  Fd fd;
};
// Attaches a free loop device with direct I/O, so that nothing stays dirty above the file. Where the file cannot be
// opened for writing, read-only.
Result<LoopDevice> attach_loop(const std::string& file, LoopAccess access);
// Detaches it, if that did not happen by itself.
Status detach_loop(const std::string& device);

}  // namespace aoekit::cli
