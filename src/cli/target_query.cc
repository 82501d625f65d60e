// Config queries by broadcast and the table of who answered.
#include "cli/target_query.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <tuple>

#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::cli {
namespace {

constexpr std::uint32_t kSectorsWhenZero = 2;
// As many answers as the smallest usual receive buffer holds at once (docs/scale.md).
constexpr std::size_t kAnswersThatFit = 64;
// Targets answer within a fraction of a millisecond, big ones then go on every millisecond.
constexpr Duration kShelfIsSilent = std::chrono::milliseconds(30);

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

// How long to wait for answers: until nobody answers for a while, where that is said.
struct Listening {
  Duration at_most{};
  std::optional<Duration> silence = {};
};

// Calls accept(target) for every matching response until it returns true or the time is over.
template <class Accept>
void gather(Station& station, const std::vector<wire::Header>& requests, const Listening& listening, Accept accept) {
  const Instant end = io::monotonic_now() + listening.at_most;
  const auto next_end = [&] {
    return listening.silence ? std::min(end, io::monotonic_now() + *listening.silence) : end;
  };
  for (Instant deadline = next_end(); station.wait_until(deadline) == Waited::ready; deadline = next_end()) {
    for (const ArrivalView& view : station.receive()) {
      if (!is_response_to(requests[view.port], view.bytes)) continue;
      std::optional<Target> target = target_from(station, view.port, view.bytes);
      if (target && accept(std::move(*target))) return;
    }
  }
}

auto sort_key(const Target& target) { return std::tie(target.address, target.mac, target.interface); }

// Who has answered a query so far, each once.
class Census {
 public:
  Census(Station& station, const ConfigQuery& query) : station_(station), query_(query) {}

  void ask(wire::AoeAddress address, const Listening& listening) {
    if (station_.interrupted()) return;
    query_.address = address;
    gather(station_, broadcast(station_, query_), listening, [&](Target target) {
      if (known_.emplace(target.address, target.mac, target.port).second) targets_.push_back(std::move(target));
      return false;
    });
  }
  const std::vector<Target>& targets() const { return targets_; }
  std::set<std::uint16_t> shelves() const {
    std::set<std::uint16_t> shelves;
    for (const Target& target : targets_) shelves.insert(target.address.shelf);
    return shelves;
  }
  std::vector<Target> take() {
    std::ranges::sort(targets_, [](const auto& a, const auto& b) { return sort_key(a) < sort_key(b); });
    return std::move(targets_);
  }

 private:
  Station& station_;
  ConfigQuery query_;
  std::vector<Target> targets_;
  std::set<std::tuple<wire::AoeAddress, wire::MacAddress, std::size_t>> known_;
};

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
  Census census(station, query);
  census.ask(query.address, {.at_most = time / 2});
  // Once more, because a broadcast may be lost and many answers at once may overflow a receive buffer.
  if (census.targets().size() <= kAnswersThatFit || query.address.shelf != wire::kShelfBroadcast) {
    census.ask(query.address, {.at_most = time / 2});
    return census.take();
  }
  // So many that asking everybody again would lose as many again: a shelf has 255 at most.
  for (std::size_t before = 0; census.targets().size() > before && !station.interrupted();) {
    before = census.targets().size();
    for (const std::uint16_t shelf : census.shelves()) {
      if (station.interrupted()) break;
      census.ask({shelf, query.address.slot}, {.at_most = time / 2, .silence = kShelfIsSilent});
    }
    census.ask(query.address, {.at_most = time / 2});
  }
  return census.take();
}

Result<Target> find_target(Station& station, wire::AoeAddress address, const Patience& patience) {
  std::optional<Target> found;
  for (unsigned i = 0; i < patience.tries && !found && !station.interrupted(); ++i) {
    gather(station, broadcast(station, {.address = address}), {.at_most = patience.timeout}, [&](Target target) {
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
