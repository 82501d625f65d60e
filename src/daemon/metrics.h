// Serves aoed's metrics to Prometheus: GET /metrics at one address.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "control/api.h"
#include "io/event_loop.h"

namespace prometheus {
class Exposer;
}

namespace aoekit::daemon {

class SnapshotDesk;

// Threads: the library's own answer the scrapers; each asks the main thread for a snapshot and waits for it (so numbers
// are of the moment, and nobody works while nobody asks), but no longer than kSnapshotPatience. All calls, and those of
// `api`, are the main thread's.
class MetricsServer {
 public:
  // Listens at `address`, an IP address and a port: "127.0.0.1:9760", "[::1]:9760". `loop` is the main thread's; it and
  // `api` outlive the server. An Error when the address is none, is not this machine's, or is taken. Starts threads,
  // which inherit the caller's signal mask.
  static Result<std::unique_ptr<MetricsServer>> start(const std::string& address, io::EventLoop& loop,
                                                      const control::Api& api);
  // Scrapers that wait are answered without a snapshot.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  // Where it listens, which port 0 leaves to the system.
  std::uint16_t port() const;

 private:
  MetricsServer(std::string address, io::EventLoop& loop, io::SourceId source, std::shared_ptr<SnapshotDesk> desk);

  std::string address_;
  io::EventLoop& loop_;
  io::SourceId source_;
  std::shared_ptr<SnapshotDesk> desk_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

inline constexpr Duration kSnapshotPatience = std::chrono::seconds(2);

}  // namespace aoekit::daemon
