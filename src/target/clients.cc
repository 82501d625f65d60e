// Finding, adding and forgetting clients.
#include "target/clients.h"

#include "base/check.h"

namespace aoekit::target {
namespace {

// The middle of SplitMix64: every bit of `value` reaches every bit of the result.
std::uint64_t spread(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
  return (value ^ value >> 27) * 0x94d049bb133111ebU;
}

}  // namespace

std::uint64_t ClientTable::Key::hash(std::uint64_t seed) const {
  return spread(mac.number() + seed + device.value * 0x9e3779b97f4a7c15U);
}

std::uint64_t ClientTable::StationKey::hash(std::uint64_t seed) const { return spread(mac.number() + seed); }

ClientTable::ClientTable(std::size_t capacity, std::uint64_t seed)
    : clients_(capacity, seed), stations_(capacity, seed) {}

ClientIndex ClientTable::find(ExportId device, const wire::MacAddress& mac, Instant now) {
  // Requests come in bursts: mostly it is the one of the last time.
  const Key key{device, mac};
  const bool is_newest = newest_ != kNoClient && clients_.key(newest_) == key;
  const ClientIndex index = is_newest ? newest_ : clients_.find(key);
  if (index == kNoClient) return kNoClient;
  clients_[index].record.last_seen = now;
  if (index != newest_) {
    unlink(index);
    link_as_newest(index);
  }
  return index;
}

ClientIndex ClientTable::meet(ExportId device, const wire::MacAddress& mac, Instant now) {
  if (const ClientIndex known = find(device, mac, now); known != kNoClient) return known;
  if (clients_.full()) make_room();
  const ClientIndex index = clients_.add({device, mac});
  Client& client = clients_[index];
  client.record.device = device;
  client.record.mac = mac;
  client.record.first_seen = client.record.last_seen = now;
  client.station = stations_.find({mac});
  if (client.station == kNoClient) client.station = stations_.add({mac});
  ++stations_[client.station].clients;
  link_as_newest(index);
  return index;
}

void ClientTable::make_room() {
  // Those that have something under way are not silent, however long ago they were heard: they go to the other end, so
  // that the next newcomer need not pass them again.
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const ClientIndex index = oldest_;
    if (clients_[index].record.in_flight == 0) return remove(index);
    unlink(index);
    link_as_newest(index);
  }
  AOEKIT_CHECK(!clients_.full());
}

void ClientTable::remove(ClientIndex index) {
  AOEKIT_CHECK(clients_[index].record.in_flight == 0 && clients_[index].held.count == 0);
  const std::uint32_t station = clients_[index].station;
  if (--stations_[station].clients == 0) stations_.remove(station);
  unlink(index);
  clients_.remove(index);
}

void ClientTable::link_as_newest(ClientIndex index) {
  clients_[index].newer = kNoClient;
  clients_[index].older = newest_;
  (newest_ == kNoClient ? oldest_ : clients_[newest_].newer) = index;
  newest_ = index;
}

void ClientTable::unlink(ClientIndex index) {
  const Client& client = clients_[index];
  (client.newer == kNoClient ? newest_ : clients_[client.newer].older) = client.older;
  (client.older == kNoClient ? oldest_ : clients_[client.older].newer) = client.newer;
}

void ClientTable::request_begins(ClientIndex index) {
  ++clients_[index].record.in_flight;
  if (stations_[clients_[index].station].in_flight++ == 0) ++stations_active_;
}

void ClientTable::request_ends(ClientIndex index) {
  AOEKIT_CHECK(clients_[index].record.in_flight > 0);
  --clients_[index].record.in_flight;
  if (--stations_[clients_[index].station].in_flight == 0) --stations_active_;
}

void ClientTable::forget(ExportId device) {
  for (ClientIndex index = newest_; index != kNoClient;) {
    const ClientIndex next = clients_[index].older;
    if (clients_[index].record.device == device) remove(index);
    index = next;
  }
}

void ClientTable::restart_limits(ExportId device) {
  for (ClientIndex index = newest_; index != kNoClient; index = clients_[index].older) {
    if (clients_[index].record.device == device) clients_[index].limiter = RateLimiter{};
  }
}

std::vector<ClientRecord> ClientTable::records() const {
  std::vector<ClientRecord> records;
  records.reserve(clients_.size());
  for (ClientIndex index = newest_; index != kNoClient; index = clients_[index].older) {
    records.push_back(clients_[index].record);
  }
  return records;
}

}  // namespace aoekit::target
