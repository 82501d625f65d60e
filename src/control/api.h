// What can be asked of a running aoed, as values: the control socket (docs/control.md) and the metrics stand on this.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "config/config.h"
#include "target/counters.h"
#include "target/statistics.h"
#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::control {

struct DaemonInfo {
  std::string version;
  std::int64_t pid = 0;
  Duration uptime{};
  std::string config_file;         // "" without
  std::size_t exports = 0;
  std::size_t threads = 0;
  std::uint64_t warnings = 0;      // logged since start
  target::TargetCounters counters; // sums over the threads
};

struct ExportInfo {
  enum class State : std::uint8_t {
    serving,
    waiting,   // its disk is missing or failed, or none of its interfaces is there: `reason` says what
    removing,  // requests in progress are still being answered
  };
  config::ExportConfig config;
  State state = State::serving;
  std::string reason;
  Sectors size;
  std::string engine;                     // "io_uring", "threads"
  std::vector<std::string> interfaces;    // that it is on now
  std::string config_string;              // arbitrary bytes
  std::vector<wire::MacAddress> mask;
  std::vector<wire::MacAddress> reserved_for;
  std::optional<wire::MacAddress> holder; // of an exclusive export
  std::size_t in_flight = 0;
  std::optional<Duration> last_used;      // ago; nothing: never
  bool saved = true;                      // the configuration files say the same
  target::IoStatistics statistics;
};

struct InterfaceInfo {
  std::string name;
  wire::MacAddress mac;
  std::uint32_t mtu_bytes = 0;
  bool up = false;
  bool present = false;                   // otherwise it is waited for
  std::uint32_t sectors_per_frame = 0;
  std::size_t exports = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t receive_drops = 0;        // by the kernel, for lack of room
  std::uint64_t send_drops = 0;
};

struct ClientInfo {
  wire::AoeAddress address;               // the export
  wire::MacAddress mac;
  std::string name;                       // from [stations] or /etc/ethers; "" without
  Duration first_seen{};                  // ago
  Duration last_seen{};                   // ago
  std::uint32_t in_flight = 0;
  target::IoStatistics statistics;
};

// What happened, e.g. for the answer of add: sentences for people.
using Notes = std::vector<std::string>;

// Why something was not done, for programs; people read the message.
enum class Code : std::uint8_t {
  not_found,  // there is no such export
  exists,     // there is one at that address already
  in_use,     // Force::yes would do it all the same
  invalid,    // the request makes no sense: a setting or a value is wrong
  failed,     // everything else: a disk that cannot be opened, a file that cannot be written
};

struct Refusal {
  Code code = Code::failed;
  std::string message;  // one sentence that names the thing and the remedy, like Error's

  Refusal() = default;
  Refusal(Code why, std::string text) : code(why), message(std::move(text)) {}
  // NOLINTNEXTLINE: implicit, so that a function that returns Answer can `return fail(...)`.
  Refusal(Error error) : message(std::move(error.message)) {}
};

template <class T>
using Answer = tl::expected<T, Refusal>;

// refuse(Code::in_use, "{} was used {} s ago", ...)
template <class... Args>
[[nodiscard]] tl::unexpected<Refusal> refuse(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Refusal>(Refusal{code, fmt::format(format, std::forward<Args>(args)...)});
}

// Takes what came of a change: called once, on the main thread, within the call that asked for it or later. Never called
// if the daemon ends before.
using Done = std::function<void(Answer<Notes>)>;

enum class Force : std::uint8_t { no, yes };
enum class Save : std::uint8_t { no, yes };  // whether a change is written to the configuration directory, too

inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

// A part of a long list: what comes behind `after`, at most `limit` of it. Without arguments: all.
struct ExportPage {
  std::optional<wire::AoeAddress> after = {};
  std::size_t limit = kNoLimit;
};
struct ClientKey {
  wire::AoeAddress address;
  wire::MacAddress mac;
  auto operator<=>(const ClientKey&) const = default;
};
struct ClientPage {
  std::optional<ClientKey> after = {};
  std::size_t limit = kNoLimit;
};

// One running daemon. All calls come from its main thread. A Refusal changes nothing.
class Api {
 public:
  virtual ~Api() = default;

  virtual DaemonInfo daemon() const = 0;
  virtual std::vector<ExportInfo> exports(const ExportPage& page) const = 0;          // by address
  virtual Answer<ExportInfo> exported(wire::AoeAddress address) const = 0;
  virtual std::vector<InterfaceInfo> interfaces() const = 0;                          // by name
  virtual std::vector<ClientInfo> clients(const ClientPage& page) const = 0;          // by address and MAC

  // Takes the defaults of the configuration files for what `settings` (a TOML table's keys and values, as JSON text)
  // does not say. Disk and network are asked before anything is changed, and nobody waits for them but the caller.
  virtual void add_export(wire::AoeAddress address, const std::string& settings_json, Save save, Done done) = 0;
  // Changes what `settings` says and nothing else; null means the default again.
  virtual void set_export(wire::AoeAddress address, const std::string& settings_json, Save save, Done done) = 0;
  // Without force refuses (in_use) an export that was used in the last minute.
  virtual Answer<Notes> remove_export(wire::AoeAddress address, Force force, Save save) = 0;
  virtual Answer<Notes> announce(std::optional<wire::AoeAddress> address) = 0;
  // Looks at the size of its disk now; with `size`, first makes a regular file so large (never smaller without force).
  virtual Answer<Notes> resize(wire::AoeAddress address, std::optional<Sectors> size, Force force) = 0;
  virtual Answer<Notes> set_mask(wire::AoeAddress address, std::vector<wire::MacAddress> stations) = 0;
  virtual Answer<Notes> set_reservation(wire::AoeAddress address, std::vector<wire::MacAddress> stations) = 0;
  // Takes an exclusive export from its holder.
  virtual Answer<Notes> release(wire::AoeAddress address) = 0;
  virtual Answer<Notes> reload() = 0;
};

}  // namespace aoekit::control
