// The driver's words: "e1.2" for revalidate; nothing, "all" or "e1.2" for flush; names for interfaces.
#include "frontend/fuse/control.h"

namespace aoekit::fuse {
namespace {

constexpr std::string_view kSpace{" \t\r\n\0", 5};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<Address> whole_disk(std::string_view text) {
  const auto name = parse_file_name(text);
  if (!name || name->partition != 0) return fail("'{}' is not a disk like e1.2", text);
  return name->address;
}

std::string comma_list(std::string_view text) {
  std::string list;
  while (!(text = trimmed(text)).empty()) {
    const std::size_t end = text.find_first_of(std::string_view(" \t\r\n\0,", 6));
    if (!text.substr(0, end).empty()) {
      if (!list.empty()) list += ',';
      list += text.substr(0, end);
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return list;
}

}  // namespace

Result<ControlCommand> parse_control(ControlFile file, std::string_view text) {
  if (text.size() > kControlBytesMax) return fail("more than {} bytes", kControlBytesMax);
  const std::string_view word = trimmed(text);
  switch (file) {
    case ControlFile::discover: return DiscoverAll{};
    case ControlFile::interfaces: return UseInterfaces{comma_list(text)};
    case ControlFile::revalidate: {
      const auto address = whole_disk(word);
      if (!address) return tl::unexpected(address.error());
      return Revalidate{*address};
    }
    case ControlFile::flush: {
      if (word.empty()) return ForgetMany{Forget::down};
      if (word == "all") return ForgetMany{Forget::unused};
      const auto address = whole_disk(word);
      if (!address) return tl::unexpected(address.error());
      return ForgetOne{*address};
    }
  }
  return fail("no such control file");
}

}  // namespace aoekit::fuse
