// Names of disks and partitions, read strictly: a file has one name only.
#include "frontend/fuse/address.h"

#include <fmt/core.h>

#include <charconv>

#include "lib/aoekit.h"

namespace aoekit::fuse {
namespace {

constexpr unsigned kPartitionsMax = 65535;

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string Address::name() const { return fmt::format("e{}.{}", shelf, slot); }

std::optional<unsigned> take_number(std::string_view& text, unsigned max) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value > max) return std::nullopt;
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (digits > 1 && text.front() == '0') return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

std::optional<FileName> parse_file_name(std::string_view text) {
  if (!take(text, 'e')) return std::nullopt;
  const auto shelf = take_number(text, AOE_ANY_SHELF - 1);
  if (!shelf || !take(text, '.')) return std::nullopt;
  const auto slot = take_number(text, AOE_ANY_SLOT - 1);
  if (!slot) return std::nullopt;
  FileName name{{static_cast<std::uint16_t>(*shelf), static_cast<std::uint8_t>(*slot)}, 0};
  if (text.empty()) return name;
  if (!take(text, 'p')) return std::nullopt;
  const auto partition = take_number(text, kPartitionsMax);
  if (!partition || *partition == 0 || !text.empty()) return std::nullopt;
  name.partition = *partition;
  return name;
}

}  // namespace aoekit::fuse
