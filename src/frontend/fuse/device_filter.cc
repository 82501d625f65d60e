// Patterns of shelf and slot.
#include "frontend/fuse/device_filter.h"

#include <algorithm>

#include "lib/aoekit.h"

namespace aoekit::fuse {
namespace {

// A number or '*' off the front of `text`; false if it is neither.
bool take_part(std::string_view& text, unsigned max, std::optional<unsigned>& part) {
  if (!text.empty() && text.front() == '*') {
    text.remove_prefix(1);
    return true;
  }
  part = take_number(text, max);
  return part.has_value();
}

}  // namespace

Result<DeviceFilter> DeviceFilter::parse(std::string_view list) {
  DeviceFilter filter;
  for (bool more = true; more;) {
    const std::size_t comma = list.find(',');
    const std::string_view word = list.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) list.remove_prefix(comma + 1);
    std::string_view rest = word;
    if (!rest.empty() && rest.front() == 'e') rest.remove_prefix(1);
    Pattern pattern;
    bool good = take_part(rest, AOE_ANY_SHELF - 1, pattern.shelf) && !rest.empty() && rest.front() == '.';
    if (good) {
      rest.remove_prefix(1);
      good = take_part(rest, AOE_ANY_SLOT - 1, pattern.slot) && rest.empty();
    }
    if (!good) return fail("'{}' is not a disk or a pattern like e1.2, e3.* or e*.0", word);
    filter.patterns_.push_back(pattern);
  }
  return filter;
}

bool DeviceFilter::allows(Address address) const {
  if (patterns_.empty()) return true;
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    return pattern.shelf.value_or(address.shelf) == address.shelf && pattern.slot.value_or(address.slot) == address.slot;
  });
}

}  // namespace aoekit::fuse
