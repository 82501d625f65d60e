// LOOP_CONFIGURE sets everything up at once (Linux 5.8); before it exists, a device is somebody else's or free.
#include "cli/loop_device.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace aoekit::cli {
namespace {

constexpr int kTries = 16;
constexpr const char* kNoLoop = "there are no loop devices here: load the kernel's module with: modprobe loop";

std::optional<std::string> backing_of(const std::filesystem::path& block) {
  std::ifstream file(block / "loop/backing_file");
  std::string path;
  if (!std::getline(file, path)) return std::nullopt;
  return path;
}

Result<std::string> free_device() {
  const Fd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control.valid()) {
    if (errno == ENOENT || errno == ENODEV || errno == ENXIO) return fail("{}", kNoLoop);
    return fail_errno(errno, "cannot use /dev/loop-control; mounting needs root");
  }
  const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
  if (number < 0) return fail_errno(errno, "cannot get a free loop device");
  return fmt::format("/dev/loop{}", number);
}

Result<Fd> open_file(const std::string& file, LoopAccess& access) {
  Fd fd;
  if (access == LoopAccess::read_write) {
    fd.reset(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd.valid() && (errno == EROFS || errno == EACCES)) access = LoopAccess::read_only;
  }
  if (access == LoopAccess::read_only) fd.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return fail_errno(errno, "cannot open {}", file);
  return fd;
}

}  // namespace

std::vector<LoopUser> list_loop_devices() {
  std::vector<LoopUser> users;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/block", error)) {
    if (const auto backing = backing_of(entry.path())) {
      users.push_back({"/dev/" + entry.path().filename().string(), *backing});
    }
  }
  return users;
}

std::optional<std::string> loop_backing(std::string_view device) {
  const std::filesystem::path path(device);
  if (path.parent_path() != "/dev") return std::nullopt;
  return backing_of(std::filesystem::path("/sys/block") / path.filename());
}

Result<LoopDevice> attach_loop(const std::string& file, LoopAccess access) {
  const auto fd = open_file(file, access);
  if (!fd) return tl::unexpected(fd.error());
  loop_config config{};
  config.fd = static_cast<std::uint32_t>(fd->get());
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO;
  if (access == LoopAccess::read_only) config.info.lo_flags |= LO_FLAGS_READ_ONLY;
  const std::size_t name_bytes = std::min<std::size_t>(file.size(), LO_NAME_SIZE - 1);
  std::memcpy(config.info.lo_file_name, file.data(), name_bytes);
  for (int i = 0; i < kTries; ++i) {
    auto device = free_device();
    if (!device) return tl::unexpected(device.error());
    Fd loop(::open(device->c_str(), O_CLOEXEC | (access == LoopAccess::read_only ? O_RDONLY : O_RDWR)));
    if (!loop.valid()) return fail_errno(errno, "cannot open {}", *device);
    if (::ioctl(loop.get(), LOOP_CONFIGURE, &config) == 0) return LoopDevice{*device, access, std::move(loop)};
    // Somebody else took it in between.
    if (errno != EBUSY) return fail_errno(errno, "cannot attach {} to {}", *device, file);
  }
  return fail("cannot get a loop device for {}: others are always faster", file);
}

Status detach_loop(const std::string& device) {
  const Fd loop(::open(device.c_str(), O_RDONLY | O_CLOEXEC));
  if (!loop.valid()) return fail_errno(errno, "cannot open {}", device);
  if (::ioctl(loop.get(), LOOP_CLR_FD) != 0 && errno != ENXIO) return fail_errno(errno, "cannot detach {}", device);
  return {};
}

}  // namespace aoekit::cli
