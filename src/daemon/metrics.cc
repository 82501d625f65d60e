// The desk where scrapers' threads and the main thread meet, and the library's server in front of it.
#include "daemon/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "daemon/listen_address.h"
#include "daemon/metric_families.h"
#include "io/wakeup.h"

namespace aoekit::daemon {

// One snapshot serves all who asked before it was begun.
class SnapshotDesk : public prometheus::Collectable {
 public:
  explicit SnapshotDesk(io::Wakeup wakeup) : wakeup_(std::move(wakeup)) {}

  // Any thread.
  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::shared_ptr<const MetricsSnapshot> snapshot = ask();
    return snapshot ? metric_families(*snapshot) : metric_families_without_snapshot();
  }

  // The main thread's: readable while somebody asks.
  int fd() const { return wakeup_.fd(); }
  void serve(const control::Api& api) {
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      wakeup_.put_out();
      if (waiting_ == 0) return;  // they have lost patience
      number = ++begun_;
    }
    auto snapshot = std::make_shared<MetricsSnapshot>(
        MetricsSnapshot{api.daemon(), api.exports({}), api.interfaces(), api.clients({})});
    const std::lock_guard lock(mutex_);
    done_ = number;
    if (waiting_ > 0) snapshot_ = std::move(snapshot);
    answered_.notify_all();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    answered_.notify_all();
  }

 private:
  std::shared_ptr<const MetricsSnapshot> ask() const {
    std::unique_lock lock(mutex_);
    const std::uint64_t wanted = begun_ + 1;
    wakeup_.light();
    ++waiting_;
    answered_.wait_for(lock, kSnapshotPatience, [&] { return done_ >= wanted || closed_; });
    std::shared_ptr<const MetricsSnapshot> snapshot = done_ >= wanted ? snapshot_ : nullptr;
    // With 10,000 exports it is 20 MB: not kept between scrapes.
    if (--waiting_ == 0) snapshot_.reset();
    return snapshot;
  }

  io::Wakeup wakeup_;
  mutable std::mutex mutex_;
  mutable std::condition_variable answered_;
  mutable std::shared_ptr<const MetricsSnapshot> snapshot_;
  mutable std::size_t waiting_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t done_ = 0;
  bool closed_ = false;
};

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& address, io::EventLoop& loop,
                                                            const control::Api& api) {
  const Result<std::string> listening = listen_address("metrics", address);
  if (!listening) return tl::unexpected(listening.error());
  Result<io::Wakeup> wakeup = io::Wakeup::create();
  if (!wakeup) return tl::unexpected(wakeup.error());
  auto desk = std::make_shared<SnapshotDesk>(std::move(*wakeup));
  const auto source = loop.add(desk->fd(), io::Interest::read, [desk, &api](io::Ready) { desk->serve(api); });
  if (!source) return tl::unexpected(source.error());
  std::unique_ptr<MetricsServer> server(new MetricsServer(address, loop, *source, desk));
  try {
    // Two threads, so that one scraper that reads slowly does not keep out all others.
    server->exposer_ = std::make_unique<prometheus::Exposer>(std::vector<std::string>{
        "listening_ports", *listening, "num_threads", "2", "request_timeout_ms", "10000"});
    server->exposer_->RegisterCollectable(desk);
  } catch (const std::exception& error) {
    return fail("metrics: cannot listen at {}: {}; give 'metrics' another address", address, error.what());
  }
  return server;
}

MetricsServer::MetricsServer(std::string address, io::EventLoop& loop, io::SourceId source,
                             std::shared_ptr<SnapshotDesk> desk)
    : address_(std::move(address)), loop_(loop), source_(source), desk_(std::move(desk)) {}

MetricsServer::~MetricsServer() {
  desk_->close();
  if (exposer_ != nullptr) {
    // The library would take up to 2 s to notice, and exports are down while a restart waits.
    std::atomic<bool> stopped = false;
    std::thread knocking([this, &stopped, port = port()] {
      for (; !stopped; std::this_thread::sleep_for(std::chrono::milliseconds(10))) knock(address_, port);
    });
    exposer_.reset();
    stopped = true;
    knocking.join();
  }
  loop_.remove(source_);
}

std::uint16_t MetricsServer::port() const {
  const std::vector<int> ports = exposer_->GetListeningPorts();
  return ports.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(ports[0]);
}

}  // namespace aoekit::daemon
