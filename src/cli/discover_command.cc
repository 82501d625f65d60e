// aoe discover: who is out there.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "ata/registers.h"
#include "cli/discover_format.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::cli {
namespace {

struct DiscoverOptions {
  std::vector<std::string> interfaces;
  double timeout_s = 1;
  bool json = false;
};

constexpr std::size_t kIdentifiesAtOnce = 64;  // answers of 548 bytes that any receive buffer holds
constexpr unsigned kIdentifyTries = 3;

// Sends IDENTIFY to each of the targets; the result tells by tag whose answer is whose.
std::map<std::uint32_t, Discovered*> send_identifies(Station& station, std::span<Discovered* const> wanted) {
  std::map<std::uint32_t, Discovered*> by_tag;
  wire::AtaBody body;
  body.count = 1;
  body.command_or_status = static_cast<std::uint8_t>(ata::Opcode::identify_device);
  body.lba[3] = 0xa0;
  for (Discovered* one : wanted) {
    const Target& target = one->target;
    const auto header = station.request_header(target.port, wire::Command::ata, target.mac, target.address);
    by_tag[header.tag] = one;
    std::array<std::uint8_t, wire::kMinFrameBytes> frame{};
    station.send(target.port, wire::encode(frame, header, body));
  }
  return by_tag;
}

void accept_identify(std::map<std::uint32_t, Discovered*>& by_tag, ByteView frame) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response()) return;
  const auto found = by_tag.find(header->tag);
  if (found == by_tag.end() || found->second->target.mac != header->source) return;
  const auto body = wire::decode_body(*header, frame);
  const auto* ata = body ? std::get_if<wire::AtaBody>(&*body) : nullptr;
  if (ata != nullptr && !header->is_error()) found->second->page = ata::parse_identify(ata->data);
  by_tag.erase(found);
}

// Asks in groups, so that a thousand answers do not come at once, and again those that stay silent.
void identify_all(Station& station, std::vector<Discovered>& found, Duration time) {
  for (unsigned round = 0; round < kIdentifyTries && !station.interrupted(); ++round) {
    std::vector<Discovered*> missing;
    for (Discovered& one : found) {
      if (!one.page) missing.push_back(&one);
    }
    for (std::size_t at = 0; at < missing.size(); at += kIdentifiesAtOnce) {
      const std::size_t count = std::min(kIdentifiesAtOnce, missing.size() - at);
      auto by_tag = send_identifies(station, std::span(missing).subspan(at, count));
      const Instant deadline = io::monotonic_now() + time / kIdentifyTries;
      while (!by_tag.empty() && station.wait_until(deadline) == Waited::ready) {
        for (const ArrivalView& view : station.receive()) accept_identify(by_tag, view.bytes);
      }
    }
  }
}

int discover(const DiscoverOptions& options) {
  auto session = NetworkSession::open(options.interfaces);
  if (!session) return report(session.error());
  Station& station = session->station();
  std::vector<Discovered> found;
  for (Target& target : query_targets(station, {}, seconds(options.timeout_s))) {
    found.push_back({std::move(target), std::nullopt});
  }
  identify_all(station, found, seconds(options.timeout_s));
  if (options.json) {
    print_json(discovered_json(found));
  } else if (found.empty()) {
    note(fmt::format("no target answered on {}", station.port_names()));
  } else {
    fmt::print("{}", format_discovered(found));
  }
  return found.empty() ? kExitFailed : kExitOk;
}

}  // namespace

Action set_up_discover(CLI::App& app) {
  auto options = std::make_shared<DiscoverOptions>();
  add_interface_option(app, options->interfaces);
  app.add_option("--timeout", options->timeout_s, "Seconds to wait for answers (default: 1)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 3600.0));
  add_json_option(app, options->json);
  return [options] { return discover(*options); };
}

}  // namespace aoekit::cli
