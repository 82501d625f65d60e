// A JSON document of one level.
#include "cli/copy_checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <nlohmann/json.hpp>

#include "base/fd.h"
#include "base/units.h"

namespace aoekit::cli {
namespace {

constexpr const char* kSuffix = ".aoe-copy";
constexpr const char* kFormat = "aoe copy checkpoint 1";

Status write_durably(const std::string& path, const std::string& text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) return fail_errno(errno, "cannot write '{}'", path);
  const ssize_t put = ::write(fd.get(), text.data(), text.size());
  if (put < 0) return fail_errno(errno, "cannot write '{}'", path);
  if (static_cast<std::size_t>(put) != text.size()) return fail("cannot write '{}': no space", path);
  if (::fdatasync(fd.get()) != 0 && errno != EINVAL) return fail_errno(errno, "cannot write '{}'", path);
  return {};
}

// Nothing: there is no such file.
Result<std::optional<CopyCheckpoint>> read_checkpoint(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::nullopt;
  const auto bad = [&] { return fail("'{}' is not a checkpoint of aoe copy", path); };
  std::ifstream file(path);
  const auto document = nlohmann::json::parse(file, nullptr, false);
  CopyCheckpoint found;
  const auto text = [&](const char* key, std::string& out) {
    if (!document.contains(key) || !document[key].is_string()) return false;
    out = document[key].get<std::string>();
    return true;
  };
  const auto number = [&](const char* key, std::uint64_t& out) {
    if (!document.contains(key) || !document[key].is_number_unsigned()) return false;
    out = document[key].get<std::uint64_t>();
    return true;
  };
  std::string format;
  const bool whole = document.is_object() && text("format", format) && format == kFormat &&
                     text("source", found.source) && text("source_identity", found.source_identity) &&
                     text("destination", found.destination) &&
                     text("destination_identity", found.destination_identity) && number("bytes", found.bytes) &&
                     number("done", found.done);
  if (!whole || found.done > found.bytes) return bad();
  if (found.done % kSectorBytes != 0 && found.done != found.bytes) return bad();
  return found;
}

Status belongs(const std::string& path, const CopyCheckpoint& found, const CopyCheckpoint& expected) {
  const auto other = [&](const char* what, const std::string& there, const std::string& here) {
    return fail("'{}' is about another {}: {}, not {} (without --resume the copy starts from the beginning)", path,
                what, there, here);
  };
  if (found.source_identity != expected.source_identity) {
    return other("source, or the source has changed since", found.source + " (" + found.source_identity + ")",
                 expected.source + " (" + expected.source_identity + ")");
  }
  if (found.destination_identity != expected.destination_identity) {
    return other("destination", found.destination + " (" + found.destination_identity + ")",
                 expected.destination + " (" + expected.destination_identity + ")");
  }
  if (found.bytes != expected.bytes) {
    return other("size", fmt::format("{} bytes", found.bytes), fmt::format("{}", expected.bytes));
  }
  return {};
}

}  // namespace

Status save_checkpoint(const std::string& path, const CopyCheckpoint& checkpoint) {
  const nlohmann::ordered_json document{{"format", kFormat},
                                        {"source", checkpoint.source},
                                        {"source_identity", checkpoint.source_identity},
                                        {"destination", checkpoint.destination},
                                        {"destination_identity", checkpoint.destination_identity},
                                        {"bytes", checkpoint.bytes},
                                        {"done", checkpoint.done}};
  const std::string fresh = path + ".new";
  const std::string text = document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (Status written = write_durably(fresh, text); !written) return written;
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return fail_errno(errno, "cannot replace '{}'", path);
  return {};
}

Result<CopyCheckpoint> load_checkpoint(const std::string& path, const CopyCheckpoint& expected) {
  auto found = read_checkpoint(path);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail("there is nothing to resume: no checkpoint '{}' (see --checkpoint)", path);
  if (Status same = belongs(path, **found, expected); !same) return tl::unexpected(same.error());
  return std::move(**found);
}

Status discard_checkpoint(const std::string& path) {
  const auto found = read_checkpoint(path);
  if (!found) return tl::unexpected(found.error());
  if (*found && ::unlink(path.c_str()) != 0) return fail_errno(errno, "cannot remove '{}'", path);
  return {};
}

std::string default_checkpoint_path(const std::string& destination) {
  struct stat facts {};
  const bool known = ::stat(destination.c_str(), &facts) == 0;
  if (known && S_ISREG(facts.st_mode)) return destination + kSuffix;
  const bool is_device = known && S_ISBLK(facts.st_mode);
  const bool is_network = destination.starts_with("aoe://");
  if (!is_device && !is_network) return destination + kSuffix;
  std::string name = destination.substr(destination.find_first_not_of('/', is_network ? 6 : 0));
  std::replace(name.begin(), name.end(), '/', '-');
  return name + kSuffix;
}

}  // namespace aoekit::cli
