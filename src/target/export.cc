// Lists of stations and ports.
#include "target/export.h"

#include <algorithm>

namespace aoekit::target {

bool contains(const StationList& list, const wire::MacAddress& mac) {
  return std::find(list.begin(), list.end(), mac) != list.end();
}

bool Export::is_on(PortId port) const { return !ports || std::find(ports->begin(), ports->end(), port) != ports->end(); }

}  // namespace aoekit::target
