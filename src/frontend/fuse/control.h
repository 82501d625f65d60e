// What a write to one of the driver's control files asks for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "frontend/fuse/address.h"

namespace aoekit::fuse {

struct DiscoverAll {};
struct UseInterfaces {
  std::string names;  // comma-separated; empty: all
};
struct Revalidate {
  Address address;
};
enum class Forget : std::uint8_t { down, unused };  // down and not open; all that are not open
struct ForgetMany {
  Forget which = Forget::down;
};
struct ForgetOne {
  Address address;
};
using ControlCommand = std::variant<DiscoverAll, UseInterfaces, Revalidate, ForgetMany, ForgetOne>;

// Longer texts are refused, as the driver does.
inline constexpr std::size_t kControlBytesMax = 1023;

enum class ControlFile : std::uint8_t { discover, interfaces, revalidate, flush };
Result<ControlCommand> parse_control(ControlFile file, std::string_view text);

}  // namespace aoekit::fuse
