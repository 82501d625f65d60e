// Requests that wait for a rate limit: a queue for each client, and turns among the clients.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "target/clients.h"
#include "target/export.h"
#include "target/frame_pool.h"
#include "target/rate_limit.h"

namespace aoekit::target {

// A request that would have to wait for longer than kHoldMax is not taken, so that what is taken is answered before its
// client takes it for lost; one of each client may wait for as long as it takes, so that the lowest limits work.
// Allocates when it is made and never again.
class HeldRequests {
 public:
  // At most `held_max` of the pool's `buffers` wait.
  HeldRequests(std::size_t buffers, std::size_t held_max, ClientTable& clients)
      : clients_(clients), places_(buffers), held_max_(held_max) {}

  enum class Verdict : std::uint8_t {
    pass,  // and its cost was taken
    hold,  // the caller gives it to hold()
    drop,  // no room, or too long a wait
  };
  Verdict judge(Export& target, ClientIndex client, const Cost& cost, Instant now) {
    if (target.limit.is_none() && target.client_limit.is_none()) return Verdict::pass;
    return judge_slowly(target, client, cost, now);
  }
  void hold(BufferIndex request, Export& target, ClientIndex client, const Cost& cost, Instant now);

  // It has more to answer, and so costs more.
  void add_cost(BufferIndex request, Export& target, ClientIndex client, const Cost& cost);

  // Takes a request out that waits no longer; each client in turn has one. Nothing: no other may go now. Those of
  // removed exports, and with Enforce::no all, go at once.
  enum class Enforce : std::uint8_t { no, yes };
  std::optional<BufferIndex> next(std::span<Export> exports, Enforce enforce, Instant now);

  // When next() may have something; nothing while nothing waits. Not more often than kHoldTick.
  std::optional<Instant> deadline() const { return held_ == 0 ? std::nullopt : std::optional(deadline_); }
  // Something else than time may let requests go: the limits changed.
  void look_again() { deadline_ = Instant::min(); }
  std::size_t count() const { return held_; }

 private:
  struct Place {
    Cost cost;
    BufferIndex next = 0;
  };

  Verdict judge_slowly(Export& target, ClientIndex client, const Cost& cost, Instant now);
  bool has_room(const Export& target, const Client& client, const Cost& cost) const;
  BufferIndex take_first(Export& target, Client& client, ClientIndex index);
  void look_ahead(std::span<Export> exports, Instant now);

  ClientTable& clients_;
  std::vector<Place> places_;  // by request
  std::size_t held_max_;
  std::size_t held_ = 0;
  std::size_t waiting_clients_ = 0;
  ClientIndex turn_ = kNoClient;  // whose turn is next, in a ring
  Instant deadline_{};
};

}  // namespace aoekit::target
