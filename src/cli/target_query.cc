// Config queries by broadcast and the table of who answered.
#include "cli/target_query.h"

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::cli {
namespace {

constexpr std::uint32_t kSectorsWhenZero = 2;

// Sends the query on every port; the headers say which responses belong to it.
std::vector<wire::Header> broadcast(Station& station, const ConfigQuery& query) {
  std::vector<wire::Header> requests;
  for (std::size_t port = 0; port < station.port_count(); ++port) {
    const auto frame = config_request(station, port, wire::kBroadcastMac, query);
    requests.push_back(wire::decode_header(frame).value());
    station.send(port, frame);
  }
  return requests;
}

// Calls accept(target) for every matching response until it returns true or the deadline.
template <class Accept>
void gather(Station& station, const std::vector<wire::Header>& requests, Instant deadline, Accept accept) {
  while (station.wait_until(deadline) == Waited::ready) {
    for (const ArrivalView& view : station.receive()) {
      if (!is_response_to(requests[view.port], view.bytes)) continue;
      std::optional<Target> target = target_from(station, view.port, view.bytes);
      if (target && accept(std::move(*target))) return;
    }
  }
}

auto sort_key(const Target& target) { return std::tie(target.address, target.mac, target.interface); }

}  // namespace

std::vector<std::uint8_t> config_request(Station& station, std::size_t port, wire::MacAddress destination,
                                         const ConfigQuery& query) {
  const wire::Header header = station.request_header(port, wire::Command::config, destination, query.address);
  wire::ConfigBody body;
  body.op = static_cast<std::uint8_t>(query.op);
  body.text = bytes_of(query.text);
  std::vector<std::uint8_t> frame(std::max(wire::kMinFrameBytes, wire::kConfigHeaderBytes + query.text.size()));
  frame.resize(wire::encode(frame, header, body).size());
  return frame;
}

std::optional<Target> target_from(const Station& station, std::size_t port, ByteView frame) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response() || header->is_error()) return std::nullopt;
  const auto body = wire::decode_body(*header, frame);
  if (!body || !std::holds_alternative<wire::ConfigBody>(*body)) return std::nullopt;
  const auto& config = std::get<wire::ConfigBody>(*body);
  return Target{.address = header->address,
                .mac = header->source,
                .port = port,
                .interface = station.port(port).name,
                .buffer_count = config.buffer_count,
                .firmware = config.firmware,
                .sectors_per_frame = config.sectors_per_frame == 0 ? kSectorsWhenZero : config.sectors_per_frame,
                .config_string = std::string(config.text.begin(), config.text.end())};
}

std::vector<Target> query_targets(Station& station, const ConfigQuery& query, Duration time) {
  std::vector<Target> targets;
  // Twice, because a broadcast may be lost and many answers at once may overflow a receive buffer.
  for (int round = 0; round < 2 && !station.interrupted(); ++round) {
    const Instant deadline = io::monotonic_now() + time / 2;
    gather(station, broadcast(station, query), deadline, [&](Target target) {
      const auto same = [&](const Target& known) { return sort_key(known) == sort_key(target); };
      if (std::none_of(targets.begin(), targets.end(), same)) targets.push_back(std::move(target));
      return false;
    });
  }
  std::sort(targets.begin(), targets.end(), [](const auto& a, const auto& b) { return sort_key(a) < sort_key(b); });
  return targets;
}

Result<Target> find_target(Station& station, wire::AoeAddress address, const Patience& patience) {
  std::optional<Target> found;
  for (unsigned i = 0; i < patience.tries && !found && !station.interrupted(); ++i) {
    const Instant deadline = io::monotonic_now() + patience.timeout;
    gather(station, broadcast(station, {.address = address}), deadline, [&](Target target) {
      found = std::move(target);
      return true;
    });
  }
  if (found) return std::move(*found);
  if (station.interrupted()) return tl::unexpected(Error{"interrupted", EINTR});
  return tl::unexpected(Error{fmt::format("{}: no answer on {} (is the target running on that network, and if it has a "
                                          "MAC mask list, is this station in it?)",
                                          address.to_string(), station.port_names()), ETIMEDOUT});
}

}  // namespace aoekit::cli
