// aoe top: what a running aoed does right now, once or again and again.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/aoed/connection.h"
#include "cli/aoed/top_screen.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "io/clock.h"
#include "io/signals.h"

namespace aoekit::cli {
namespace {

using control::Answer;
using control::Client;

struct TopOptions {
  DaemonOptions daemon;
  double interval_s = 2;
  bool once = false;
};

template <class T>
Answer<std::vector<T>> decoded(const Answer<control::Json>& json) {
  if (!json) return tl::unexpected(json.error());
  return control::decode<std::vector<T>>(*json, control::Unknown::ignored);
}

Answer<TopSample> take_sample(Client& client) {
  TopSample sample;
  const auto daemon = control::field<control::DaemonInfo>(client.call("daemon.show", control::NoParams{}), "daemon");
  if (!daemon) return tl::unexpected(daemon.error());
  auto exports = decoded<control::ExportInfo>(client.all_exports());
  if (!exports) return tl::unexpected(exports.error());
  auto clients = decoded<control::ClientInfo>(client.all_clients());
  if (!clients) return tl::unexpected(clients.error());
  auto interfaces = control::field<std::vector<control::InterfaceInfo>>(
      client.call("interface.list", control::NoParams{}), "interfaces");
  if (!interfaces) return tl::unexpected(interfaces.error());
  return TopSample{.at = io::monotonic_now().time_since_epoch(),
                   .daemon = *daemon,
                   .exports = std::move(*exports),
                   .clients = std::move(*clients),
                   .interfaces = std::move(*interfaces)};
}

// Rates over one interval, for scripts.
Answer<int> once(Client& client, const TopOptions& options) {
  const auto before = take_sample(client);
  if (!before) return tl::unexpected(before.error());
  static_cast<void>(::poll(nullptr, 0, static_cast<int>(options.interval_s * 1000)));
  const auto after = take_sample(client);
  if (!after) return tl::unexpected(after.error());
  const TopData data = top_data(*before, *after);
  if (options.daemon.json) {
    print_json(top_json(data));
    return kExitOk;
  }
  for (const TopTab tab : {TopTab::exports, TopTab::clients, TopTab::interfaces}) {
    TopState state{.tab = tab};
    const auto lines = top_lines(data, state, kAllRows, kAllRows);
    // The head once, above the first table.
    const std::size_t begin = tab == TopTab::exports ? 0 : 3;
    for (std::size_t i = begin; i < lines.size(); ++i) fmt::print("{}\n", lines[i].text);
  }
  return kExitOk;
}

// The live view: looks at the daemon at its pace and at the keyboard at the user's.
class LiveView {
 public:
  LiveView(const TopOptions& options, Client client, TopSample first)
      : options_(options), client_(std::move(client)), before_(std::move(first)), data_(top_data_of(before_)) {}

  int run(TopScreen& screen, io::SignalSource& signals) {
    Instant next = io::monotonic_now() + interval();
    while (true) {
      screen.draw(top_lines(data_, state_, screen.width(), screen.height()));
      std::array<pollfd, 2> sources{{{STDIN_FILENO, POLLIN, 0}, {signals.fd(), POLLIN, 0}}};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - io::monotonic_now()).count();
      static_cast<void>(::poll(sources.data(), sources.size(), static_cast<int>(std::max<std::int64_t>(left, 0))));
      if (signals.next()) return kExitOk;
      if ((sources[0].revents & (POLLHUP | POLLERR)) != 0) return kExitFailed;  // the terminal has gone
      while (const auto key = screen.key()) {
        if (top_key(state_, *key) == TopReaction::quit) return kExitOk;
      }
      if (io::monotonic_now() < next) continue;
      if (!state_.paused) look();
      next = io::monotonic_now() + interval();
    }
  }

 private:
  // Before the second look there is nothing to compare with.
  static TopData top_data_of(const TopSample& first) {
    TopSample later = first;
    later.at += std::chrono::seconds(1);
    TopData data = top_data(first, later);
    data.elapsed = Duration::zero();
    return data;
  }
  Duration interval() const { return seconds(options_.interval_s); }

  void look() {
    if (!client_) {
      auto client = Client::connect(options_.daemon.socket, seconds(options_.daemon.timeout_s));
      if (!client) {
        state_.trouble = client.error().message;
        return;
      }
      client_ = std::move(*client);
    }
    auto after = take_sample(*client_);
    if (!after) {
      state_.trouble = after.error().message;
      client_.reset();
      return;
    }
    state_.trouble.clear();
    data_ = top_data(before_, *after);
    before_ = std::move(*after);
  }

  const TopOptions& options_;
  std::optional<Client> client_;
  TopSample before_;
  TopData data_;
  TopState state_;
};

Answer<int> live(Client& client, const TopOptions& options) {
  // Before anything is drawn: from here on every way out goes through ~TopScreen.
  static constexpr std::array<int, 4> kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  auto signals = io::SignalSource::create(kSignals);
  if (!signals) return tl::unexpected(control::Refusal(signals.error()));
  auto first = take_sample(client);
  if (!first) return tl::unexpected(first.error());
  auto screen = TopScreen::open();
  if (!screen) return tl::unexpected(control::Refusal(screen.error()));
  return LiveView(options, std::move(client), std::move(*first)).run(**screen, *signals);
}

}  // namespace

Action set_up_top(CLI::App& app) {
  auto options = std::make_shared<TopOptions>();
  app.add_option("-d,--delay", options->interval_s, "Seconds between two looks (default: 2)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0));
  app.add_flag("--once", options->once, "Print the rates of one interval and end, for scripts");
  add_daemon_options(app, options->daemon);
  return [options] {
    if (options->daemon.json && !options->once) return report_usage("--json goes with --once");
    return with_daemon(options->daemon, [&](Client& client) {
      return options->once ? once(client, *options) : live(client, *options);
    });
  };
}

}  // namespace aoekit::cli
