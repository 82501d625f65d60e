// Columns, sizes, order and choice of aoe-stat's lines.
#include "aoetools/stat_format.h"

#include <fmt/core.h>
#include <regex.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

#include "aoetools/numbers.h"

namespace aoekit::aoetools {
namespace {

constexpr const char* kNotAvailable = "(NA)";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string or_not_available(const std::optional<std::string>& text) { return text.value_or(kNotAvailable); }

// sort(1): the locale's order, and bytes where that sees no difference.
bool before(const std::string& a, const std::string& b) {
  const int order = std::strcoll(a.c_str(), b.c_str());
  return order != 0 ? order < 0 : a < b;
}

}  // namespace

std::string disk_name(const std::string& path) {
  const std::size_t mark = path.rfind('!');
  return mark == std::string::npos ? path : path.substr(mark + 1);
}

bool is_aoe_disk(const std::string& directory_name) {
  if (disk_name(directory_name).find('p') != std::string::npos) return false;
  // *e[0-9]*.[0-9]*
  for (std::size_t at = 0; (at = directory_name.find('e', at)) != std::string::npos; ++at) {
    if (at + 1 >= directory_name.size() || !is_digit(directory_name[at + 1])) continue;
    for (std::size_t dot = at + 2; (dot = directory_name.find('.', dot)) != std::string::npos; ++dot) {
      if (dot + 1 < directory_name.size() && is_digit(directory_name[dot + 1])) return true;
    }
  }
  return false;
}

std::string size_column(const std::optional<std::string>& sectors) {
  const auto count = sectors ? parse_number(*sectors, std::numeric_limits<std::uint64_t>::max()) : std::nullopt;
  if (!count) return kNotAvailable;
  // 512000 n / 10^9 in whole steps of 1/1000 GB, without overflow: 512 n / 10^6 = 8 n / 15625.
  const std::uint64_t thousandths = *count / 15625 * 8 + *count % 15625 * 8 / 15625;
  return fmt::format("{}.{:03}GB", thousandths / 1000, thousandths % 1000);
}

std::vector<std::string> stat_lines(std::span<const DiskFacts> disks) {
  const auto has_payload = [](const DiskFacts& one) { return one.payload.has_value(); };
  const bool payloads = std::any_of(disks.begin(), disks.end(), has_payload);
  std::vector<std::string> lines;
  for (const DiskFacts& disk : disks) {
    const std::string size = size_column(disk.size), netif = or_not_available(disk.netif);
    const std::string state = or_not_available(disk.state);
    if (!payloads) {
      lines.push_back(fmt::format("{:>10} {:>15} {:>6} {:<14}", disk.name, size, netif, state));
    } else {
      lines.push_back(fmt::format("{:>10} {:>15} {:>10} {:<5} {:<14}", disk.name, size, netif,
                                  disk.payload ? *disk.payload : state, disk.payload ? state : ""));
    }
  }
  std::sort(lines.begin(), lines.end(), before);
  return lines;
}

std::optional<unsigned> minor_of(const std::optional<std::string>& dev) {
  const std::size_t colon = dev ? dev->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  const auto minor = parse_number(std::string_view(*dev).substr(colon + 1), std::numeric_limits<unsigned>::max());
  return minor ? std::optional(static_cast<unsigned>(*minor)) : std::nullopt;
}

Result<std::vector<std::string>> matching(std::span<const std::string> lines, const std::string& regex) {
  regex_t compiled{};
  if (const int error = ::regcomp(&compiled, regex.c_str(), REG_NOSUB); error != 0) {
    std::array<char, 128> text{};
    ::regerror(error, &compiled, text.data(), text.size());
    return fail("\"{}\": {}", regex, text.data());
  }
  std::vector<std::string> chosen;
  for (const std::string& line : lines) {
    if (::regexec(&compiled, line.c_str(), 0, nullptr, 0) == 0) chosen.push_back(line);
  }
  ::regfree(&compiled);
  return chosen;
}

}  // namespace aoekit::aoetools
