// The allow-list of disks: "e1.2,e3.*".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "frontend/fuse/address.h"

namespace aoekit::fuse {

class DeviceFilter {
 public:
  // Allows everything.
  DeviceFilter() = default;
  // Comma-separated; each shelf or slot may be '*', the 'e' may be left out.
  static Result<DeviceFilter> parse(std::string_view list);

  bool allows(Address address) const;

 private:
  struct Pattern {
    std::optional<unsigned> shelf, slot;  // nothing: any
  };
  std::vector<Pattern> patterns_;
};

}  // namespace aoekit::fuse
