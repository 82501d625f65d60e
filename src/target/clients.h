// The stations that use exports: what each did, what it has under way, and what it may still ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "target/frame_pool.h"
#include "target/keyed_slots.h"
#include "target/outbox.h"
#include "target/rate_limit.h"
#include "target/statistics.h"
#include "wire/mac_address.h"

namespace aoekit::target {

// A client's number in its table; another one may have it when the client has nothing under way.
using ClientIndex = std::uint32_t;
inline constexpr ClientIndex kNoClient = UINT32_MAX;

// One station at one export.
struct Client {
  ClientRecord record;
  RateLimiter limiter;  // of ExportOptions::client_limit
  // Its requests that wait for a rate limit, oldest first (held_requests.h).
  struct Queue {
    BufferIndex first = UINT32_MAX;
    BufferIndex last = UINT32_MAX;
    std::uint32_t count = 0;
    Cost cost{0, 0};
    ClientIndex next = kNoClient;  // whose turn is after this client's
    ClientIndex previous = kNoClient;
  } held;
  std::uint32_t station = 0;  // the machine's MAC, whatever the export
  ClientIndex newer = kNoClient;  // in the order in which they were last heard of
  ClientIndex older = kNoClient;
};

// Bounded: a newcomer takes the place of the client that was silent for longest and has nothing under way. Counts what
// each MAC address has under way over all exports, too.
class ClientTable {
 public:
  // REQUIRES capacity > the requests that can be under way.
  ClientTable(std::size_t capacity, std::uint64_t seed);

  // The client, new if it is not known.
  ClientIndex meet(ExportId device, const wire::MacAddress& mac, Instant now);
  // kNoClient if it is not known.
  ClientIndex find(ExportId device, const wire::MacAddress& mac, Instant now);
  Client& operator[](ClientIndex index) { return clients_[index]; }
  std::size_t size() const { return clients_.size(); }

  // One more, or one less, of its requests has a buffer.
  void request_begins(ClientIndex index);
  void request_ends(ClientIndex index);
  // Buffers that the client's MAC has, at all exports, and how many MACs have any.
  std::uint32_t in_flight_of_station(ClientIndex index) { return stations_[clients_[index].station].in_flight; }
  std::size_t stations_active() const { return stations_active_; }

  // The export is gone. REQUIRES: its clients have nothing under way.
  void forget(ExportId device);
  // Their rate limit is another one: what they used of the old one does not count.
  void restart_limits(ExportId device);
  // All that are known, in no order. Allocates: not for the data path.
  std::vector<ClientRecord> records() const;

 private:
  struct Key {
    ExportId device;
    wire::MacAddress mac;
    bool operator==(const Key&) const = default;
    std::uint64_t hash(std::uint64_t seed) const;
  };
  struct StationKey {
    wire::MacAddress mac;
    bool operator==(const StationKey&) const = default;
    std::uint64_t hash(std::uint64_t seed) const;
  };
  struct Station {
    std::uint32_t clients = 0;
    std::uint32_t in_flight = 0;
  };

  void make_room();
  void remove(ClientIndex index);
  void link_as_newest(ClientIndex index);
  void unlink(ClientIndex index);

  KeyedSlots<Key, Client> clients_;
  KeyedSlots<StationKey, Station> stations_;
  ClientIndex newest_ = kNoClient;
  ClientIndex oldest_ = kNoClient;
  std::size_t stations_active_ = 0;
};

}  // namespace aoekit::target
