// Formatting and parsing without I/O.
#include "cli/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace aoekit::cli {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string printable(ByteView bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    if (byte == '\\') {
      out += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += static_cast<char>(byte);
    } else {
      out += fmt::format("\\x{:02x}", byte);
    }
  }
  return out;
}

std::string hex(ByteView bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

Result<std::vector<std::uint8_t>> parse_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) break;
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  if (bytes.size() * 2 != text.size()) return fail("'{}' is not a row of hex bytes (expected pairs like 0a1b)", text);
  return bytes;
}

std::string human_size(std::uint64_t bytes) {
  static constexpr std::array<const char*, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  auto value = static_cast<double>(bytes);
  // 1023.5 and more would print as 1024.
  while (value >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::string number = fmt::format("{:.{}f}", value, decimals);
  if (decimals > 0) {
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
  }
  return number + " " + kUnits[unit];
}

Result<wire::AoeAddress> parse_query_address(std::string_view text) {
  if (text == "all") return wire::kEverybody;
  std::string_view number = text.starts_with('e') ? text.substr(1) : text;
  const std::size_t dot = number.find('.');
  if (dot == std::string_view::npos) return wire::AoeAddress::parse(text);
  std::string shelf(number.substr(0, dot));
  std::string slot(number.substr(dot + 1));
  if (shelf == "*") shelf = std::to_string(wire::kShelfBroadcast);
  if (slot == "*") slot = std::to_string(wire::kSlotBroadcast);
  const auto address = wire::AoeAddress::parse(shelf + "." + slot);
  // The message shows what was typed.
  return address ? address : wire::AoeAddress::parse(text);
}

Result<wire::AoeAddress> parse_target_address(std::string_view text) {
  auto address = parse_query_address(text);
  if (address && !address->is_valid_target()) return fail("'{}' means many targets; name one, like e1.2", text);
  return address;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}", row[i], widths[i] + 2);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace aoekit::cli
