// Many requests at once: as many as the target says that it buffers, and discovery in between.
#include <algorithm>
#include <array>
#include <map>

#include "cli/conform/case.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

constexpr std::size_t kRequestsMax = 64;  // what Linux has outstanding at most
constexpr Duration kDiscoveryMax = std::chrono::milliseconds(100);

std::size_t batch_size(Probe& probe) {
  return std::min<std::size_t>(std::max<std::size_t>(probe.facts().buffer_count, 1), kRequestsMax);
}

std::vector<Bytes> batch_of_reads(Probe& probe, std::size_t count) {
  const std::uint32_t sectors = probe.facts().sectors_per_frame;
  const std::uint64_t places = std::max<std::uint64_t>(probe.facts().identify.size.count / sectors, 1);
  std::vector<Bytes> requests;
  for (std::size_t i = 0; i < count; ++i) {
    requests.push_back(probe.ata(probe.read_taskfile((i * 7) % places * sectors, sectors)));
  }
  return requests;
}

// Each request answered once, and well.
void judge(Probe& probe, const std::vector<Bytes>& requests, const std::vector<Reply>& replies) {
  std::map<std::uint32_t, int> answers;
  for (const Reply& reply : replies) {
    ++answers[reply.header.tag];
    const bool good =
        !reply.header.is_error() && (reply.header.command != 0 || reply.ata().command_or_status == ata::kStatusReady);
    if (!good) throw probe.failure("only successes", fmt::format("an error among them: {}", hex(reply.bytes, 40)));
  }
  probe.equal("requests answered", answers.size(), requests.size());
  probe.equal("answers", replies.size(), requests.size());
}

void reads(Probe& probe) {
  const std::vector<Bytes> requests = batch_of_reads(probe, batch_size(probe));
  judge(probe, requests, probe.ask_all(requests));
}

void configs(Probe& probe) {
  std::vector<Bytes> requests;
  for (std::size_t i = 0; i < batch_size(probe); ++i) requests.push_back(probe.config(wire::ConfigOp::read));
  judge(probe, requests, probe.ask_all(requests));
}

void discovery(Probe& probe) {
  std::vector<Bytes> requests = batch_of_reads(probe, batch_size(probe) - 1);
  Bytes question = probe.config(wire::ConfigOp::read);
  question = with_destination(with_address(question, wire::kEverybody), wire::kBroadcastMac);
  requests.push_back(question);
  const Instant sent_at = probe.link().now();
  const std::vector<Reply> replies = probe.ask_all(requests);
  const auto config = static_cast<std::uint8_t>(wire::Command::config);
  const auto answer =
      std::find_if(replies.begin(), replies.end(), [&](const Reply& reply) { return reply.header.command == config; });
  probe.check(answer != replies.end(), "an answer to discovery behind a batch of reads");
  probe.check(answer->at - sent_at <= kDiscoveryMax, "discovery answered within 100 ms");
}

void latency(Probe& probe) {
  Duration best = Duration::max();
  for (int i = 0; i < 5; ++i) {
    const Instant sent_at = probe.link().now();
    best = std::min(best, probe.ask_ok(probe.config(wire::ConfigOp::read)).at - sent_at);
  }
  probe.check(best <= kDiscoveryMax, "config answered within 100 ms");
}

// Writes over the window, each sector once, then everything read back.
void writes(Probe& probe) {
  const SectorRange window = *probe.options().window;
  const std::uint32_t sectors =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(probe.facts().sectors_per_frame, window.count.count));
  const auto count = std::min<std::uint64_t>(batch_size(probe), window.count.count / sectors);
  std::vector<Bytes> data;
  std::vector<Bytes> requests;
  for (std::uint64_t i = 0; i < count; ++i) {
    data.push_back(pattern(5000 + i, sectors));
    requests.push_back(probe.ata(probe.write_taskfile(window.first.value + i * sectors, data.back())));
  }
  judge(probe, requests, probe.ask_all(requests));
  for (std::uint64_t i = 0; i < count; ++i) {
    probe.equal_bytes(fmt::format("write {} of {}", i + 1, count),
                      probe.read(window.first.value + i * sectors, sectors), data[i]);
  }
}

void two_stations(Probe& probe) {
  std::vector<Bytes> requests = batch_of_reads(probe, batch_size(probe));
  for (std::size_t i = 1; i < requests.size(); i += 2) {
    requests[i] = with_source(std::move(requests[i]), probe.other_station(0));
  }
  const std::vector<Reply> replies = probe.ask_all(requests);
  judge(probe, requests, replies);
  const auto to_other = std::count_if(replies.begin(), replies.end(), [&](const Reply& reply) {
    return reply.header.destination == probe.other_station(0);
  });
  probe.equal("answers to the other station", static_cast<std::size_t>(to_other), requests.size() / 2);
}

constexpr const char* kWindow = "Linux: one lost frame costs up to 16.5 s and the window";

constexpr std::array kCases = {
    Case{"load.reads", "L1", "As many reads at once as the target says that it buffers (64 at most) are all answered",
         kWindow, kNeedsNothing, reads},
    Case{"load.configs", "L1", "So are as many config reads", "discovery with several initiators", kNeedsNothing,
         configs},
    Case{"load.two-stations", "L1", "So are reads of two stations, each answer to its station", kWindow,
         kNeedsOtherStation, two_stations},
    Case{"load.writes", "L1", "So are writes, and all are done", kWindow, kNeedsWindow, writes},
    Case{"load.discovery", "L2", "Discovery is answered within 100 ms while reads are outstanding",
         "Linux: a disk that looks gone while it is busy", kNeedsNothing, discovery},
    Case{"load.latency", "L2", "And so when nothing is", "discovery at boot", kNeedsNothing, latency},
};

}  // namespace

std::span<const Case> load_cases() { return kCases; }

}  // namespace aoekit::conform
