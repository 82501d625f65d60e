// What --save may write, and what it refuses to.
#include "config/save.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "config/atomic_file.h"
#include "config/to_toml.h"
#include "config/toml_text.h"

namespace aoekit::config {
namespace {

// The first line of files that --save writes begins like this; others were written by hand.
constexpr std::string_view kMark = "# Written by `aoe export ... --save`";
constexpr std::uint32_t kTableLine = 3;  // of what follows

std::string file_text(const ExportConfig& config, const ExportConfig& defaults) {
  return fmt::format("{}, which replaces this file.\n"
                     "# To keep what you write into it, remove these lines: then --save leaves {} to you.\n{}",
                     kMark, config.address.to_string(), to_toml(config, defaults));
}

// What to change in the table of `there` to make it `wanted`: "write there: buffers = 8; remove: serial".
std::string changes(const ExportConfig& there, const ExportConfig& wanted, const ExportConfig& defaults) {
  const auto before = key_lines(there, defaults);
  const auto after = key_lines(wanted, defaults);
  std::string add, remove;
  for (const KeyLine& line : after) {
    const bool is_there =
        std::any_of(before.begin(), before.end(), [&](const KeyLine& b) { return b.line == line.line; });
    if (!is_there) add += (add.empty() ? "" : ", ") + line.line;
  }
  for (const KeyLine& line : before) {
    const bool stays = std::any_of(after.begin(), after.end(), [&](const KeyLine& a) { return a.key == line.key; });
    if (!stays) remove += fmt::format("{}{}", remove.empty() ? "" : ", ", line.key);
  }
  std::string text;
  if (!add.empty()) text = "write there: " + add;
  if (!remove.empty()) text += fmt::format("{}remove there: {}", text.empty() ? "" : "; ", remove);
  return text;
}

Status check_directory(const Config& files) {
  if (!files.directory.empty()) return {};
  return fail("nothing can be saved: aoed has no configuration file; start it with --config FILE");
}

// Whether the file is there and may be replaced or removed: it is ours, with this export alone.
Result<bool> is_ours(const std::string& path, wire::AoeAddress address) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 && errno == ENOENT) return false;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail("cannot read {}; give aoed's user the right to", path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!text.starts_with(kMark)) {
    return fail("{} was not written by --save, so it is not replaced; edit it, or move it away", path);
  }
  Problems problems;
  const auto table = parse_toml(text, path, problems);
  const toml::table* exports = table ? table->get_as<toml::table>("export") : nullptr;
  if (exports == nullptr || table->size() != 1 || exports->size() != 1 || !exports->contains(address.to_string())) {
    return fail("{} has more, or other, than {}, so it is not replaced; move the rest to another file", path,
                address.to_string());
  }
  return true;
}

}  // namespace

std::string saved_file(const Config& files, wire::AoeAddress address) {
  return fmt::format("{}/{}.toml", files.directory, address.to_string());
}

Status may_save(const Config& files, const ExportConfig& config) {
  if (auto status = check_directory(files); !status) return status;
  const ExportConfig* there = find_export(files, config.address);
  const std::string path = saved_file(files, config.address);
  if (there != nullptr && there->place.file != path && !same(*there, config)) {
    return fail("{} is defined at {}, written by hand, so --save does not touch it; {}", config.address.to_string(),
                there->place.to_string(), changes(*there, config, files.defaults));
  }
  const auto ours = is_ours(path, config.address);
  if (!ours) return tl::unexpected(ours.error());
  return {};
}

Result<Place> save_export(const Config& files, const ExportConfig& config) {
  if (const auto status = may_save(files, config); !status) return tl::unexpected(status.error());
  const std::string path = saved_file(files, config.address);
  if (const ExportConfig* there = find_export(files, config.address)) {
    // Written by hand, and says the same already.
    if (there->place.file != path) return there->place;
  }
  if (const auto status = replace_file(path, file_text(config, files.defaults)); !status) {
    return tl::unexpected(status.error());
  }
  return Place{path, kTableLine};
}

Status may_forget(const Config& files, wire::AoeAddress address) {
  if (auto status = check_directory(files); !status) return status;
  const ExportConfig* there = find_export(files, address);
  const std::string path = saved_file(files, address);
  if (there != nullptr && there->place.file != path) {
    return fail("{} is defined at {}, written by hand, so --save does not touch it; remove the table there",
                address.to_string(), there->place.to_string());
  }
  const auto ours = is_ours(path, address);
  if (!ours) return tl::unexpected(ours.error());
  return {};
}

Status forget_export(const Config& files, wire::AoeAddress address) {
  if (auto status = may_forget(files, address); !status) return status;
  return remove_file(saved_file(files, address));
}

}  // namespace aoekit::config
