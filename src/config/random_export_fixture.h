// Exports as administrators could want them, from a seed.
#pragma once

#include <algorithm>

#include "base/prng.h"
#include "config/config.h"

namespace aoekit::config::testing {

class RandomExports {
 public:
  explicit RandomExports(std::uint64_t seed) : prng_(seed) {}

  // Keys of [defaults] only.
  ExportConfig defaults() {
    ExportConfig one;
    shared(one);
    return one;
  }

  ExportConfig next(wire::AoeAddress address, const ExportConfig& defaults) {
    ExportConfig one = defaults;
    one.address = address;
    one.path = "/" + text(30);
    one.description = maybe() ? text(40) : "";
    if (maybe()) one.interfaces = {"eth" + std::to_string(prng_.below(10)), "san[0-9]*", "vlan\\*"};
    if (maybe()) one.first_sector = Sectors{prng_.next() >> (12 + prng_.below(40))};
    if (maybe()) one.length = Sectors{1 + (prng_.next() >> (12 + prng_.below(40)))};
    if (maybe()) one.serial = "S" + std::to_string(prng_.below(1000000)) + "\\\"'#";
    one.force = maybe();
    if (maybe()) shared(one);
    return one;
  }

 private:
  bool maybe() { return prng_.below(2) == 1; }

  // Printable, with what needs care in TOML, and UTF-8.
  std::string text(std::size_t length) {
    static constexpr const char* kPieces[] = {"a", "B", "7", " ", "\"", "\\", "'", "#", "[", "]", "=", "'''", "\"\"\"",
                                              "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x92\xbe", "-", "{", "}", ","};
    std::string out;
    while (out.size() < length) out += kPieces[prng_.below(std::size(kPieces))];
    return out;
  }

  std::vector<wire::MacAddress> stations() {
    std::vector<wire::MacAddress> macs(prng_.below(4));
    for (wire::MacAddress& mac : macs) {
      for (std::uint8_t& byte : mac.bytes) byte = static_cast<std::uint8_t>(prng_.next());
      mac.bytes[0] &= 0xfe;
    }
    std::sort(macs.begin(), macs.end());
    return macs;
  }

  void shared(ExportConfig& one) {
    one.read_only = maybe();
    one.model = maybe() ? std::optional<std::string>("disk \"M\"") : std::nullopt;
    one.buffers = static_cast<std::uint16_t>(1 + prng_.below(UINT16_MAX));
    one.durability = static_cast<Durability>(prng_.below(3));
    one.caching = static_cast<Caching>(prng_.below(2));
    one.sharing = static_cast<Sharing>(prng_.below(3));
    one.exclusive_timeout = std::chrono::seconds(1 + prng_.below(86400));
    one.read_access = {.allow = stations(), .deny = stations()};
    one.write_access = {.allow = stations(), .deny = stations()};
    one.limit = {prng_.below(3) * 100, prng_.below(3) * 1'000'000};
    one.client_limit = {prng_.below(3) * 7, prng_.below(3) << 20};
  }

  Prng prng_;
};

}  // namespace aoekit::config::testing
