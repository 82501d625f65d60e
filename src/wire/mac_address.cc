// Parsing and printing of station addresses.
#include "wire/mac_address.h"

#include <algorithm>

#include "base/check.h"

namespace aoekit::wire {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

MacAddress MacAddress::from_bytes(ByteView from) {
  AOEKIT_CHECK(from.size() >= 6);
  MacAddress mac;
  std::copy_n(from.begin(), 6, mac.bytes.begin());
  return mac;
}

Result<MacAddress> MacAddress::parse(std::string_view text) {
  const auto bad = [&] {
    return fail("'{}' is not a MAC address (expected 12 hex digits, like 00:11:22:aa:bb:cc)", text);
  };
  const bool separated = text.size() == 17;
  if (!separated && text.size() != 12) return bad();
  MacAddress mac;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    if (separated && i > 0) {
      if (text[at] != text[2] || (text[at] != ':' && text[at] != '-')) return bad();
      ++at;
    }
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return bad();
    mac.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return mac;
}

bool MacAddress::is_broadcast() const { return *this == kBroadcastMac; }

std::string MacAddress::to_string() const {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
                     bytes[5]);
}

}  // namespace aoekit::wire
