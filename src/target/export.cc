// Station lists.
#include "target/export.h"

#include <algorithm>

namespace aoekit::target {

bool contains(const StationList& list, const wire::MacAddress& mac) {
  return std::find(list.begin(), list.end(), mac) != list.end();
}

}  // namespace aoekit::target
