// aoe chaos: a bridge between two interfaces that loses, doubles, delays and damages frames on purpose.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "chaos/faulty_link.h"
#include "cli/chaos_format.h"
#include "cli/chaos_options.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "io/clock.h"
#include "io/event_loop.h"
#include "io/signals.h"
#include "net/bridge_port.h"

namespace aoekit::cli {
namespace {

// Then signals and the other direction get their turn.
constexpr std::size_t kBatchesPerWakeUp = 8;
// How soon a removed interface is noticed.
constexpr Duration kLookInterval = std::chrono::seconds(1);

chaos::FaultOptions faults_of(const ChaosSettings& settings, ChaosDirection direction) {
  if (settings.direction == ChaosDirection::both || settings.direction == direction) return settings.faults;
  return {};
}

// Random values for different purposes from one seed.
std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t purpose) { return Prng(seed + purpose).next(); }

class Bridge {
 public:
  Bridge(const ChaosSettings& settings, std::unique_ptr<net::BridgePort> a, std::unique_ptr<net::BridgePort> b,
         io::EventLoop loop, io::SignalSource signals)
      : settings_(settings),
        start_(io::monotonic_now()),
        ports_{std::move(a), std::move(b)},
        links_{chaos::FaultyLink(faults_of(settings, ChaosDirection::a_to_b), derived_seed(settings.seed, 1),
                                 derived_seed(settings.seed, 3), start_),
               chaos::FaultyLink(faults_of(settings, ChaosDirection::b_to_a), derived_seed(settings.seed, 2),
                                 derived_seed(settings.seed, 3), start_)},
        loop_(std::move(loop)),
        signals_(std::move(signals)) {}

  Status run() {
    for (std::size_t i = 0; i < ports_.size(); ++i) {
      auto source = loop_.add(ports_[i]->fd(), io::Interest::read, [this, i](io::Ready) { on_frames(i); });
      if (!source) return tl::unexpected(source.error());
    }
    auto source = loop_.add(signals_.fd(), io::Interest::read, [this](io::Ready) { on_signals(); });
    if (!source) return tl::unexpected(source.error());

    Instant next_look = start_ + kLookInterval;
    std::optional<Instant> next_statistics;
    if (settings_.stats_interval) next_statistics = start_ + *settings_.stats_interval;
    std::optional<Instant> end;
    if (settings_.duration) end = start_ + *settings_.duration;
    while (!stopped_) {
      Instant deadline = next_look;
      for (const auto& other : {next_statistics, end, links_[0].next_due(), links_[1].next_due()}) {
        if (other) deadline = std::min(deadline, *other);
      }
      if (const auto ready = loop_.run_once(deadline); !ready) return tl::unexpected(ready.error());
      const Instant now = io::monotonic_now();
      for (std::size_t i = 0; i < links_.size(); ++i) {
        if (links_[i].next_due() && *links_[i].next_due() <= now) forward(i, {}, now);
      }
      if (next_statistics && now >= *next_statistics) {
        print_statistics(now);
        next_statistics = now + *settings_.stats_interval;
      }
      if (end && now >= *end) stopped_ = true;
      if (now < next_look) continue;
      next_look = now + kLookInterval;
      for (const auto& port : ports_) {
        if (port->gone()) return fail("the interface '{}' is gone", port->interface().name);
      }
    }
    return {};
  }

  void print_statistics(Instant now) const {
    ChaosStatistics statistics{.elapsed = now - start_, .directions = {}};
    for (std::size_t i = 0; i < links_.size(); ++i) {
      const net::BridgePortCounters from = ports_[i]->counters();
      const net::BridgePortCounters to = ports_[1 - i]->counters();
      statistics.directions[i] = {links_[i].counters(), from.receive_drops + from.truncated, to.send_drops};
    }
    if (settings_.json) {
      print_json_line(chaos_statistics_json(settings_, statistics));
    } else {
      fmt::print("{}", format_chaos_statistics(settings_, statistics));
    }
    static_cast<void>(std::fflush(stdout));  // a failure is reported at the end
  }

 private:
  void on_frames(std::size_t from) {
    for (std::size_t batch = 0; batch < kBatchesPerWakeUp; ++batch) {
      const std::span<const ByteView> frames = ports_[from]->receive();
      if (frames.empty()) return;
      forward(from, frames, io::monotonic_now());
    }
  }

  void forward(std::size_t from, std::span<const ByteView> frames, Instant now) {
    const std::span<const ByteView> out = links_[from].pass(frames, now);
    if (!out.empty()) ports_[1 - from]->send(out);
  }

  void on_signals() {
    while (const auto signal = signals_.next()) {
      if (*signal == SIGUSR1) {
        set_cut(true);
      } else if (*signal == SIGUSR2) {
        set_cut(false);
      } else {
        stopped_ = true;
      }
    }
  }

  void set_cut(bool cut) {
    if (settings_.direction != ChaosDirection::b_to_a) links_[0].set_cut(cut);
    if (settings_.direction != ChaosDirection::a_to_b) links_[1].set_cut(cut);
    const double elapsed_s = std::chrono::duration<double>(io::monotonic_now() - start_).count();
    if (settings_.json) {
      print_json_line({{"event", cut ? "cut" : "restored"}, {"elapsed_s", elapsed_s}});
    } else {
      fmt::print("{:.3f} s: {} by signal\n", elapsed_s, cut ? "cut" : "restored");
    }
    static_cast<void>(std::fflush(stdout));
  }

