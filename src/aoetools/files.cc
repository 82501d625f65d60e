// open, read, write.
#include "aoetools/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/fd.h"

namespace aoekit::aoetools {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;  // sysfs files have a page at most

}  // namespace

std::optional<std::string> read_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  std::string text;
  std::array<char, 4096> block{};
  while (text.size() < kFileBytesMax) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::optional<std::string> read_value(const std::string& path) {
  std::optional<std::string> text = read_file(path);
  if (text) text->erase(text->find_last_not_of('\n') + 1);
  return text;
}

Status write_once(const std::string& path, std::string_view bytes) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return fail_errno(errno, "cannot open {}", path);
  const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
  if (written < 0) return fail_errno(errno, "cannot write to {}", path);
  if (static_cast<std::size_t>(written) != bytes.size()) {
    return fail("{} took {} of {} bytes", path, written, bytes.size());
  }
  return {};
}

}  // namespace aoekit::aoetools
