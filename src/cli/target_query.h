// Asking the network who is there, and what a target advertises.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/station.h"
#include "wire/address.h"
#include "wire/frame.h"

namespace aoekit::cli {

// A target as one of our ports sees it.
struct Target {
  wire::AoeAddress address;
  wire::MacAddress mac;
  std::size_t port = 0;
  std::string interface;
  std::uint16_t buffer_count = 0;
  std::uint16_t firmware = 0;
  std::uint32_t sectors_per_frame = 2;  // as advertised, with the wire's 0 meaning 2
  std::string config_string;            // arbitrary bytes
};

// A config request to many or one: which operation, with which string.
struct ConfigQuery {
  wire::AoeAddress address = wire::kEverybody;
  wire::ConfigOp op = wire::ConfigOp::read;
  std::string text{};  // at most wire::kConfigStringBytesMax
};

// Broadcasts the query on every port twice within `time` and returns who answered, sorted by address, without
// repetitions. AoE errors are left out. Where more answer than a receive buffer holds at once, it asks each shelf that it
// hears of by itself and then everybody again, as long as that brings new ones; that takes longer than `time`.
std::vector<Target> query_targets(Station& station, const ConfigQuery& query, Duration time);

// The first to answer for this address on any port. Fails when nobody does.
Result<Target> find_target(Station& station, wire::AoeAddress address, const Patience& patience);

// The target in a config response; nothing if the frame is not one.
std::optional<Target> target_from(const Station& station, std::size_t port, ByteView frame);

// The bytes of a config request from `port` to `destination`.
std::vector<std::uint8_t> config_request(Station& station, std::size_t port, wire::MacAddress destination,
                                         const ConfigQuery& query);

}  // namespace aoekit::cli