  const ChaosSettings& settings_;
  Instant start_;
  std::array<std::unique_ptr<net::BridgePort>, 2> ports_;
  std::array<chaos::FaultyLink, 2> links_;  // from port 0, from port 1
  io::EventLoop loop_;
  io::SignalSource signals_;
  bool stopped_ = false;
};

// What does not stop the bridge but may surprise.
void warn(const net::BridgePort& a, const net::BridgePort& b) {
  for (const net::BridgePort* port : {&a, &b}) {
    const std::string& name = port->interface().name;
    if (!port->interface().up) note(fmt::format("'{}' is down: nothing passes before `ip link set {} up`", name, name));
    if (!port->receive_buffer().enough()) {
      note(fmt::format("the receive buffer of '{}' has {} bytes in place of {}: frames may be lost that no dice chose; "
                       "give the program CAP_NET_ADMIN or raise net.core.rmem_max",
                       name, port->receive_buffer().granted_bytes, port->receive_buffer().wanted_bytes));
    }
  }
  if (a.interface().mtu_bytes != b.interface().mtu_bytes) {
    note(fmt::format("'{}' has MTU {}, '{}' has {}: longer frames than the smaller are refused",
                     a.interface().name, a.interface().mtu_bytes, b.interface().name, b.interface().mtu_bytes));
  }
}

int chaos_bridge(const ChaosSettings& settings) {
  if (settings.interface_a == settings.interface_b) {
    return report_usage(fmt::format("IF1 and IF2 are both '{}': a bridge has two ends", settings.interface_a));
  }
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return report(fail_errno(errno, "cannot ignore SIGPIPE").value());
  static constexpr std::array<int, 4> kSignals{SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
  auto signals = io::SignalSource::create(kSignals);
  if (!signals) return report(signals.error());
  auto loop = io::EventLoop::create();
  if (!loop) return report(loop.error());
  auto a = net::BridgePort::open(settings.interface_a);
  if (!a) return report(a.error());
  auto b = net::BridgePort::open(settings.interface_b);
  if (!b) return report(b.error());
  warn(**a, **b);
  if (settings.json) {
    print_json_line(chaos_settings_json(settings));
  } else {
    fmt::print("{}", format_chaos_settings(settings));
  }
  static_cast<void>(std::fflush(stdout));
  Bridge bridge(settings, std::move(*a), std::move(*b), std::move(*loop), std::move(*signals));
  const Status status = bridge.run();
  bridge.print_statistics(io::monotonic_now());
  return status ? kExitOk : report(status.error());
}

// An option whose text `parse` turns into `place`; what it cannot read is the usage error.
template <class Value, class Place>
void add_quantity(CLI::App& app, const char* name, const char* type, const char* help,
                  Result<Value> (*parse)(std::string_view), Place& place) {
  app.add_option_function<std::string>(
         name,
         [parse, name, &place](const std::string& text) {
           const auto value = parse(text);
           if (!value) throw CLI::ValidationError(name, value.error().message);
           place = *value;
         },
         help)
      ->type_name(type);
}

}  // namespace

Action set_up_chaos(CLI::App& app) {
  auto settings = std::make_shared<ChaosSettings>();
  chaos::FaultOptions& faults = settings->faults;
  app.add_option("IF1", settings->interface_a, "One end, called a")->type_name(" ")->required();
  app.add_option("IF2", settings->interface_b, "The other end, called b")->type_name(" ")->required();
  add_quantity(app, "--loss", "PERCENT", "Frames that vanish", parse_percentage, faults.loss);
  add_quantity(app, "--duplicate", "PERCENT", "Frames that arrive twice", parse_percentage, faults.duplicate);
  add_quantity(app, "--delay", "TIME[..TIME]", "How long each frame is on its way", parse_duration_range, faults.delay);
  add_quantity(app, "--reorder", "PERCENT", "Frames that are overtaken", parse_percentage, faults.reorder);
  add_quantity(app, "--reorder-by", "TIME", "Longest time they are held back (default: 5ms)", parse_duration,
               faults.reorder_hold);
  add_quantity(app, "--corrupt", "PERCENT", "Frames in which one bit is flipped", parse_percentage, faults.corrupt);
  add_quantity(app, "--rate", "BITS", "Bits per second, like 100M", parse_rate, faults.bits_per_second);
  add_quantity(app, "--cut", "TIME[..TIME]/PERIOD", "Silence once in each period, like 2s..5s/30s", parse_cut,
               faults.cut);
  app.add_option("--mtu-drop", faults.payload_bytes_max, "Frames with more payload than this vanish")
      ->type_name("BYTES")
      ->check(CLI::Range(46U, 65535U));
  app.add_option("--queue", faults.waiting_frames_max, "Frames on their way at once (default: 4096)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20));
  app.add_option("--direction", settings->direction, "What is faulty: a-to-b, b-to-a or both (default: both)")
      ->type_name("WAY")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ChaosDirection>{
                                              {"both", ChaosDirection::both},
                                              {"a-to-b", ChaosDirection::a_to_b},
                                              {"b-to-a", ChaosDirection::b_to_a}})
                      .description(""));
  app.add_flag_callback("--only-aoe", [&faults] { faults.afflicted = chaos::Afflicted::aoe_only; },
                        "Leave frames alone that are not AoE");
  auto seeded = std::make_shared<std::optional<std::uint64_t>>();
  app.add_option("--seed", *seeded, "Repeat the faults of a run with this seed (default: a new one)")->type_name("N");
  add_quantity(app, "--duration", "TIME", "End after this time (default: at Ctrl-C)", parse_duration,
               settings->duration);
  add_quantity(app, "--stats-interval", "TIME", "Print statistics so often, not only at the end", parse_duration,
               settings->stats_interval);
  add_json_option(app, settings->json);
  return [settings, seeded] {
    if (settings->stats_interval == Duration{}) return report_usage("--stats-interval: statistics without a pause");
    settings->seed = *seeded ? **seeded : std::random_device()();
    return chaos_bridge(*settings);
  };
}

}  // namespace aoekit::cli
