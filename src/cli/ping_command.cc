// aoe ping: asks one target for its configuration again and again and times the answers.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/exit_code.h"
#include "cli/ping_format.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "io/clock.h"
#include "wire/decode.h"

namespace aoekit::cli {
namespace {

constexpr int kExitPingError = 2;  // as ping(8): 1 means that nobody answered

struct PingOptions {
  wire::AoeAddress address;
  std::vector<std::string> interfaces;
  std::uint64_t count = 0;  // 0: until Ctrl-C
  double wait_s = 1;
  double interval_s = 1;
  bool quiet = false;
  bool json = false;
};

class Pinger {
 public:
  Pinger(const PingOptions& options, Station& station) : options_(options), station_(station) {}

  int run() {
    const Instant start = io::monotonic_now();
    Instant next = start;
    while (!station_.interrupted()) {
      const Instant now = io::monotonic_now();
      if (all_sent() && (answered_last_ || now >= last_sent_at_ + seconds(options_.wait_s))) break;
      if (!all_sent() && now >= next) {
        send_probe(now);
        next += seconds(options_.interval_s);
        // After a pause (a stopped terminal) go on from here instead of catching up.
        next = std::max(next, now);
      }
      const Instant until = all_sent() ? last_sent_at_ + seconds(options_.wait_s) : next;
      if (station_.wait_until(until) == Waited::ready) receive(io::monotonic_now());
    }
    print_end(io::monotonic_now() - start);
    return statistics_.received_count() > 0 ? kExitOk : kExitFailed;
  }

 private:
  struct Probe {
    std::uint64_t sequence = 0;
    Instant sent_at{};
  };
  // Answers that come later than this many probes are forgotten.
  static constexpr std::size_t kProbesRemembered = 1024;

  bool all_sent() const { return options_.count > 0 && statistics_.transmitted_count() >= options_.count; }

  // To the target alone once it is known; to everybody until then, and again after a loss: it may have moved.
  void send_probe(Instant now) {
    statistics_.sent();
    last_sent_at_ = now;
    const bool known = target_.has_value() && answered_last_;
    answered_last_ = false;
    for (std::size_t port = 0; port < station_.port_count(); ++port) {
      if (known && port != target_->port) continue;
      const auto destination = known ? target_->mac : wire::kBroadcastMac;
      const auto frame = config_request(station_, port, destination, {.address = options_.address});
      const wire::Header header = wire::decode_header(frame).value();
      // The clock is read again for each: opening and encoding are not the target's time.
      probes_[header.tag] = {statistics_.transmitted_count(), io::monotonic_now()};
      order_.push_back(header.tag);
      station_.send(port, frame);
    }
    while (order_.size() > kProbesRemembered) {
      probes_.erase(order_.front());
      order_.erase(order_.begin());
    }
  }

  void receive(Instant now) {
    for (const ArrivalView& view : station_.receive()) {
      const auto target = target_from(station_, view.port, view.bytes);
      if (!target || target->address != options_.address) continue;
      const auto probe = probes_.find(wire::decode_header(view.bytes).value().tag);
      if (probe != probes_.end()) accept(*target, probe->second, view.bytes.size(), now);
    }
  }

  void accept(const Target& target, const Probe& probe, std::size_t frame_bytes, Instant now) {
    const bool again = std::find(answered_.begin(), answered_.end(), probe.sequence) != answered_.end();
    const PingReply reply{.address = target.address,
                          .mac = target.mac,
                          .interface = target.interface,
                          .frame_bytes = frame_bytes,
                          .sequence = probe.sequence,
                          .round_trip = now - probe.sent_at,
                          .order = again ? ReplyOrder::duplicate : ReplyOrder::first};
    if (again) {
      statistics_.duplicate();
    } else {
      statistics_.received(reply.round_trip);
      answered_.push_back(probe.sequence);
      if (answered_.size() > kProbesRemembered) answered_.erase(answered_.begin());
      target_ = target;
    }
    if (probe.sequence == statistics_.transmitted_count()) answered_last_ = true;
    if (options_.quiet) return;
    if (options_.json) {
      print_json_line(reply_json(reply));
    } else {
      fmt::print("{}", format_reply(reply));
    }
    static_cast<void>(std::fflush(stdout));  // a failure is reported at the end
  }

  void print_end(Duration elapsed) const {
    if (options_.json) {
      print_json_line(statistics_.json(options_.address, elapsed));
    } else {
      fmt::print("{}", statistics_.summary(options_.address, elapsed));
    }
  }

  const PingOptions& options_;
  Station& station_;
  PingStatistics statistics_;
  std::optional<Target> target_;
  bool answered_last_ = false;
  Instant last_sent_at_{};
  std::map<std::uint32_t, Probe> probes_;
  std::vector<std::uint32_t> order_;       // tags, oldest first
  std::vector<std::uint64_t> answered_;    // sequence numbers, oldest first
};

int ping(const PingOptions& options) {
  auto session = NetworkSession::open(options.interfaces);
  if (!session) {
    static_cast<void>(report(session.error()));
    return kExitPingError;
  }
  if (!options.json) {
    fmt::print("PING {} on {}\n", options.address.to_string(), session->station().port_names());
    static_cast<void>(std::fflush(stdout));
  }
  return Pinger(options, session->station()).run();
}

}  // namespace

Action set_up_ping(CLI::App& app) {
  auto options = std::make_shared<PingOptions>();
  add_address_argument(app, options->address);
  add_interface_option(app, options->interfaces);
  app.add_option("-c,--count", options->count, "Stop after N probes (default: at Ctrl-C)")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40));
  app.add_option("-W,--wait", options->wait_s, "Seconds to wait for the last answer (default: 1)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 3600.0));
  app.add_option("--interval", options->interval_s, "Seconds between probes (default: 1)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 3600.0));
  app.add_flag("-q,--quiet", options->quiet, "Print the summary only");
  add_json_option(app, options->json);
  return [options] { return ping(*options); };
}

}  // namespace aoekit::cli
