// Addresses and regular expressions.
#include "cli/list_filter.h"

#include <algorithm>
#include <array>

#include "cli/text.h"

namespace aoekit::cli {

void DiskFilter::FreeRegex::operator()(regex_t* regex) const {
  ::regfree(regex);
  delete regex;
}

Result<DiskFilter> DiskFilter::parse(const std::vector<std::string>& words) {
  DiskFilter filter;
  for (const std::string& text : words) {
    Word word;
    if (const auto address = parse_query_address(text)) {
      word.address = *address;
    } else {
      auto compiled = std::make_unique<regex_t>();
      if (const int error = ::regcomp(compiled.get(), text.c_str(), REG_EXTENDED | REG_NOSUB); error != 0) {
        std::array<char, 128> reason{};
        ::regerror(error, compiled.get(), reason.data(), reason.size());
        return fail("'{}' is neither an address like e1.2 or 1.* nor a regular expression: {}", text, reason.data());
      }
      word.regex.reset(compiled.release());
    }
    filter.words_.push_back(std::move(word));
  }
  return filter;
}

bool DiskFilter::wants(const ListedDisk& disk) const {
  const wire::AoeAddress own{disk.status.shelf, disk.status.slot};
  const std::string lines = format_list_lines(disk) + disk.status.serial;
  const auto matches = [&](const Word& word) {
    return word.address ? word.address->addresses(own) : ::regexec(word.regex.get(), lines.c_str(), 0, nullptr, 0) == 0;
  };
  return words_.empty() || std::any_of(words_.begin(), words_.end(), matches);
}

}  // namespace aoekit::cli
