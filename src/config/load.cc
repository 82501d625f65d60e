// The files themselves: which there are, what is in them, and who may change them.
#include "config/load.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/fd.h"
#include "config/toml_text.h"

namespace aoekit::config {
namespace {

void say(Problems& problems, Severity severity, const std::string& file, std::string message, std::string remedy) {
  problems.push_back({severity, {file}, std::move(message), std::move(remedy)});
}

std::string text_of(int error) { return std::generic_category().message(error); }

// What is there, or the errno.
tl::expected<std::string, int> read_all(int fd) {
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected(errno);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    // One byte too many is enough for the message.
    if (text.size() > kFileBytesMax) return text;
  }
}

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

// A file or directory that others may write: whoever can, decides which disks are exported to whom.
void check_owner(const struct stat& status, const std::string& path, const std::vector<User>& users,
                 Problems& problems) {
  std::vector<uid_t> trusted{0, geteuid()};
  for (const User& user : users) trusted.push_back(user.uid);
  // In a directory like this the user's group may add files, but change nobody else's.
  const bool adds_only = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0 &&
                         std::ranges::any_of(users, [&](const User& user) { return user.gid == status.st_gid; });
  if ((status.st_mode & (adds_only ? S_IWOTH : S_IWGRP | S_IWOTH)) != 0) {
    say(problems, Severity::warning, path, "can be written by others than its owner",
        fmt::format("chmod go-w {}", path));
  }
  if (std::find(trusted.begin(), trusted.end(), status.st_uid) == trusted.end()) {
    say(problems, Severity::warning, path, fmt::format("belongs to user {}, who may change it", status.st_uid),
        fmt::format("chown root {}", path));
  }
}

struct ReadFile {
  Source source;
  struct stat status {};
  bool is_roots = false;  // nobody else can have written it, or put it there
};

bool only_root_writes(const struct stat& status) {
  return status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// A link is what its owner wants it to be.
bool is_roots_entry(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && status.st_uid == 0;
}

std::optional<ReadFile> read_file(const std::string& path, const std::string& remedy, Problems& problems) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  ReadFile file{{path, {}}, {}};
  if (!fd.valid() || fstat(fd.get(), &file.status) != 0) {
    const int error = errno;
    say(problems, Severity::error, path, "cannot be read: " + text_of(error),
        error == EACCES ? "run as root, or give yourself the right to read it" : remedy);
    return std::nullopt;
  }
  if (!S_ISREG(file.status.st_mode)) {
    say(problems, Severity::error, path, "is no regular file", remedy);
    return std::nullopt;
  }
  auto text = read_all(fd.get());
  if (!text) {
    say(problems, Severity::error, path, "cannot be read: " + text_of(text.error()), remedy);
    return std::nullopt;
  }
  file.source.text = std::move(*text);
  file.is_roots = only_root_writes(file.status) && is_roots_entry(path);
  return file;
}

// What editors and package managers leave behind, and what explains itself.
bool is_left_over(const std::string& name) {
  const auto ends = [&](std::string_view end) { return name.ends_with(end); };
  return name.starts_with('#') || name.starts_with("README") || ends("~") || ends(".bak") || ends(".orig") ||
         ends(".old") || ends(".save") || ends(".disabled") || ends(".md") || ends(".swp") || ends(".rpmnew") ||
         ends(".rpmsave") || name.find(".dpkg-") != std::string::npos;
}

// The files of the directory in their order; an absent directory has none.
std::vector<std::string> files_in(const std::string& directory, Problems& problems) {
  std::error_code error;
  std::vector<std::string> paths;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.')) continue;
    if (name.ends_with(".toml")) {
      paths.push_back(at->path().string());
    } else if (!is_left_over(name)) {
      say(problems, Severity::warning, at->path().string(), "is not read: its name does not end in .toml",
          "rename it, or move it away");
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    say(problems, Severity::error, directory, "cannot be read: " + error.message(),
        error == std::errc::not_a_directory ? "make it a directory, or remove it"
                                            : "run as root, or give yourself the right to read it");
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// None or one.
std::vector<User> user_called(const std::string& name) {
  const passwd* entry = name.empty() ? nullptr : getpwnam(name.c_str());
  return entry == nullptr ? std::vector<User>{} : std::vector<User>{{entry->pw_uid, entry->pw_gid}};
}

}  // namespace

std::string drop_in_directory(const std::string& file) {
  constexpr std::string_view kEnd = ".toml";
  return (file.ends_with(kEnd) ? file.substr(0, file.size() - kEnd.size()) : file) + ".d";
}

Checked<Config> load_config(const std::string& file, const LoadOptions& options) {
  Problems found;
  std::vector<ReadFile> files;
  auto main = read_file(file, "create it (see aoed.toml(5)), or name another: --config FILE", found);
  const bool have_main = main.has_value();
  files.push_back(main ? std::move(*main) : ReadFile{{file, {}}, {}});
  const std::string directory = drop_in_directory(file);
  for (const std::string& path : files_in(directory, found)) {
    auto one = read_file(path, "make it a readable file, or remove it", found);
    if (one) files.push_back(std::move(*one));
  }
  std::vector<Source> sources;
  for (ReadFile& one : files) sources.push_back(std::move(one.source));
  Problems ignored;
  const auto ethers = access(options.ethers.c_str(), F_OK) == 0 ? read_file(options.ethers, "", ignored) : std::nullopt;
  auto checked = check_config(sources, ethers ? std::string_view(ethers->source.text) : std::string_view());
  // Without the main file everything would seem to be missing.
  if (!have_main) checked.problems.clear();
  const auto users = user_called(checked.value ? checked.value->daemon.user : DaemonConfig{}.user);
  if (have_main) check_owner(files[0].status, file, {}, found);
  for (std::size_t i = 1; i < files.size(); ++i) check_owner(files[i].status, sources[i].file, users, found);
  for (std::size_t i = 0; checked.value && i < files.size(); ++i) {
    if (!files[i].is_roots) checked.value->files_of_others.insert(sources[i].file);
  }
  struct stat status {};
  if (stat(directory.c_str(), &status) == 0) check_owner(status, directory, users, found);
  found.insert(found.end(), checked.problems.begin(), checked.problems.end());
  checked.problems = std::move(found);
  if (has_errors(checked.problems)) checked.value.reset();
  return checked;
}

}  // namespace aoekit::config
