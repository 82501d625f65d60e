// What most subcommands begin with: the interfaces' options, the station, and one target found on it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/interrupt.h"
#include "cli/station.h"
#include "cli/target_query.h"

namespace CLI {
class App;
}

namespace aoekit::cli {

// The options that all subcommands on the network share.
struct NetworkOptions {
  std::vector<std::string> interfaces;  // empty: all usable ones
  double timeout_s = 0.5;               // of one try
  unsigned tries = 4;

  Patience patience() const;
};
// Adds -i, --timeout and --tries.
void add_network_options(CLI::App& app, NetworkOptions& options);
// Adds -i alone.
void add_interface_option(CLI::App& app, std::vector<std::string>& interfaces);
// Adds the positional argument ADDRESS: one target.
void add_address_argument(CLI::App& app, wire::AoeAddress& address);
// Adds --json.
void add_json_option(CLI::App& app, bool& json);

// A check for options that count: a whole number from 0 on, said in a line that fits the screen.
std::string check_count(const std::string& text);

// Seconds, as options have them, as a Duration.
Duration seconds(double value);

// A station with Ctrl-C under control.
class NetworkSession {
 public:
  static Result<NetworkSession> open(const std::vector<std::string>& interfaces);
  Station& station() { return *station_; }

 private:
  NetworkSession() = default;
  std::unique_ptr<Interrupt> interrupt_;  // outlives the station, which points to it
  std::unique_ptr<Station> station_;
};

// Opens the station, finds the target and calls `work`; whatever fails is reported. Returns the exit status.
int with_target(const NetworkOptions& options, wire::AoeAddress address,
                const std::function<Result<int>(Station&, const Target&)>& work);

}  // namespace aoekit::cli
