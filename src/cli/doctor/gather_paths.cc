// Examining each path to each target: identity, lists, frame sizes in both directions, manners.
#include <algorithm>
#include <cerrno>
#include <set>

#include "ata/registers.h"
#include "cli/ata_client.h"
#include "cli/doctor/gather.h"
#include "cli/list_client.h"
#include "cli/target_query.h"
#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::cli::doctor {
namespace {

constexpr unsigned kSizeRounds = 3;
constexpr std::uint8_t kVersionNobodyHas = 2;

// Requests that differ in size by their tags.
struct SizedRequest {
  std::uint32_t tag = 0;
  std::uint32_t sectors = 0;
};

class Examiner {
 public:
  Examiner(Station& station, const GatherOptions& options, Facts& facts)
      : station_(station), patience_{.timeout = options.timeout, .tries = 3}, facts_(facts) {}

  void examine(const Target& target) {
    PathFacts path;
    path.address = target.address;
    path.mac = target.mac;
    path.interface = target.interface;
    path.buffers = target.buffer_count;
    path.firmware_version = target.firmware;
    path.sectors_advertised = target.sectors_per_frame;
    look_at_manners(target, path);
    look_at_disk(target, path);
    if (const auto macs = read_reservation(station_, target, patience_)) path.reservation = *macs;
    if (const auto macs = read_mask(station_, target, patience_)) path.mask = *macs;
    measure(target, path);
    facts_.paths.push_back(std::move(path));
  }

 private:
  void look_at_manners(const Target& target, PathFacts& path) {
    const auto frame = config_request(station_, target.port, target.mac, {.address = target.address});
    if (const auto reply = station_.exchange(target.port, frame, patience_)) {
      path.shortest_answer_bytes = std::min(path.shortest_answer_bytes, reply->bytes.size());
    }
    auto header = station_.request_header(target.port, wire::Command::config, target.mac, target.address);
    header.version = kVersionNobodyHas;
    std::array<std::uint8_t, wire::kMinFrameBytes> other{};
    const Patience once{.timeout = patience_.timeout, .tries = 1};
    const auto reply = station_.exchange(target.port, wire::encode(other, header, wire::ConfigBody{}), once);
    // An error answer that says so is as it should be.
    path.answers_other_version = reply && !wire::decode_header(reply->bytes)->is_error();
  }

  void look_at_disk(const Target& target, PathFacts& path) {
    const auto page = identify(station_, target, patience_);
    if (!page) {
      path.identify_error = page.error().message;
      return;
    }
    path.disk = DiskIdentity{page->model, page->serial, page->firmware, page->size.count};
    if (page->size.count == 0 || reserved_for_others(target)) return;
    wire::AtaBody read = read_request(1);
    const auto reply = ata_command(station_, target, read, patience_);
    if (!reply) {
      path.read_error = reply.error().message;
    } else if (reply->failed()) {
      path.read_error = fmt::format("status 0x{:02x}, error 0x{:02x}", reply->status, reply->error);
    }
  }

  bool reserved_for_others(const Target& target) {
    const auto macs = read_reservation(station_, target, patience_);
    const auto& own = station_.port(target.port).mac;
    return macs && !macs->empty() && std::find(macs->begin(), macs->end(), own) == macs->end();
  }

  static wire::AtaBody read_request(std::uint32_t sectors) {
    wire::AtaBody body;
    body.flags = wire::kAtaFlagExtended;
    body.count = static_cast<std::uint8_t>(sectors);
    body.command_or_status = static_cast<std::uint8_t>(ata::Opcode::read_sectors_ext);
    return body;
  }

  // Largest first, down from what our MTU and the target allow. Outwards with IDENTIFY requests that have data behind
  // them, which a target ignores; inwards with reads from the disk's beginning.
  void measure(const Target& target, PathFacts& path) {
    if (!path.disk) return;
    const std::uint32_t local = wire::sectors_advertised(station_.port(target.port).mtu_bytes);
    const std::uint32_t most = std::min(local, target.sectors_per_frame);
    path.sectors_out = largest(target, most, [&](const wire::Header& header, std::uint32_t sectors) {
      wire::AtaBody body;
      body.count = 1;
      body.command_or_status = static_cast<std::uint8_t>(ata::Opcode::identify_device);
      body.lba[3] = 0xa0;
      send(target.port, header, body, sectors);
    });
    if (!path.read_error.empty() || path.disk->sectors < most || reserved_for_others(target)) return;
    path.sectors_in = largest(target, most, [&](const wire::Header& header, std::uint32_t sectors) {
      send(target.port, header, read_request(sectors), 0);
    });
  }

  void send(std::size_t port, const wire::Header& header, wire::AtaBody body, std::uint32_t padding_sectors) {
    const std::vector<std::uint8_t> padding(std::size_t{padding_sectors} * kSectorBytes);
    std::vector<std::uint8_t> frame(wire::kAtaHeaderBytes + padding.size() + wire::kMinFrameBytes);
    body.data = padding;
    station_.send(port, wire::encode(frame, header, body));
  }

  // The largest size up to `most` whose request is answered.
  template <class Send>
  std::uint32_t largest(const Target& target, std::uint32_t most, Send send_one) {
    std::uint32_t best = 0;
    for (unsigned round = 0; round < kSizeRounds && best < most && !station_.interrupted(); ++round) {
      std::vector<SizedRequest> requests;
      for (std::uint32_t sectors = most; sectors > best; --sectors) {
        const auto header = station_.request_header(target.port, wire::Command::ata, target.mac, target.address);
        requests.push_back({header.tag, sectors});
        send_one(header, sectors);
      }
      best = std::max(best, largest_answered(target, requests, most));
    }
    return best;
  }

  std::uint32_t largest_answered(const Target& target, const std::vector<SizedRequest>& requests, std::uint32_t most) {
    std::uint32_t best = 0;
    const Instant deadline = io::monotonic_now() + patience_.timeout;
    while (best < most && station_.wait_until(deadline) == Waited::ready) {
      for (const ArrivalView& view : station_.receive()) {
        const auto header = wire::decode_header(view.bytes);
        if (view.port != target.port || !header || !header->is_response() || header->is_error()) continue;
        if (header->source != target.mac) continue;
        for (const SizedRequest& one : requests) {
          if (one.tag == header->tag) best = std::max(best, one.sectors);
        }
      }
    }
    return best;
  }

  Station& station_;
  Patience patience_;
  Facts& facts_;
};

bool wanted(const std::vector<wire::AoeAddress>& addresses, wire::AoeAddress address) {
  return addresses.empty() || std::any_of(addresses.begin(), addresses.end(),
                                          [&](const wire::AoeAddress& one) { return one.addresses(address); });
}

}  // namespace

void gather_paths(Station& station, const GatherOptions& options, Facts& facts) {
  const auto targets = query_targets(station, {}, 4 * options.timeout);
  Examiner examiner(station, options, facts);
  for (const Target& target : targets) {
    if (!station.interrupted() && wanted(options.addresses, target.address)) examiner.examine(target);
  }
  for (std::size_t port = 0; port < station.port_count(); ++port) {
    const net::PortCounters& counters = station.counters(port);
    for (InterfaceFacts& one : facts.interfaces) {
      if (one.name != station.port(port).name) continue;
      one.requests = counters.frames_sent + counters.send_drops;
      one.answers = counters.frames_received;
    }
  }
}

}  // namespace aoekit::cli::doctor
