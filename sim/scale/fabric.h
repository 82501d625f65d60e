// A discrete-event model of discovery on a big fabric: target hosts with the real core, a switch, a requester that loses
// what it cannot keep up with. Deterministic: same options, same result.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "target/target_core.h"

namespace aoekit::scale {

// How a host answers a broadcast that asks all its exports.
enum class Policy : std::uint8_t {
  first_buffers,  // at once, as many as it has buffers, always the same: the core before it spread answers
  all_at_once,    // at once, all
  spread          // the core as it is
};
const char* to_string(Policy policy);

// What a requester asks.
enum class Asking : std::uint8_t {
  everybody,  // everybody, again and again
  by_shelf    // everybody, then each shelf that it has heard of, and so on
};
const char* to_string(Asking asking);

struct FabricOptions {
  std::uint32_t hosts = 1;
  std::uint32_t exports_per_host = 1;
  Policy policy = Policy::spread;
  std::uint64_t seed = 1;
  // Every station has a link of this rate; a small frame takes 84 bytes of it.
  std::uint64_t link_bits_per_second = 1000000000;
  std::uint32_t switch_queue_frames = 4096;    // per port, towards the station
  std::uint32_t receive_buffer_frames = 277;   // Linux's default of 212992 bytes, 768 bytes a small frame
  Duration receive_cost = std::chrono::microseconds(3);  // of a frame, for the requester
  Duration wake_up = std::chrono::microseconds(50);      // of a requester that waits
  Duration latency_min = std::chrono::microseconds(50);  // from a query's arrival to a host's first answer
  Duration latency_max = std::chrono::microseconds(300);
  Duration announce_jitter{};
};

struct DiscoveryResult {
  std::uint64_t exports = 0;
  std::uint64_t found_first = 0;   // by the first broadcast
  std::uint64_t found = 0;         // in the end
  unsigned rounds = 0;             // times that everybody was asked until all were found, or until it gave up
  unsigned queries = 0;            // broadcasts in all
  Duration time{};                 // until the last was found
  std::uint64_t answers = 0;       // sent by hosts
  std::uint64_t lost_in_switch = 0;
  std::uint64_t lost_in_buffer = 0;
};

struct StormResult {
  std::uint64_t broadcasts = 0;      // each is delivered to every station
  std::uint64_t peak_per_10_ms = 0;
  Duration time{};                   // until the last
};

class Fabric {
 public:
  explicit Fabric(const FabricOptions& options);
  ~Fabric();

  // One requester broadcasts queries until it knows all exports or has asked everybody so often. It waits `interval` after
  // each query for everybody and `shelf_interval` after each for a shelf.
  DiscoveryResult discover(Asking asking, Duration interval, Duration shelf_interval, unsigned rounds_max);
  // All hosts start within `spread_over` and announce their exports.
  StormResult start_all(Duration spread_over);

 private:
  struct Host;
  struct Event {
    Instant at;
    std::uint64_t order;
    std::uint32_t host;
    std::uint32_t what;  // the shelf that is asked, or the export that answers
    enum class Kind : std::uint8_t { query, timer, answer } kind;
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  void push(Instant at, Event::Kind kind, std::uint32_t host, std::uint32_t what);
  void ask(Instant now, std::uint16_t shelf);
  void handle(const Event& event);
  void on_query(Instant now, std::uint32_t host, std::uint16_t shelf);
  void on_timer(Instant now, std::uint32_t host);
  void send(Instant now, std::uint32_t host);
  void put_on_wire(Instant now, std::uint32_t host, std::uint32_t export_index);
  void on_answer(const Event& event);
  void make_core(Host& host, std::uint32_t index);
  std::uint32_t index_of(wire::AoeAddress address) const;

  FabricOptions options_;
  Duration frame_time_;
  Prng prng_;
  std::vector<Host> hosts_;
  target::Outbox outbox_;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::uint64_t order_ = 0;
  std::uint32_t tag_ = 0;
  // The requester's side of the switch, its receive buffer, and what it knows.
  Instant port_free_{};
  Instant reader_free_{};
  std::deque<Instant> buffered_;  // when each will have been read
  std::vector<bool> known_;
  std::vector<bool> shelf_known_;
  DiscoveryResult result_;
};

// One host of `exports` asked by `requesters`, each at its own phase of every `interval`, for `length`.
struct SteadyResult {
  std::uint64_t queries = 0;
  std::uint64_t answers = 0;
  std::uint64_t announcements = 0;
  std::uint64_t told_later = 0;    // queries that were answered by announcing
};
SteadyResult steady(std::uint32_t exports, std::uint32_t requesters, Duration interval, Duration length);

}  // namespace aoekit::scale
