// Who waits, for how long, and whose turn it is.
#include "target/held_requests.h"

#include <algorithm>

#include "base/check.h"

namespace aoekit::target {

HeldRequests::Verdict HeldRequests::judge_slowly(Export& target, ClientIndex index, const Cost& cost, Instant now) {
  Client& client = clients_[index];
  const bool client_has = client.limiter.has(target.client_limit, cost, now) && client.held.count == 0;
  // Where the export's own limit was reached, those that wait for it come first, whosoever they are.
  const bool export_has = target.limiter.has(target.limit, cost, now) && !target.limit_reached;
  if (client_has && export_has) {
    client.limiter.take(target.client_limit, cost);
    target.limiter.take(target.limit, cost);
    return Verdict::pass;
  }
  if (!has_room(target, client, cost)) return Verdict::drop;
  if (client_has) target.limit_reached = true;
  return Verdict::hold;
}

bool HeldRequests::has_room(const Export& target, const Client& client, const Cost& cost) const {
  if (held_ == held_max_) return false;
  if (client.held.count == 0) return true;
  if (client.held.count * waiting_clients_ >= held_max_) return false;
  const Cost of_client{client.held.cost.requests + cost.requests, client.held.cost.bytes + cost.bytes};
  const Cost of_export{target.held.requests + cost.requests, target.held.bytes + cost.bytes};
  return client.limiter.queue_time(target.client_limit, of_client) <= kHoldMax &&
         target.limiter.queue_time(target.limit, of_export) <= kHoldMax;
}

void HeldRequests::hold(BufferIndex request, Export& target, ClientIndex index, const Cost& cost, Instant now) {
  Client& client = clients_[index];
  places_[request] = {Cost{0, 0}, kNoRequest};
  if (client.held.count == 0) {
    // The newcomer's turn is the last.
    if (waiting_clients_++ == 0) {
      turn_ = client.held.next = client.held.previous = index;
    } else {
      client.held.next = turn_;
      client.held.previous = clients_[turn_].held.previous;
      clients_[client.held.previous].held.next = index;
      clients_[turn_].held.previous = index;
    }
    const Duration wait = std::max({client.limiter.until(target.client_limit, cost),
                                    target.limiter.until(target.limit, cost), kHoldTick});
    deadline_ = held_ == 0 ? now + wait : std::min(deadline_, now + wait);
    client.held.first = request;
  } else {
    places_[client.held.last].next = request;
  }
  client.held.last = request;
  ++client.held.count;
  ++held_;
  add_cost(request, target, index, cost);
}

void HeldRequests::add_cost(BufferIndex request, Export& target, ClientIndex index, const Cost& cost) {
  for (Cost* sum : {&places_[request].cost, &clients_[index].held.cost, &target.held}) {
    sum->requests += cost.requests;
    sum->bytes += cost.bytes;
  }
}

BufferIndex HeldRequests::take_first(Export& target, Client& client, ClientIndex index) {
  const BufferIndex request = client.held.first;
  const Cost& cost = places_[request].cost;
  client.held.first = places_[request].next;
  for (Cost* sum : {&client.held.cost, &target.held}) {
    sum->requests -= cost.requests;
    sum->bytes -= cost.bytes;
  }
  if (target.held.requests == 0) target.limit_reached = false;
  --held_;
  if (--client.held.count == 0) {
    if (turn_ == index) turn_ = client.held.next;
    clients_[client.held.previous].held.next = client.held.next;
    clients_[client.held.next].held.previous = client.held.previous;
    if (--waiting_clients_ == 0) turn_ = kNoClient;
  }
  return request;
}

std::optional<BufferIndex> HeldRequests::next(std::span<Export> exports, Enforce enforce, Instant now) {
  for (std::size_t tried = 0; tried < waiting_clients_; ++tried) {
    const ClientIndex index = turn_;
    Client& client = clients_[index];
    turn_ = client.held.next;
    Export& target = exports[client.record.device.value];
    const Cost cost = places_[client.held.first].cost;
    if (enforce == Enforce::yes && !target.removed) {
      if (!client.limiter.has(target.client_limit, cost, now) || !target.limiter.has(target.limit, cost, now)) continue;
      client.limiter.take(target.client_limit, cost);
      target.limiter.take(target.limit, cost);
    }
    return take_first(target, client, index);
  }
  look_ahead(exports, now);
  return std::nullopt;
}

void HeldRequests::look_ahead(std::span<Export> exports, Instant now) {
  Duration shortest = Duration::max();
  ClientIndex index = turn_;
  for (std::size_t i = 0; i < waiting_clients_; ++i, index = clients_[index].held.next) {
    exports[clients_[index].record.device.value].limit_reached = false;
  }
  for (std::size_t i = 0; i < waiting_clients_; ++i, index = clients_[index].held.next) {
    Client& client = clients_[index];
    Export& target = exports[client.record.device.value];
    const Cost& cost = places_[client.held.first].cost;
    const bool client_has = client.limiter.has(target.client_limit, cost, now);
    const bool export_has = target.limiter.has(target.limit, cost, now);
    if (client_has && !export_has) target.limit_reached = true;
    shortest = std::min(shortest, std::max(client.limiter.until(target.client_limit, cost),
                                           target.limiter.until(target.limit, cost)));
  }
  if (waiting_clients_ > 0) deadline_ = now + std::max(shortest, kHoldTick);
}

}  // namespace aoekit::target
